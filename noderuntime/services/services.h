// The named processes that a visible node has to have.
#pragma once

#include "noderuntime/process/processes.h"

namespace noderuntime {

// Starts and registers them: user, net_kernel, global_name_server, rex, logger_proxy. Once, after the
// identity is set.
void start_services(Processes& processes);

// Tells those who want to know that a node came (nodeup) or went (nodedown).
void announce_node(Processes& processes, Atom what, Atom node, bool visible);

// Tells `user` that nothing waits on the console any more.
void console_drained(Processes& processes);

}  // namespace noderuntime
