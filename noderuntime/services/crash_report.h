// The reports of a process that ended by an error or an uncaught throw, and of one that exceeds
// max_heap_size: messages to `logger_proxy` on the node of the group leader, as OTP 25's emulator sends them.
// Source: docs/protocol/distribution.md, "Crash reports".
#pragma once

#include "noderuntime/process/host.h"
#include "noderuntime/process/process.h"
#include "noderuntime/process/this_node.h"

namespace noderuntime {

// To the node of its group leader; to our own log when that is here.
void report_crash(Host& host, const ThisNode& node, Process& process, Term reason);
// Unless the process was given none of it, or wants none (`error_logger => false`).
void report_heap(Host& host, const ThisNode& node, Process& process);

}  // namespace noderuntime
