#include "noderuntime/services/server.h"

namespace noderuntime {

namespace {

Term word(std::string_view text) { return Term::atom(Atom::of(text)); }

Term row(Heap& heap, std::string_view key, Term value) {
  return make_tuple(heap, {make_string(heap, key), value});
}

Term data(Heap& heap, std::initializer_list<Term> rows) {
  return make_tuple(heap, {word("data"), make_list(heap, rows)});
}

}  // namespace

void Server::on_message(Process& self, Term message) {
  static const Atom system = Atom::of("system");
  if (!gen::is_record(message, system, 3) || !message.element(1).is_tuple(2) ||
      !message.element(1).element(0).is_pid())
    return serve(self, message);
  Term from = message.element(1);
  on_system(self, {from.element(0), from.element(1), message.element(2)});
}

void Server::on_system(Process& self, const gen::Call& call) {
  auto& heap = self.heap;
  Term answer = make_tuple(
      heap, {Term::atom(atoms::error), make_tuple(heap, {word("unknown_system_msg"), call.request})});
  Term running = word("running"), own = self.self();
  if (call.request == word("get_state")) {
    answer = make_tuple(heap, {Term::atom(atoms::ok), state(self)});
  } else if (call.request == word("get_status")) {
    Term misc = make_list(
        heap, {make_tuple(heap, {word("header"), make_string(heap, "Status for a service of the node")}),
               data(heap, {row(heap, "Status", running), row(heap, "Parent", own),
                           row(heap, "Logged events", Term::nil())}),
               data(heap, {row(heap, "State", state(self))})});
    answer = make_tuple(heap, {word("status"), own, make_tuple(heap, {word("module"), word("gen_server")}),
                               make_list(heap, {Term::nil(), running, own, Term::nil(), misc})});
  }
  send(self, gen::reply_target(call), gen::reply_message(heap, call, answer));
}

void KernelSupervisor::serve(Process& self, Term message) {
  if (auto call = gen::as_call(message))
    send(self, gen::reply_target(*call), gen::reply_message(self.heap, *call, answer(self, call->request)));
}

Term KernelSupervisor::answer(Process& self, Term request) {
  static const Atom timer_server = Atom::of("timer_server"), terminate_child = Atom::of("terminate_child"),
                    delete_child = Atom::of("delete_child");
  auto& heap = self.heap;
  auto error = [&](Term reason) { return make_tuple(heap, {Term::atom(atoms::error), reason}); };
  Process* timer = names_.whereis(timer_server);
  if (request == word("which_children")) {
    if (!timer) return Term::nil();
    Term modules = make_list(heap, {word("timer")});
    return make_list(heap,
                     {make_tuple(heap, {Term::atom(timer_server), timer->self(), word("worker"), modules})});
  }
  if (request == word("count_children")) {
    std::vector<Term> counts;
    for (std::string_view text : {"specs", "active", "supervisors", "workers"})
      counts.push_back(make_tuple(heap, {word(text), Term::small(timer && text != "supervisors" ? 1 : 0)}));
    return make_list(heap, std::span<const Term>{counts});
  }
  if (gen::is_record(request, terminate_child, 2)) {
    if (!timer || !request.element(1).is(timer_server)) return error(word("not_found"));
    signals().exit_signal(self, timer->self(), word("shutdown"));
    return Term::atom(atoms::ok);
  }
  if (gen::is_record(request, delete_child, 2)) {
    if (!request.element(1).is(timer_server)) return error(word("not_found"));
    return timer ? error(word("running")) : Term::atom(atoms::ok);
  }
  return error(Term::atom(atoms::notsup));
}

}  // namespace noderuntime
