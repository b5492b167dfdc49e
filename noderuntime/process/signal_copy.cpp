#include "noderuntime/process/signal_copy.h"

namespace noderuntime {

namespace {

// Visits the terms of a signal, which are members with these names; most signals have none.
template <class Body, class Visit>
void for_each_term(Body& body, Visit visit) {
  if constexpr (requires { body.message; }) visit(body.message);
  if constexpr (requires { body.reason; }) visit(body.reason);
  if constexpr (requires { body.options; }) visit(body.options);
  if constexpr (requires { body.arguments; }) visit(body.arguments);
}

}  // namespace

Signal copy_signal(const SignalBody& body) {
  Signal signal{body, Heap{}};
  auto copy_term = [&](Term& term) { term = copy(term, signal.terms); };
  std::visit([&](auto& row) { for_each_term(row, copy_term); }, signal.body);
  return signal;
}

}  // namespace noderuntime
