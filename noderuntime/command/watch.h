// noderuntime watch NODE[/NAME]…: reports nodes and processes that come and go.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct WatchOptions {
  ClientOptions client;
  std::vector<std::string> targets;  // NODE or NODE/NAME
  Seconds interval{1};               // between attempts to reach a missing node or name
  void add_to(CLI::App& app);
};

// Prints `TIME nodeup NODE`, `TIME nodedown NODE REASON`, and for names `TIME up NODE/NAME PID` and `TIME
// down NODE/NAME REASON`, until interrupted.
int watch(const WatchOptions& options);

}  // namespace noderuntime::command
