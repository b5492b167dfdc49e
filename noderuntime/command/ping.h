// noderuntime ping NODE…: checks whether nodes answer.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct PingOptions {
  ClientOptions client;
  std::vector<std::string> nodes;
  unsigned count = 1;
  Seconds wait{0};  // how long to wait for a node to come up
  void add_to(CLI::App& app);
};

// Prints `pong NODE 0.8 ms OTP 25`, or `pang NODE` with the reason on stderr, in the order given. The status
// is that of the first failure.
int ping(const PingOptions& options);

}  // namespace noderuntime::command
