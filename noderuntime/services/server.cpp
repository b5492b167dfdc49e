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
  auto call = gen::as_call(message);
  if (!call) return;
  auto& heap = self.heap;
  Term answer = make_tuple(heap, {Term::atom(atoms::error), Term::atom(atoms::notsup)});
  if (call->request == word("which_children")) answer = Term::nil();
  if (call->request == word("count_children")) {
    std::vector<Term> counts;
    for (auto text : {"specs", "active", "supervisors", "workers"})
      counts.push_back(make_tuple(heap, {word(text), Term::small(0)}));
    answer = make_list(heap, std::span<const Term>{counts});
  }
  send(self, gen::reply_target(*call), gen::reply_message(heap, *call, answer));
}

}  // namespace noderuntime
