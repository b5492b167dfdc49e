// The metrics of observed nodes, told by HTTP.
#pragma once

#include <memory>

#include "common/metrics/endpoint.h"
#include "noderuntime/command/observation.h"
#include "noderuntime/command/observe.h"
#include "noderuntime/command/web_access.h"

namespace noderuntime::command {

// To be destroyed before the observation.
class ObserveMetrics {
 public:
  // Observes until interrupted, without a page. Returns the status.
  int run(Client& client, Observation& observation);

 private:
  friend Result<std::unique_ptr<ObserveMetrics>> serve_metrics(Client& client, Observation& observation,
                                                               const ObserveOptions& options,
                                                               WebAccess& access);
  std::unique_ptr<metrics::Endpoint> endpoint_;
};

// null: nobody wants them. Prints their address. Errors: those of open_endpoint().
Result<std::unique_ptr<ObserveMetrics>> serve_metrics(Client& client, Observation& observation,
                                                      const ObserveOptions& options, WebAccess& access);

}  // namespace noderuntime::command
