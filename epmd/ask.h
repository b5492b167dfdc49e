// Asks the daemon of this host one question.
#pragma once

#include <optional>

#include "epmd/commands.h"

namespace noderuntime::epmd {

// Tries ::1 and then 127.0.0.1. nullopt: nobody accepts the connection. Without Question::limit it waits for
// ever, as OTP's does.
std::optional<Buffer> ask(Port port, const Question& question);

}  // namespace noderuntime::epmd
