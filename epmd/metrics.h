// The metrics of epmd: one row each, in metrics.cpp.
#pragma once

#include <vector>

#include "common/http/server.h"
#include "common/metrics/exposition.h"
#include "common/net/loop.h"
#include "epmd/server.h"

namespace noderuntime::epmd {

struct MetricSources {
  net::Loop& loop;
  const Server& server;
  const http::Server::Counts& endpoint;  // that tells these metrics
};

void write_metrics(const MetricSources& sources, metrics::Exposition& out);  // all families
std::vector<metrics::Family> metric_families();                              // in their order there

}  // namespace noderuntime::epmd
