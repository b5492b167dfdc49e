// Facts about this host and process.
#pragma once

#include <string>

#include <noderuntime/result.h>

namespace noderuntime::net {

// The name of this host, as `erl` finds it: what gethostname() returns; if that has no dot, the canonical name that the system's
// resolver gives it (of a line in /etc/hosts its first name), which may be long. Asking the resolver can take seconds where no server
// of names answers, so this is for the start of a program, before its loop runs.
Result<std::string> host_name();

// Raises the soft limit of open descriptors to the hard limit; returns the resulting limit.
std::size_t raise_descriptor_limit();

}  // namespace noderuntime::net
