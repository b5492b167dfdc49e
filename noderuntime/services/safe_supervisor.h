// The supervisor `kernel_safe_sup`, under which disk_log and dets start their servers: lent code, which is started when
// the first of them asks.
#pragma once

#include "noderuntime/services/server.h"

namespace noderuntime {

// Gives each request to a process of the prelude (kernel_services:supervise/2), which makes the supervisor and lets it
// have the name.
class SafeSupervisor final : public Server {
 public:
  SafeSupervisor(const ProcessTable& table, Spawner& spawner, SignalRouter& signals)
      : Server{signals}, table_{table}, spawner_{spawner} {}

 private:
  void serve(Process& self, Term message) override;

  const ProcessTable& table_;
  Spawner& spawner_;
};

}  // namespace noderuntime
