// The log of a program, on spdlog: lines on standard error.
#pragma once

#include <string>
#include <string_view>

#include "noderuntime/bytes.h"
#include "noderuntime/result.h"

namespace noderuntime::program {

enum class LogLevel { error, warning, info, debug, trace };

Result<LogLevel> parse_log_level(std::string_view text);  // the names above

// Sets up spdlog's default logger, so that sources log by spdlog::info(...) and the like.
void set_up_logging(const std::string& program, LogLevel level);

// Text from a peer, safe to show: control characters, quotes, backslashes and bytes that are not UTF-8 are
// escaped; what is longer than `limit` bytes is cut and ends with "...".
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace noderuntime::program
