// noderuntime observe [NODE…]: the state of a cluster, once or as a page for a browser.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "noderuntime/command/client.h"
#include "noderuntime/command/options.h"

namespace noderuntime::command {

struct ObserveOptions {
  ClientOptions client;
  std::vector<std::string> nodes, hosts;
  bool once = false, open = false, allow_actions = false;
  std::vector<std::string> with;  // views of each node, for --once
  std::string listen;       // ADDRESS:PORT of the page; empty: 127.0.0.1:4040, or no page with `metrics`
  std::string metrics;      // ADDRESS:PORT of the metrics; empty: none
  WebOptions web;           // of both
  Seconds interval{2};      // between two looks at a node
  Seconds answer_limit{5};  // for one call; a node that takes longer "does not answer"
  std::size_t most_nodes = 500;
  void add_to(CLI::App& app);
};

// With `once`: looks twice at each node, one second apart, and prints a table; with --json one object (docs/json.md).
// Status partial: some node could not be looked at. Otherwise serves a page until interrupted (observe_page.h), or
// metrics (observe_metrics.h), or both.
int observe(const ObserveOptions& options);

}  // namespace noderuntime::command
