// The metrics of a node: one row each, in node_metrics.cpp.
#pragma once

#include <cstddef>
#include <vector>

#include "common/http/server.h"
#include "common/metrics/exposition.h"

namespace noderuntime {

class Node;
namespace net {
class Loop;
}

namespace node_metrics {

struct Sources {
  net::Loop& loop;
  Node& node;
  std::size_t peers;  // that have series of their own; the others are added up as peer="other"
  const http::Server::Counts& endpoint;  // that tells these metrics
};

// Writes all families. The cost grows with the number of peers, not with that of processes.
void write(const Sources& sources, metrics::Exposition& out);

// All families, in the order of write().
std::vector<metrics::Family> families();

}  // namespace node_metrics
}  // namespace noderuntime
