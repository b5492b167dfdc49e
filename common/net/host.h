// What the operating system says about this host and process.
#pragma once

#include <string>

#include "noderuntime/result.h"

namespace noderuntime::net {

Result<std::string> host_name();  // as gethostname() says it: short or long, as the host was set up

// Raises the soft limit of descriptors to the hard one; the limit then in force.
std::size_t raise_descriptor_limit();

}  // namespace noderuntime::net
