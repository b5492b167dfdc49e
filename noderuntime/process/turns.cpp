// Waiting, waking and the turns of processes.
#include "noderuntime/process/processes.h"

#include <algorithm>

#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

void Processes::set_timeout(Process& process, std::int64_t milliseconds) {
  cancel_timeout(process);
  std::int64_t now = host_.monotonic_milliseconds();
  process.next_timeout = timers_.start(now + milliseconds + 1, [this, pid = process.self()] {
    Process* waiting = find(pid);
    if (!waiting) return;
    waiting->next_timeout = 0;
    waiting->timed_out = true;
    wake(*waiting);
  });
}

void Processes::cancel_timeout(Process& process) {
  if (process.next_timeout != 0) timers_.stop(process.next_timeout);
  process.next_timeout = 0;
  process.timed_out = false;
}

void Processes::wake(Process& process) {
  if (process.state_ != Process::State::waiting) {
    process.woken_ = true;
    return;
  }
  enqueue(process);
}

void Processes::enqueue(Process& process) {
  process.state_ = Process::State::runnable;
  process.next_runnable_ = nullptr;
  *last_runnable_ = &process;
  last_runnable_ = &process.next_runnable_;
}

std::size_t Processes::runnable() const {
  std::size_t count = 0;
  for (auto* process = first_runnable_; process; process = process->next_runnable_) ++count;
  return count;
}

void Processes::run(int slices) {
  while (slices-- > 0 && first_runnable_) {
    Process& process = *first_runnable_;
    first_runnable_ = process.next_runnable_;
    if (!first_runnable_) last_runnable_ = &first_runnable_;
    turn(process);
    relieve();
  }
}

// Ends the largest holder, if it holds a fair share of the bound or the bound is exceeded by far.
void Processes::end_largest(Relief when) {
  constexpr std::size_t share = 16;  // of the bound: smaller holders are not ended
  bool is_over = when == Relief::above_bound;
  std::size_t used = held_memory.used(), bound = is_over ? held_memory.bound() : used;
  if (is_over && used <= relieve_above_) return;
  Process* largest = nullptr;
  std::size_t most = is_over && held_memory.is_full() ? 0 : bound / share;
  for (auto& slot : slots_) {
    Process* process = slot.process.get();
    if (!process || process->state_ == Process::State::exiting || process->doomed_ || process->essential)
      continue;
    if (auto bytes = process->held_bytes(); bytes > most) largest = process, most = bytes;
  }
  Atom peer;
  for (auto& row : host_.held_for_peers()) {
    auto remote = remote_.find(row.node);
    auto rows = remote == remote_.end() ? 0 : remote->second.rows;
    if (auto bytes = row.bytes + rows * Relations::row_bytes; bytes > most) peer = row.node, most = bytes;
  }
  bool none = !largest && peer == Atom{};
  relieve_above_ = none || peer != Atom{} ? used + bound / share : 0;
  std::string about =
      "processes and connections hold " + std::to_string(used) + " bytes, " +
      (is_over ? "more than " + std::to_string(bound) : "and the system gives no more memory");
  if (none && !is_over) return;  // ended holders are freed soon, or the program ends
  if (none) return host_.log(LogLevel::warning, about + "; none of them is large");
  std::string with = " with " + std::to_string(most);
  if (peer != Atom{}) {
    host_.log(LogLevel::warning, about + ": the connection to " + std::string{peer.text()} + with + " ends");
    return host_.end_connection(peer, "it makes this node hold " + std::to_string(most) + " bytes");
  }
  host_.log(LogLevel::warning, about + ": process " + to_text(largest->self()) + with + " is killed");
  largest->ends_for_memory = true;
  exit(*largest, Term::atom(atoms::killed));
}

std::uint64_t Processes::reductions_of(const Process& process) const {
  int used = &process == current_ ? std::max(0, limits_.slice - budget_) : 0;
  return process.reductions + static_cast<std::uint64_t>(used);
}

void Processes::turn(Process& process) {
  if (process.state_ == Process::State::exiting)  // it ended while it was in the queue
    return release_slot(process.slot());
  if (process.suspended_on_) {
    process.state_ = Process::State::waiting;
    process.woken_ = true;
    return;
  }
  process.state_ = Process::State::running;
  process.woken_ = false;
  current_ = &process;
  budget_ = limits_.slice;
  Body::Next next = Body::Next::done;
  if (!has_memory_for([&] { next = process.body_->run(process, budget_); })) {
    next = Body::Next::done;
    if (!has_memory_for([&] { heap_exceeded(process); }))
      host_.log(LogLevel::warning, "no memory is left to report a process");
    process.set_exit(Term::atom(atoms::killed));
  }
  auto used = static_cast<std::uint64_t>(std::max(0, limits_.slice - budget_));
  process.reductions += used;
  counters_.reductions += used;
  ++counters_.turns;
  current_ = nullptr;
  if (process.doomed_ || next == Body::Next::done) {
    if (!process.has_exit_) process.exit_reason_ = Term::atom(atoms::normal);
    queue_exit(process);
    return drain_exits();
  }
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended_on_) enqueue(process);
}

}  // namespace noderuntime
