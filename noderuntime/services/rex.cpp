#include "noderuntime/services/rex.h"

namespace noderuntime {

namespace {

const Atom call_alias = Atom::of("call"), cast_ = Atom::of("cast"), cnode_call = Atom::of("cnode_call"),
           printing_call = Atom::of("printing_call");

// {call, M, F, A, GroupLeader} and similar requests.
bool is_apply(Term request, Atom what) {
  return gen::is_record(request, what, 5) && request.element(1).is_atom() && request.element(2).is_atom();
}

}  // namespace

void Rex::serve(Process& self, Term message) {
  if (auto call = gen::as_call(message)) return on_call(self, *call);
  if (auto request = gen::as_cast(message)) return on_cast(self, *request);
  if (message.is_tuple(2) && message.element(0).is_pid())
    on_plain(self, message.element(0), message.element(1));
}

void Rex::on_call(Process& self, const gen::Call& call) {
  Term request = call.request;
  if (!is_apply(request, atoms::call) && !is_apply(request, atoms::block_call)) return;
  Term arguments = make_list(self.heap, {gen::reply_target(call), call.tag, request.element(1),
                                         request.element(2), request.element(3)});
  start(self, call.from, call_alias, arguments, request.element(4));
}

void Rex::on_cast(Process& self, Term request) {
  if (!is_apply(request, atoms::cast)) return;
  Term arguments = make_list(self.heap, {request.element(1), request.element(2), request.element(3)});
  start(self, request.element(4), cast_, arguments, request.element(4));
}

void Rex::on_plain(Process& self, Term from, Term request) {
  Term node = Term::atom(node_.identity().name);
  if (request.is(atoms::rex_features_request)) {
    Term features = make_list(self.heap, {Term::atom(atoms::erpc)});
    send(self, from, make_tuple(self.heap, {Term::atom(atoms::features_reply), node, features}));
  } else if (is_apply(request, atoms::call)) {
    Term arguments = make_list(self.heap, {from, request.element(1), request.element(2), request.element(3)});
    bool prints = request.element(4).is(atoms::send_stdout_to_caller);
    start(self, from, prints ? printing_call : cnode_call, arguments, request.element(4));
  } else if (gen::is_record(request, atoms::sbcast, 3)) {
    Term outcome = send_by_name(self, request.element(1), request.element(2));
    send(self, from, make_tuple(self.heap, {Term::atom(atoms::rex), node, outcome}));
  } else if (gen::is_record(request, atoms::send, 3)) {
    Term message = make_tuple(self.heap, {from, request.element(2)});
    Term outcome = send_by_name(self, request.element(1), message);
    if (!outcome.is(node_.identity().name))
      send(self, from, make_tuple(self.heap, {Term::atom(atoms::rex), node, outcome}));
  }
}

// Returns this node's name, or {nonexisting_name, Name}.
Term Rex::send_by_name(Process& self, Term name, Term message) {
  if (name.is_atom() && signals().send(self, name, message) == SignalRouter::Sent::ok)
    return Term::atom(node_.identity().name);
  return make_tuple(self.heap, {Term::atom(atoms::nonexisting_name), name});
}

void Rex::start(Process& self, Term from, Atom function, Term arguments, Term leader) {
  SpawnOptions options;
  if (from.is_pid()) options.origin = to_pid(node_.identity(), from).node.name;
  if (leader.is_pid())
    options.leader = to_pid(node_.identity(), leader);
  else if (Process* user = names_.whereis(atoms::user))
    options.leader = table_.pid_of(*user);
  spawner_.spawn(&self, atoms::rex, function, arguments, options);
}

}  // namespace noderuntime
