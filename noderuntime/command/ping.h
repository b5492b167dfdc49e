// noderuntime ping NODE…
#pragma once

#include "noderuntime/command/options.h"

namespace noderuntime::command {

struct PingOptions {
  CommonOptions common;
  std::vector<std::string> nodes;
  unsigned timeout = 7;  // seconds, per node
  void add_to(CLI::App& app);
};

// Prints `pong NODE 0.8 ms` or `pang NODE` with the reason on stderr, in the order given. The status is that
// of the first failure.
int ping(const PingOptions& options);

}  // namespace noderuntime::command
