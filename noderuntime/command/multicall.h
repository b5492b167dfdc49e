// noderuntime multicall and parallel: functions on many nodes at once.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

// Which nodes.
struct NodesOptions {
  std::vector<std::string> nodes;
  std::string connected;  // this one, and all that it is connected to
  void add_to(CLI::App& app);
  // In the order typed, or in that of their names. Asks the node `connected`, which is connected to then.
  Result<std::vector<Atom>> find(Client& client) const;
};

struct MulticallOptions {
  ClientOptions client;
  NodesOptions nodes;
  std::vector<std::string> words;
  void add_to(CLI::App& app);
};

// `NODE: VALUE` for each, in the order of the nodes; failures on stderr. Status partial: some failed; the
// first one's: all did.
int multicall(const MulticallOptions& options);

struct ParallelOptions {
  ClientOptions client;
  NodesOptions nodes;
  std::string file;
  void add_to(CLI::App& app);
};

// Each line of the file is a call M:F(A), empty ones and those from '%' on are skipped; they go to the nodes
// in turn, all at the same time. Prints the values in the order of the lines. Source: rpc:parallel_eval/1.
int parallel(const ParallelOptions& options);

}  // namespace noderuntime::command
