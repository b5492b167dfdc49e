#include <noderuntime/gen_server.h>

#include <cstdlib>

#include "noderuntime/library/states.h"
#include "noderuntime/services/gen.h"

namespace noderuntime {

namespace {

// The node whose version of sys a caller runs: its own, or the one that a process here has its code from.
Atom home_of_code(Self& self, Term pid) {
  auto& processes = self.node().state().processes();
  if (auto* here = processes.table().find(pid)) return here->origin;
  return to_pid(processes.self(), pid).node.name;
}

// Releases before 26 (and 26.0, which is taken for the later ones) take the state itself for the answer.
bool takes_bare_state(Self& self, const CallResult& release) {
  constexpr int first_with_ok = 26;
  auto text = release.kind == CallResult::Kind::value ? self.as<std::string>(release.term) : std::nullopt;
  int number = text ? std::atoi(text->c_str()) : 0;
  return number > 0 && number < first_with_ok;
}

}  // namespace

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
  if (request.is("get_state"_atom)) return reply_state(self, from);
  if (self.matches(request, "terminate"_atom, &reason)) {
    reply(self, from, atoms::ok);
    on_terminate(self, reason);
    return self.exit(reason);
  }
  reply(self, from, self.tuple(atoms::error, self.tuple("unknown_system_msg"_atom, request)));
}

// The form of the answer depends on the release of the caller, so that is asked for first.
void GenServer::reply_state(Self& self, Term from) {
  auto answer = [to = Value::of(from), state = Value::of(state(self))](Self& self,
                                                                       const CallResult& release) {
    if (takes_bare_state(self, release)) return reply(self, to.term(), state.term());
    reply(self, to.term(), self.tuple(atoms::ok, state.term()));
  };
  constexpr Milliseconds patience{1000};
  self.call(home_of_code(self, from.element(0)), atoms::erlang, "system_info"_atom,
            self.list("otp_release"_atom), std::move(answer), patience);
}

void GenServer::reply_term(Self& self, Term from, Term answer) {
  if (!from.is_tuple(2)) return;
  gen::Call call{from.element(0), from.element(1), Term::nil()};
  self.send(gen::reply_target(call), self.tuple(call.tag, answer));
}

}  // namespace noderuntime
