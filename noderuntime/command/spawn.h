// noderuntime spawn NODE M:F(A): starts a process on a node.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct SpawnOptions {
  ClientOptions client;
  std::string node;
  std::vector<std::string> words;
  bool link = false, monitor = false, wait = false;
  void add_to(CLI::App& app);
};

// Prints the pid. This program is the group leader, so the output of the process is printed here as long
// as the verb runs. With --link, --monitor or --wait it runs until the process ends and prints the
// reason; the status is remote_failure unless that is normal or shutdown. With --link an interruption is
// sent as an exit signal.
int spawn(const SpawnOptions& options);

}  // namespace noderuntime::command
