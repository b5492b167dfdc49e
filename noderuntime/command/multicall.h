// noderuntime multicall and parallel: calls on many nodes at once.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

// The nodes that a verb is for.
struct NodesOptions {
  std::vector<std::string> nodes;
  std::string connected;  // this one and all nodes that it is connected to
  void add_to(CLI::App& app);
  // In the order typed, or sorted by name. Connects to the node `connected` and asks it.
  Result<std::vector<Atom>> find(Client& client) const;
};

struct MulticallOptions {
  ClientOptions client;
  NodesOptions nodes;
  std::vector<std::string> words;
  void add_to(CLI::App& app);
};

// Prints `NODE: VALUE` for each, in the order of the nodes; failures on stderr. Status partial: some failed;
// if all did, that of the first one.
int multicall(const MulticallOptions& options);

struct ParallelOptions {
  ClientOptions client;
  NodesOptions nodes;
  std::string file;
  void add_to(CLI::App& app);
};

// Each line of the file is a call M:F(A); empty lines, and text from '%' on, are skipped.
// Distributes the calls over the nodes, all at the same time, and prints the values in the order of
// the lines. Source: rpc:parallel_eval/1.
int parallel(const ParallelOptions& options);

}  // namespace noderuntime::command
