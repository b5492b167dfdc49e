// Runs the daemon.
#pragma once

#include "epmd/handover.h"
#include "epmd/options.h"

namespace noderuntime::epmd {

int run_daemon(const Options& options, const Program& program);  // the exit status

}  // namespace noderuntime::epmd
