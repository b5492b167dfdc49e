// The options of a node as the node takes them.
#pragma once

#include "noderuntime/local_node.h"
#include "noderuntime/node/configuration.h"

namespace noderuntime {

// Finds what the options leave open: the host's name, the cookie, epmd's port. Errors:
// configuration, bad_node_name, system.
Result<NodeConfiguration> configuration_of(const NodeOptions& options);

}  // namespace noderuntime
