#include "noderuntime/observe/questions.h"

#include "noderuntime/term/heap.h"

namespace noderuntime::observe {

Value built(const std::function<Term(Terms&)>& make) {
  Heap heap;
  NodeIdentity nobody{Atom{}, Creation{0}};
  Terms terms{heap, nobody};
  return Value::of(make(terms));
}

void Questions::ask(Atom node, std::string_view module, std::string_view function, Value arguments,
                    Answered answered, Milliseconds limit) {
  auto id = ++last_;
  calls_.push_back({id, node, Atom::of(module), Atom::of(function), std::move(arguments), limit});
  waiting_.emplace(id, std::move(answered));
}

void Questions::on_answer(std::uint64_t id, const CallResult& result, Milliseconds now) {
  now_ = now;
  auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  auto answered = std::move(found->second);
  waiting_.erase(found);
  answered(result, now);
}

}  // namespace noderuntime::observe
