// Waiting, waking, and whose turn it is.
#include "noderuntime/process/processes.h"

#include <algorithm>
#include <new>

#include "noderuntime/term/memory.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

void Processes::set_timeout(Process& process, std::int64_t milliseconds) {
  cancel_timeout(process);
  std::int64_t now = surroundings_.monotonic_nanoseconds() / 1'000'000;
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
    if (term_memory.used > term_memory.bound) relieve();
  }
}

namespace {

std::size_t bytes_of(const Heap& heap) {
  return heap.used_words() * sizeof(Word) + heap.used_bytes_outside();
}

}  // namespace

// The terms of the program take more than they may: the largest process ends, if it is one of those that make
// the difference.
void Processes::relieve() {
  constexpr std::size_t share = 16;  // of the bound, at least
  if (term_memory.used <= relieve_above_) return;
  Process* largest = nullptr;
  std::size_t most = term_memory.bound / share;
  for (auto& slot : slots_) {
    Process* process = slot.process.get();
    if (!process || process->state_ == Process::State::exiting || process->essential) continue;
    std::size_t bytes = bytes_of(process->heap) + process->stack_words() * sizeof(Word);
    process->mailbox.for_each_heap([&](const Heap& heap) { bytes += bytes_of(heap); });
    if (bytes > most) largest = process, most = bytes;
  }
  relieve_above_ = largest ? 0 : term_memory.used + term_memory.bound / share;
  std::string about = "the terms of all processes take " + std::to_string(term_memory.used) +
                      " bytes, more than " + std::to_string(term_memory.bound);
  if (!largest) return surroundings_.log(LogLevel::warning, about + "; no process is large");
  surroundings_.log(LogLevel::warning, about + ": process " + to_text(largest->self()) + " with " +
                                           std::to_string(most) + " is killed");
  exit(*largest, Term::atom(atoms::killed));
}

std::uint64_t Processes::reductions_of(const Process& process) const {
  int used = &process == current_ ? std::max(0, limits_.slice - budget_) : 0;
  return process.reductions + static_cast<std::uint64_t>(used);
}

void Processes::turn(Process& process) {
  if (process.state_ == Process::State::exiting) {  // ended while it stood in the queue
    free_slots_.push_back(process.slot());
    slots_[process.slot()].process.reset();
    return;
  }
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
  try {
    next = process.body_->run(process, budget_);
  } catch (const HeapLimitExceeded&) {
    heap_exceeded(process);
    process.set_exit(Term::atom(atoms::killed));
  } catch (const std::bad_alloc&) {  // what one native function wanted at once: no reason to end the node
    process.set_exit(Term::atom(atoms::killed));
  }
  auto used = static_cast<std::uint64_t>(std::max(0, limits_.slice - budget_));
  process.reductions += used;
  counters_.reductions += used;
  ++counters_.turns;
  current_ = nullptr;
  if (process.doomed_ || next == Body::Next::done) {
    process.doomed_ = true;
    Term reason = process.doom_       ? process.doom_->term()
                  : process.has_exit_ ? process.exit_reason_
                                      : Term::atom(atoms::normal);
    exits_.emplace_back(process.self(), OwnedTerm::copy_of(reason));
    drain_exits();
    return;
  }
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended_on_) enqueue(process);
}

}  // namespace noderuntime
