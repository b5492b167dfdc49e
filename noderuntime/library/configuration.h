// Completes the options of a node to its configuration.
#pragma once

#include "noderuntime/node/configuration.h"

namespace noderuntime {

// Finds what the options leave open: the host's name, the cookie, epmd's port.
// Errors: configuration (also: a number outside of its bounds), bad_node_name, system.
Result<NodeConfiguration> configuration_of(const NodeOptions& options);

}  // namespace noderuntime
