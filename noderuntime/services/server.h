// A service that answers the questions of module sys, as OTP's gen_servers do.
// Source: sys(3).
#pragma once

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Owned by its process. Runs on the loop thread.
class Server : public NativeBody {
 public:
  using NativeBody::NativeBody;

 protected:
  // Gets all messages but those of sys.
  virtual void serve(Process& self, Term message) = 0;
  // What sys:get_state/1 returns; on the heap of the process.
  virtual Term state(Process& self) { return make_tuple(self.heap, {Term::atom(Atom::of("state"))}); }

 private:
  void on_message(Process& self, Term message) final;
  void on_system(Process& self, const gen::Call& call);
};

// The supervisor `kernel_sup`, which has no children here: the services are parts of the node.
class KernelSupervisor final : public Server {
 public:
  using Server::Server;

 private:
  void serve(Process& self, Term message) override;
};

// The process `init`, which has nothing to do here.
class Init final : public Server {
 public:
  using Server::Server;

 private:
  void serve(Process&, Term) override {}
};

}  // namespace noderuntime
