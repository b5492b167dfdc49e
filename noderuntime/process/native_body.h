// A process whose code is C++ and gets one message at a time.
#pragma once

#include "noderuntime/process/signal_router.h"

namespace noderuntime {

// Owned by its process. Runs on the loop thread. The process's heap is emptied after each handler; a handler
// that wants to keep a term stores it in an OwnedTerm. An exception that a handler throws ends the process,
// and only that, with the reason {native_exception, Text}.
class NativeBody : public Body {
 public:
  explicit NativeBody(SignalRouter& signals) : signals_{signals} {}
  Next run(Process& self, int& budget) final;
  // The module that a service stands for. Without it, process_info/2 names the module `noderuntime`.
  void stand_for(Atom module) { module_ = module; }
  Description describe() const override;

 protected:
  // Handlers build terms on `self.heap`, and end the process by self.set_exit(Reason).
  virtual void on_start(Process& self) { (void)self; }
  virtual void on_message(Process& self, Term message) = 0;

  SignalRouter& signals() { return signals_; }
  // Sends a copy of `message` to a pid, a local name, {Name, Node} or an alias.
  void send(Process& self, Term to, Term message) { signals_.send(self, to, message); }

 private:
  SignalRouter& signals_;
  Atom module_;
  bool started_ = false;
};

}  // namespace noderuntime
