#include "noderuntime/machine/body.h"

#include <algorithm>
#include <cstdint>

#include "noderuntime/machine/interpreter.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

Stack::~Stack() { held_memory.free(begin_, bytes()); }

// Makes the next words below the top usable: so many, and some more.
void Stack::provide(std::size_t words) {
  constexpr std::size_t more = provided_at_once / sizeof(Term);
  limit = top - std::min(static_cast<std::size_t>(top - begin_), words + more);
  auto fresh = static_cast<std::size_t>(top - limit);
  if (bytes() > provided_at_once) provide_pages(limit, fresh * sizeof(Term));
}

void Stack::grow(std::size_t words, std::size_t limit_in_words) {
  std::size_t size = used(), capacity = bytes() / sizeof(Term);
  if (size + words > limit_in_words) throw HeapLimitExceeded{};
  if (words <= static_cast<std::size_t>(top - begin_)) return provide(words);
  std::size_t wanted = std::max({first_words, 2 * capacity, size + words});
  auto* fresh = static_cast<Term*>(held_memory.allocate_unprovided(wanted * sizeof(Term)));
  if (!fresh) throw HeapLimitExceeded{};
  Term* fresh_bottom = fresh + wanted;
  try {
    MayPause here;
    constexpr std::size_t at_once = 8192;  // words
    for (std::size_t done = 0; done < size;) {
      std::size_t words = std::min(at_once, size - done);
      auto* to = fresh_bottom - size + done;
      if (words == at_once) provide_pages(to, words * sizeof(Term));
      std::copy(top + done, top + done + words, to);
      done += words;
      if (done < size) pace.spend(static_cast<std::int64_t>(words * sizeof(Term) / Pace::copied_bytes));
    }
  } catch (const ProcessCancelled&) {
    held_memory.free(fresh, wanted * sizeof(Term));
    throw;
  }
  held_memory.free(begin_, capacity * sizeof(Term));
  begin_ = fresh, bottom = fresh_bottom, top = fresh_bottom - size;
  provide(words);
}

Body::Next ErlangBody::run(Process& self, int& budget) {
  if (!call_trace) [[likely]]
    return machine_.run(*this, self, budget);
  auto now = [&] { return machine_.processes().host().monotonic_nanoseconds(); };
  auto& timed = call_trace->timed;
  if (timed.active) timed.since = now();
  auto next = machine_.run(*this, self, budget);
  if (timed.active) machine_.tracing().patterns().add_time(timed.name, self.self(), 0, now() - timed.since);
  return next;
}

void ErlangBody::visit(const std::function<void(Term)>& visit) {
  for (Term term : live) visit(term);
  for (Term* word = stack.top; word < stack.bottom; ++word)
    if (!is_header(*word)) visit(*word);
  visit(state.dictionary);
  visit(continuation);
}

Term ErlangBody::stack_trace(Heap& heap) {
  CodePlace place{instance, code, return_instance, return_code};
  auto depth = machine_.access().state.backtrace_depth;
  return build_stack_trace(heap, machine_.registry(),
                           capture(heap, atoms::error, stack, place, nullptr, depth));
}

void ErlangBody::refer(CodeReferences& references) const {
  references.frame(instance);
  if (return_code) references.frame(return_instance);
  for (Term* word = stack.top; word < stack.bottom; ++word) {
    if (!is_header(*word)) continue;
    references.frame(reinterpret_cast<const ModuleInstance*>(word_of(word[1])));
    ++word;
  }
  auto terms = [&](const Term* first, std::size_t count) {
    references.words({reinterpret_cast<const Word*>(first), count});
  };
  terms(stack.top, stack.used());
  terms(live.data(), live.size());
  terms(&state.dictionary, 1), terms(&continuation, 1);
}

bool ErlangBody::is_hibernating() const {
  return instance->image->module == Atom{} &&
         code == instance->image->code.data() + Interpreter::root_hibernating;
}

Body::Description ErlangBody::describe() const {
  Description result{initial.module, initial.function, initial.arity,
                     initial.module, initial.function, initial.arity};
  if (is_hibernating()) {
    static const Atom hibernate = Atom::of("hibernate");
    result.module = atoms::erlang, result.function = hibernate, result.arity = 3;
    return result;
  }
  auto offset = static_cast<std::uint32_t>(code - instance->image->code.data());
  if (auto* function = instance->image->function_at(offset)) {
    result.module = instance->image->module;
    result.function = function->name;
    result.arity = function->arity;
  }
  return result;
}

}  // namespace noderuntime
