// The figures of all observed nodes as metrics, under the names that a node itself has for them.
#pragma once

#include <cstddef>
#include <vector>

#include "common/http/server.h"
#include "common/metrics/exposition.h"
#include "noderuntime/observe/cluster.h"

namespace noderuntime::observe {

inline constexpr std::size_t most_told_connections = 10'000;  // of all nodes; the rest is counted only

// Writes all families. Each series of a node has the label `node`. A node that is not up, or does not tell a figure, has
// no series of it.
void write_metrics(const Cluster& cluster, const http::Server::Counts& endpoint, metrics::Exposition& out);

// All families, in the order of write_metrics().
std::vector<metrics::Family> metric_families();

}  // namespace noderuntime::observe
