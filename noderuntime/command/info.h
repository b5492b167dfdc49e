// noderuntime info and top: how a node is.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct InfoOptions {
  ClientOptions client;
  std::string node;
  void add_to(CLI::App& app);
};

// Release, memory, processes, limits; what the node does not tell is left out.
int info(const InfoOptions& options);

struct TopOptions {
  ClientOptions client;
  std::string node, order = "reductions";
  std::size_t rows = 20;
  unsigned times = 0;  // 0: once, on a terminal until interrupted
  Seconds interval{2};
  void add_to(CLI::App& app);
};

// The processes that have most memory, the longest queues, or did most since the last look.
int top(const TopOptions& options);

}  // namespace noderuntime::command
