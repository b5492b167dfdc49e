// How a program ends that cannot go on.
#pragma once

#include <exception>

namespace noderuntime::program {

// Statuses of sysexits.h.
inline constexpr int internal_failure = 70;  // an error of the program itself
inline constexpr int no_memory = 71;

// Logs why and ends the process at once, with one of the statuses above. For what a step let out
// (net::Loop::run()): what the step left half done is not touched again, so no destructor runs. To be called
// inside a catch block.
[[noreturn]] void end_for_current_exception() noexcept;

}  // namespace noderuntime::program
