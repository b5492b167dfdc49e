#include "noderuntime/process/native_body.h"

#include <new>

#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {
constexpr int reductions_per_message = 20;

void exit_with_exception(Process& self, const char* what) {
  self.heap.clear();
  Term reason =
      make_tuple(self.heap, {Term::atom(Atom::of("native_exception")), make_binary(self.heap, what)});
  self.set_exit(reason);
}
}  // namespace

Body::Description NativeBody::describe() const {
  static const Atom unnamed = Atom::of("noderuntime"), loop = Atom::of("loop"), init = Atom::of("init");
  Atom module = module_ == Atom{} ? unnamed : module_;
  return {module, loop, 1, module, init, 1};
}

Body::Next NativeBody::run(Process& self, int& budget) {
  OneStep whole;  // handlers do not expect that others run in the middle of them
  auto step = [&](auto handler) {
    bool had_memory = has_memory_for([&] {
      try {
        handler();
      } catch (const std::bad_alloc&) { throw; } catch (const std::exception& problem) {
        exit_with_exception(self, problem.what());
      }
    });
    // Without memory the process is killed; a service drops the message and continues with the next one.
    if (!had_memory && !self.essential) throw HeapLimitExceeded{};
    bool ends = self.has_exit();
    if (!ends) self.heap.clear();
    budget -= reductions_per_message;
    return ends;
  };
  if (!started_) {
    started_ = true;
    if (step([&] { on_start(self); })) return Next::done;
  }
  while (self.mailbox.has_current() && !self.has_pending_exit() && !self.suspended()) {
    if (budget <= 0) return Next::again;
    OwnedTerm message = self.mailbox.take_current();
    if (step([&] { on_message(self, message.term()); })) return Next::done;
  }
  return Next::wait;
}

}  // namespace noderuntime
