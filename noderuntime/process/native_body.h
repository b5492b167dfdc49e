// A process whose code is C++: it gets one message at a time.
#pragma once

#include "noderuntime/process/processes.h"

namespace noderuntime {

// The heap of the process is a scratch that is emptied when a handler returns: what a handler keeps
// beyond that, it keeps as an OwnedTerm. A handler that throws ends its process (and only it) with
// the reason {native_exception, Text}.
class NativeBody : public Body {
 public:
  explicit NativeBody(Processes& processes) : processes_{processes} {}
  Next run(Process& self, int& budget) final;

 protected:
  // Builds its terms on `self.heap`; ends the process with self.set_exit(Reason).
  virtual void on_start(Process& self) { (void)self; }
  virtual void on_message(Process& self, Term message) = 0;

  Processes& processes() { return processes_; }
  // Sends a copy of `message` to a pid, a local name, {Name, Node} or an alias.
  void send(Process& self, Term to, Term message) { processes_.send(self, to, message); }

 private:
  Processes& processes_;
  bool started_ = false;
};

}  // namespace noderuntime
