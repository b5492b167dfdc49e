// The end of a program that cannot continue.
#pragma once

#include <exception>

namespace noderuntime::program {

// Statuses of sysexits.h.
inline constexpr int internal_failure = 70;  // an error in the program itself
inline constexpr int no_memory = 71;

// Logs the current exception and ends the process at once, with one of the statuses above. For exceptions
// that left a step (net::Loop::run()): no destructor runs, because the step may have left objects half
// changed. To be called inside a catch block.
[[noreturn]] void end_for_current_exception() noexcept;

}  // namespace noderuntime::program
