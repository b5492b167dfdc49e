// Facts about this host and process.
#pragma once

#include <string>

#include <noderuntime/result.h>

namespace noderuntime::net {

// The name of this host, as `erl` finds it: what gethostname() returns; if that has no dot, the canonical name
// that the system's resolver has for it (of a line in /etc/hosts its first name), which may be long. The resolver
// is asked on the calling thread, which takes seconds where no name server answers: only for the start of a
// program, before its loop serves anybody. Errors: system.
Result<std::string> host_name();

// Raises the soft limit of open descriptors to the hard limit; returns the resulting limit.
std::size_t raise_descriptor_limit();

}  // namespace noderuntime::net
