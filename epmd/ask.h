// Asks the daemon of this host one question.
#pragma once

#include "epmd/commands.h"

namespace noderuntime::epmd {

// Tries ::1 and then 127.0.0.1. nullopt: nobody accepts the connection. Without a limit it waits for ever, as
// OTP's does; with one it returns what has come until then.
std::optional<Buffer> ask(Port port, const Question& question, std::optional<Milliseconds> limit = {});

}  // namespace noderuntime::epmd
