// Runs the daemon.
#pragma once

#include "epmd/options.h"

namespace noderuntime::epmd {

int run_daemon(const Options& options);  // the exit status

}  // namespace noderuntime::epmd
