#include "noderuntime/command/observe_metrics.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "noderuntime/library/states.h"
#include "noderuntime/observe/exporter.h"

namespace noderuntime::command {

namespace {

std::optional<std::string> unready(const observe::Cluster& cluster) {
  auto nodes = cluster.nodes();
  bool one_is_up = std::any_of(nodes.begin(), nodes.end(),
                               [&](Atom node) { return cluster.state(node) == observe::Cluster::State::up; });
  return one_is_up ? std::nullopt : std::optional<std::string>{"no node answers"};
}

}  // namespace

Result<std::unique_ptr<ObserveMetrics>> serve_metrics(Client& client, Observation& observation,
                                                      const ObserveOptions& options, WebAccess& access) {
  if (options.metrics.empty()) return std::unique_ptr<ObserveMetrics>{};
  auto& cluster = observation.cluster();
  auto endpoint =
      open_endpoint(client.loop().state().loop, options.metrics, access,
                    {.write =
                         [&cluster](metrics::Exposition& out, const http::Server::Counts& counts) {
                           observe::write_metrics(cluster, counts, out);
                         },
                     .unready = [&cluster] { return unready(cluster); }});
  if (!endpoint) return endpoint.error();
  auto address = (*endpoint)->address();
  client.output().line((access.has_tls() ? "https://" : "http://") + address + "/metrics");
  if (!(*endpoint)->is_local() && !access.has_passwords())
    complain("--metrics: everybody who reaches " + address + " can read them");
  auto made = std::make_unique<ObserveMetrics>();
  made->endpoint_ = std::move(*endpoint);
  return made;
}

int ObserveMetrics::run(Client& client, Observation& observation) {
  while (!client.interrupted()) observation.turn(steady_time() + Milliseconds{60'000});
  return by_interrupt;
}

}  // namespace noderuntime::command
