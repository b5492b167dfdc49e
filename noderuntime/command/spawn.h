// noderuntime spawn NODE M:F(A): a process on a node.
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

// Prints the pid. What the process prints is printed here for as long as the verb runs: it is its group
// leader. With --link, --monitor or --wait it runs until the process ends, and prints the reason; the status
// is remote_failure when that is neither normal nor shutdown. With --link an interruption is an exit signal.
int spawn(const SpawnOptions& options);

}  // namespace noderuntime::command
