#include "noderuntime/services/net_kernel.h"

namespace noderuntime {

void NetKernel::on_message(Process& self, Term message) {
  auto call = gen::as_call(message);
  if (!call || !gen::is_record(call->request, atoms::is_auth, 2)) return;
  send(self, gen::reply_target(*call), gen::reply_message(self.heap, *call, Term::atom(atoms::yes)));
}

}  // namespace noderuntime
