#include "noderuntime/tracing/trace_messages.h"

#include <algorithm>
#include <vector>

#include "noderuntime/term/integer.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t any_time =
    trace_flag::timestamp | trace_flag::monotonic_timestamp | trace_flag::strict_monotonic_timestamp;
constexpr std::int64_t million = 1'000'000;

}  // namespace

Term TraceMessages::time(Heap& heap, std::uint32_t flags) {
  if (flags & trace_flag::timestamp) {
    auto now = processor_clock_
                   ? processor_clock_() / 1000
                   : last_time_ = std::max(last_time_ + 1, processes_.host().system_nanoseconds() / 1000);
    return make_tuple(heap, {Term::small(now / million / million), Term::small(now / million % million),
                             Term::small(now % million)});
  }
  Term now = make_integer(heap, processes_.host().monotonic_nanoseconds());
  if (!(flags & trace_flag::strict_monotonic_timestamp)) return now;
  return make_tuple(heap, {now, Term::small(++last_unique_)});
}

void TraceMessages::drop(Term tracer) {
  ++dropped_in_all_;
  if (++dropped_[tracer] > 1) return;
  Process* to = processes_.table().find(tracer);
  auto waiting = to ? to->mailbox.words() * sizeof(Word) : 0;
  processes_.host().log(LogLevel::warning, "traces for process " + to_text(tracer) + " are dropped: it has " +
                                               std::to_string(waiting) + " bytes of messages to read");
}

// The message ends no process at once: its sender works on with processes that could be linked to the tracer. A tracer above
// its max_heap_size ends when it is collected.
bool TraceMessages::send(Term tracer, std::uint32_t flags, std::initializer_list<Term> parts,
                         const Term* last) {
  static const Term trace = Term::atom(Atom::of("trace")), with_time = Term::atom(Atom::of("trace_ts")),
                    dropped = Term::atom(Atom::of("drop"));
  auto& table = processes_.table();
  Process* to = table.find(tracer);
  if (!to) return dropped_.erase(tracer), false;
  if (to->mailbox.words() > most_waiting()) return drop(tracer), true;
  bool sent = has_memory_for([&] {
    Heap heap;
    std::vector<Term> elements{flags & any_time ? with_time : trace};
    for (Term part : parts) elements.push_back(copy(part, heap));
    if (last) elements.push_back(copy(*last, heap));
    if (flags & trace_flag::scheduler_id) elements.push_back(Term::small(1));
    if (flags & any_time) elements.push_back(time(heap, flags));
    Term message = make_tuple(heap, std::span<const Term>{elements});
    to = table.find(tracer);  // others may have run
    if (!to) return;
    if (auto lost = dropped_.extract(tracer)) {
      Heap room;
      Term told = make_tuple(room, {dropped, Term::small(static_cast<std::int64_t>(lost.mapped()))});
      to->mailbox.push(OwnedTerm{std::move(room), told});
    }
    to->mailbox.push(OwnedTerm{std::move(heap), message});
    processes_.scheduler().wake(*to);
  });
  if (!sent) drop(tracer);
  return true;
}

}  // namespace noderuntime
