// The reports of a process that ended by an error or an uncaught throw, and of one that exceeds max_heap_size.
// They go to our log if the group leader is here, else as messages to `logger_proxy` on the node of the group
// leader, as OTP 25's emulator sends them. The handlers of `logger` here get them too: the process of this name
// (prelude/logger_server.erl), which exists if settings were changed, gets {reported, Level, Format, Arguments,
// Metadata}, unless max_waiting_reports messages wait there.
// Source: docs/protocol/distribution.md, "Crash reports".
#pragma once

#include <cstddef>

#include "noderuntime/process/processes.h"

namespace noderuntime {

inline constexpr std::size_t max_waiting_reports = 1000;  // docs/operating.md

bool has_room_for_report(const Process* logger);  // null: there is none

void report_crash(Processes& processes, Process& process, Term reason);
// Unless the process has no limit, or wants no report (`error_logger => false`).
void report_heap(Processes& processes, Process& process);

}  // namespace noderuntime
