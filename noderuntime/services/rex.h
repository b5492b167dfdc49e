// rex: rpc for those who do not spawn (C nodes, rpc:block_call, old releases).
// Source: rpc.erl; docs/protocol/distribution.md, "rex".
#pragma once

#include "noderuntime/services/server.h"

namespace noderuntime {

// Runs each call in a process of its own (module `rex` of the prelude), which answers the caller.
class Rex final : public Server {
 public:
  Rex(const ThisNode& node, const ProcessTable& table, const RegisteredNames& names, Spawner& spawner,
      SignalRouter& signals)
      : Server{signals}, node_{node}, table_{table}, names_{names}, spawner_{spawner} {}

 private:
  void serve(Process& self, Term message) override;
  void on_call(Process& self, const gen::Call& call);
  void on_cast(Process& self, Term request);
  void on_plain(Process& self, Term from, Term request);
  // `from`: a pid of the asking node.
  void start(Process& self, Term from, Atom function, Term arguments, Term leader);
  Term send_by_name(Process& self, Term name, Term message);

  const ThisNode& node_;
  const ProcessTable& table_;
  const RegisteredNames& names_;
  Spawner& spawner_;
};

}  // namespace noderuntime
