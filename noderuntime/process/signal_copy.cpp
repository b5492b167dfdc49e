#include "noderuntime/process/signal_copy.h"

namespace noderuntime {

namespace {

// The terms of a signal; most have none.
template <class Body, class Visit>
void for_each_term(Body&, Visit) {}
template <class Visit>
void for_each_term(signal::Message& body, Visit visit) {
  visit(body.message);
}
template <class Visit>
void for_each_term(signal::Exit& body, Visit visit) {
  visit(body.reason);
}
template <class Visit>
void for_each_term(signal::Exit2& body, Visit visit) {
  visit(body.reason);
}
template <class Visit>
void for_each_term(signal::Down& body, Visit visit) {
  visit(body.reason);
}
template <class Visit>
void for_each_term(signal::SpawnRequest& body, Visit visit) {
  visit(body.options);
  visit(body.arguments);
}

}  // namespace

Signal copy_signal(const SignalBody& body) {
  Signal signal{body, Heap{}};
  auto copy_term = [&](Term& term) { term = copy(term, signal.terms); };
  std::visit([&](auto& row) { for_each_term(row, copy_term); }, signal.body);
  return signal;
}

}  // namespace noderuntime
