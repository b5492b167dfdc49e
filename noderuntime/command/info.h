// noderuntime info and top: the state of a node.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct InfoOptions {
  ClientOptions client;
  std::string node;
  void add_to(CLI::App& app);
};

// Prints release, memory, processes and limits; leaves out what the node does not report.
int info(const InfoOptions& options);

struct TopOptions {
  ClientOptions client;
  std::string node, order = "reductions";
  std::size_t rows = 20;
  unsigned times = 0;  // 0: once; on a terminal until interrupted
  Seconds interval{2};
  void add_to(CLI::App& app);
};

// Prints the processes with the most memory, the longest queues, or the most work since the last time.
int top(const TopOptions& options);

}  // namespace noderuntime::command
