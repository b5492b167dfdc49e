// noderuntime watch NODE[/NAME]…: reports nodes, processes, names, partitions and long queues that come and go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/command/client.h"
#include "noderuntime/command/hooks.h"

namespace noderuntime::command {

struct WatchOptions {
  ClientOptions client;
  std::vector<std::string> targets;  // NODE or NODE/NAME
  Seconds interval{1};               // between attempts to reach a missing node or name
  bool names = false, partitions = false;
  std::optional<std::int64_t> queue_above;  // messages
  Seconds debounce{0};                      // that a state has to last to be told
  HookOptions hooks;
  void add_to(CLI::App& app);
};

// Prints `TIME nodeup NODE`, `TIME nodedown NODE REASON`, and for names `TIME up NODE/NAME PID` and `TIME
// down NODE/NAME REASON`, until interrupted. With `names` also `listed NODE`, `unlisted NODE WHY` for its name at its port
// mapper daemon; with `partitions` `partition NODE NODE` for a connection that the first one has and the second one has
// not, among these nodes and those that they are connected to, and `healed NODE NODE`; with `queue_above` `queue_above
// NODE[/NAME] PID LENGTH` and `queue_below …` for the process NAME, or for the longest queue of the node. Each is told to
// the hooks too.
int watch(const WatchOptions& options);

}  // namespace noderuntime::command
