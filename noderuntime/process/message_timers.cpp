#include "noderuntime/process/message_timers.h"

#include "noderuntime/term/copy_at_pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

std::size_t MessageTimers::Row::bytes() const {
  constexpr std::size_t rows = 384;  // bytes of one timer in the tables, roughly
  return rows + message.heap().held_bytes();
}

Reference MessageTimers::start(std::int64_t deadline, Term to, Term message, bool wrapped) {
  Reference timer = node_.make_reference();
  auto copied = copy_at_pace(message);
  Term kept = copied.term();
  Heap heap = std::move(copied).take_heap();
  if (wrapped)
    kept =
        make_tuple(heap, {Term::atom(atoms::timeout), make_reference(heap, node_.identity(), timer), kept});
  Process* holder = to.is_atom() ? scheduler_.current() : table_.find(to);
  auto& row = rows_[timer];
  row = {0, to, holder ? holder->self() : Term::nil(), OwnedTerm{std::move(heap), kept}};
  if (holder) holder->timer_bytes += row.bytes();
  try {
    if (holder) of_holder_[word_of(row.holder)].insert(timer);
    row.id = timers_.start(deadline, [this, timer] { fire(timer); });
  } catch (...) {
    take(timer);
    throw;
  }
  return timer;
}

std::optional<MessageTimers::Row> MessageTimers::take(const Reference& timer) {
  auto found = rows_.extract(timer);
  if (!found) return std::nullopt;
  auto& row = found.mapped();
  if (Process* holder = table_.find(row.holder)) holder->timer_bytes -= row.bytes();
  if (auto timers = of_holder_.find(word_of(row.holder)); timers != of_holder_.end()) {
    timers->second.erase(timer);
    if (timers->second.empty()) of_holder_.erase(timers);
  }
  return std::move(row);
}

void MessageTimers::fire(const Reference& timer) {
  auto due = take(timer);
  Process* process = due->to.is_atom() ? names_.whereis(due->to.as_atom()) : table_.find(due->to);
  if (process) signals_.send_message({}, table_.pid_of(*process), std::move(due->message));
}

std::optional<std::int64_t> MessageTimers::deadline_of(const Reference& timer) const {
  auto found = rows_.find(timer);
  return found == rows_.end() ? std::nullopt : timers_.deadline_of(found->second.id);
}

void MessageTimers::stop(const Reference& timer) {
  if (auto stopped = take(timer)) timers_.stop(stopped->id);
}

void MessageTimers::process_ends(Process& process, const std::function<void()>& breathe) {
  auto of_process = of_holder_.extract(word_of(process.self()));
  if (!of_process) return;
  auto& timers = of_process.mapped();
  while (!timers.empty()) {
    breathe();
    auto found = rows_.find(timers.extract(timers.begin()).value());
    if (found == rows_.end()) continue;  // it has fired meanwhile
    if (found->second.to.is_atom() && !process.ends_for_memory) continue;
    timers_.stop(found->second.id);
    rows_.erase(found);
  }
}

}  // namespace noderuntime
