#include "noderuntime/gen_server.h"

#include "noderuntime/services/gen.h"

namespace noderuntime {

void GenServer::on_cast(Self&, Term) {}
void GenServer::on_info(Self&, Term) {}
Term GenServer::state(Self&) { return Term::atom(atoms::undefined); }
void GenServer::on_terminate(Self&, Term) {}

void GenServer::on_message(Self& self, Term message) {
  if (gen::as_call(message)) return on_call(self, message.element(1), message.element(2));
  if (auto request = gen::as_cast(message)) return on_cast(self, *request);
  Term from, request;
  if (self.matches(message, "system"_atom, &from, &request) && from.is_tuple(2) && from.element(0).is_pid())
    return on_system(self, from, request);
  on_info(self, message);
}

// Source: sys.erl, handle_system_msg.
void GenServer::on_system(Self& self, Term from, Term request) {
  Term reason;
  if (request.is("get_state"_atom)) return reply(self, from, state(self));
  if (self.matches(request, "terminate"_atom, &reason)) {
    reply(self, from, atoms::ok);
    on_terminate(self, reason);
    return self.exit(reason);
  }
  reply(self, from, self.tuple(atoms::error, self.tuple("unknown_system_msg"_atom, request)));
}

void GenServer::reply_term(Self& self, Term from, Term answer) {
  if (!from.is_tuple(2)) return;
  gen::Call call{from.element(0), from.element(1), Term::nil()};
  self.send(gen::reply_target(call), self.tuple(call.tag, answer));
}

}  // namespace noderuntime
