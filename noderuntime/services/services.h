// The named processes that every visible node must have.
#pragma once

#include "noderuntime/functions/cluster.h"
#include "noderuntime/functions/system.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

// Starts and registers user, net_kernel, global_name_server, rex and logger_proxy. To be called once,
// after the identity is set.
void start_services(Processes& processes, System& system, Cluster& cluster);

// Notifies subscribers that a node is up (nodeup) or down (nodedown).
void announce_node(Processes& processes, Atom what, Atom node, bool visible);

// Notifies `user` that the console's output has been written.
void console_drained(Processes& processes);

}  // namespace noderuntime
