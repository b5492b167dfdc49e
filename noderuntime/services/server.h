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

// The supervisor `kernel_sup`. Its only child is the timer server (prelude/timer.erl), while there is one: the services
// are parts of the node.
class KernelSupervisor final : public Server {
 public:
  KernelSupervisor(const RegisteredNames& names, SignalRouter& signals) : Server{signals}, names_{names} {}

 private:
  void serve(Process& self, Term message) override;
  Term answer(Process& self, Term request);

  const RegisteredNames& names_;
};

// The process `init`, which has nothing to do here.
class Init final : public Server {
 public:
  using Server::Server;

 private:
  void serve(Process&, Term) override {}
};

}  // namespace noderuntime
