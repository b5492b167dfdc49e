#include "noderuntime/services/safe_supervisor.h"

namespace noderuntime {

void SafeSupervisor::serve(Process& self, Term message) {
  auto call = gen::as_call(message);
  if (!call) return;
  SpawnOptions options;  // in the realm of the peer whose code asks
  if (auto* caller = call->from.is_local_pid() ? table_.find(call->from) : nullptr)
    options.origin = caller->origin;
  Term answer_to = make_tuple(self.heap, {gen::reply_target(*call), call->tag});
  spawner_.spawn(&self, Atom::of("kernel_services"), Atom::of("supervise"),
                 make_list(self.heap, {self.self(), message, answer_to}), options);
}

}  // namespace noderuntime
