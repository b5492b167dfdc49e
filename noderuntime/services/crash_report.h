// The reports of a process that ended by an error or an uncaught throw, and of one that exceeds
// max_heap_size. Source: facts of OTP 25: the emulator's report, sent to `logger_proxy` on the node of the
// group leader.
#pragma once

#include "noderuntime/process/processes.h"

namespace noderuntime {

// To the node of its group leader; to our own log when that is here.
void report_crash(Processes& processes, Process& process, Term reason);
// Unless the process was given none of it, or wants none (`error_logger => false`).
void report_heap(Processes& processes, Process& process);

}  // namespace noderuntime
