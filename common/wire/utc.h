// Points in time as text.
#pragma once

#include <cstdint>
#include <string>

namespace noderuntime {

// Seconds since 1970 as 2026-11-30T21:00:00Z (RFC 3339). Thread-safe.
std::string utc_text(std::int64_t seconds);

}  // namespace noderuntime
