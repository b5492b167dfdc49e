// The report of a process that ended by an error or an uncaught throw.
// Source: facts of OTP 25: the emulator's report, sent to `logger_proxy` on the node of the group leader.
#pragma once

#include "noderuntime/process/processes.h"

namespace noderuntime {

// To the node of its group leader; to our own log when that is here.
void report_crash(Processes& processes, Process& process, Term reason);

}  // namespace noderuntime
