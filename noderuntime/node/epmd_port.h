// The port on which epmd listens.
#pragma once

#include <noderuntime/result.h>
#include <noderuntime/strong.h>

namespace noderuntime {

// ERL_EPMD_PORT, or 4369. Error configuration: not a port number.
Result<Port> epmd_port_of_environment();

}  // namespace noderuntime
