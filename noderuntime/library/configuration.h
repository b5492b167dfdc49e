// Makes a node's configuration from the options of the library.
#pragma once

#include "noderuntime/local_node.h"
#include "noderuntime/node/configuration.h"

namespace noderuntime {

// Also finds what the options leave open: the host's name, the cookie, epmd's port. Errors:
// configuration, bad_node_name, system.
Result<NodeConfiguration> configuration_of(const NodeOptions& options);

}  // namespace noderuntime
