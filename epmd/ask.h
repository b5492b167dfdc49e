// Sends a query to the daemon of this host.
#pragma once

#include <optional>

#include "epmd/commands.h"

namespace noderuntime::epmd {

// Tries ::1, then 127.0.0.1. nullopt: the connection is not accepted. Without Query::limit it waits
// for ever, as OTP's does.
std::optional<Buffer> ask(Port port, const Query& query);

}  // namespace noderuntime::epmd
