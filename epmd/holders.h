// Finds the processes and users that are connected to the daemon of this host.
#pragma once

#include <vector>

#include "epmd/commands.h"

namespace noderuntime::epmd {

// In the order of `rows`; empty where the system does not tell.
std::vector<Holder> holders_of(const std::vector<Registered>& rows, Port epmd_port);

}  // namespace noderuntime::epmd
