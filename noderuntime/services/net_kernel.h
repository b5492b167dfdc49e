// net_kernel: answers pings, and notifies subscribers of nodes that come and go.
// Source: docs/protocol/distribution.md, "net_kernel".
#pragma once

#include <vector>

#include "noderuntime/services/server.h"

namespace noderuntime {

// Answers net_adm:ping/1 (`{is_auth, Node}`), and {monitor_nodes, Flag, Options} of the prelude's
// net_kernel:monitor_nodes/1,2. The prelude's net_kernel:answer/3 answers other requests.
class NetKernel final : public Server {
 public:
  NetKernel(const ThisNode& node, const ProcessTable& table, Spawner& spawner, SignalRouter& signals)
      : Server{signals}, node_{node}, table_{table}, spawner_{spawner} {}

 private:
  // One per call of monitor_nodes; Options decide which nodes are reported, and how.
  struct Subscription {
    Pid pid;
    bool visible = true, hidden = false;
    bool pair = true;                // {nodeup, Node}; otherwise with an information list or map
    bool map = false, type = false;  // with a map; with the node's type
    friend bool operator==(const Subscription&, const Subscription&) = default;
  };
  void serve(Process& self, Term message) override;
  void ask_prelude(Process& self, const gen::Call& call);
  bool subscribe(const Pid& pid, bool wanted, Term options);  // false: badarg
  void tell(Process& self, Term what, Term node, bool visible);

  const ThisNode& node_;
  const ProcessTable& table_;
  Spawner& spawner_;
  std::vector<Subscription> subscriptions_;
};

}  // namespace noderuntime
