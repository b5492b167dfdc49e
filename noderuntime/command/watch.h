// noderuntime watch NODE[/NAME]…: what comes and goes.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct WatchOptions {
  ClientOptions client;
  std::vector<std::string> targets;  // NODE or NODE/NAME
  Seconds interval{1};               // between attempts to reach what is not there
  void add_to(CLI::App& app);
};

// Lines `TIME nodeup NODE`, `TIME nodedown NODE REASON`, and for names `TIME up NODE/NAME PID` and
// `TIME down NODE/NAME REASON`, until interrupted.
int watch(const WatchOptions& options);

}  // namespace noderuntime::command
