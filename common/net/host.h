// Facts about this host and process.
#pragma once

#include <string>

#include "noderuntime/result.h"

namespace noderuntime::net {

Result<std::string> host_name();  // as gethostname() returns it: short or long, as the host was set up

// Raises the soft limit of open descriptors to the hard limit; returns the resulting limit.
std::size_t raise_descriptor_limit();

}  // namespace noderuntime::net
