#include "noderuntime/process/scheduler.h"

#include <algorithm>
#include <utility>

#include "noderuntime/process/exits.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

// --- waiting and waking

void Scheduler::set_timeout(Process& process, std::int64_t milliseconds) {
  cancel_timeout(process);
  std::int64_t now = host_.monotonic_milliseconds();
  process.next_timeout = timers_.start(now + milliseconds + 1, [this, pid = process.self()] {
    Process* waiting = table_.find(pid);
    if (!waiting) return;
    waiting->next_timeout = 0;
    waiting->timed_out = true;
    wake(*waiting);
  });
}

void Scheduler::cancel_timeout(Process& process) {
  if (process.next_timeout != 0) timers_.stop(process.next_timeout);
  process.next_timeout = 0;
  process.timed_out = false;
}

void Scheduler::suspend(Process& process, Atom node) {
  if (process.suspended_on_ == node) return;
  process.suspended_on_ = node;
  suspended_[node].push_back(process.slot());
}

void Scheduler::node_drained(Atom node) {
  auto waiting = suspended_.extract(node);
  if (!waiting) return;
  auto goes_on = [&](std::uint32_t slot) {
    Process* process = table_.in_slot(slot);
    if (!process || process->suspended_on_ != node) return true;  // it has ended
    if (host_.busy(node, table_.pid_of(*process))) return false;
    process->suspended_on_.reset();
    if (process->state_ != Process::State::runnable) wake(*process);
    return true;
  };
  if (std::erase_if(waiting.mapped(), goes_on); !waiting.mapped().empty())
    suspended_.insert(std::move(waiting));
}

// --- running

void Scheduler::start(Process& process, std::unique_ptr<Body> body) {
  process.body_ = std::move(body);
  enqueue(process);
}

std::size_t Scheduler::runnable() const {
  std::size_t count = 0;
  for (auto* process = first_runnable_; process; process = process->next_runnable_) ++count;
  return count;
}

std::uint64_t Scheduler::reductions_of(const Process& process) const {
  int used = &process == current_ ? std::max(0, slice_ - budget_) : 0;
  return process.reductions + static_cast<std::uint64_t>(used);
}

void Scheduler::run(int slices) {
  while (slices-- > 0 && first_runnable_) {
    Process& process = *first_runnable_;
    first_runnable_ = process.next_runnable_;
    if (!first_runnable_) last_runnable_ = &first_runnable_;
    run_slice(process);
    exits_.relieve();
  }
}

void Scheduler::run_slice(Process& process) {
  if (process.state_ == Process::State::exiting)  // it ended while it was in the queue
    return exits_.left_run_queue(process);
  if (process.suspended_on_) {
    process.state_ = Process::State::waiting;
    process.woken_ = true;
    return;
  }
  process.state_ = Process::State::running;
  process.woken_ = false;
  current_ = &process;
  budget_ = slice_;
  Body::Next next = Body::Next::done;
  if (!has_memory_for([&] { next = process.body_->run(process, budget_); })) {
    next = Body::Next::done;
    if (!has_memory_for([&] { exits_.heap_exceeded(process); }))
      host_.log(LogLevel::warning, "no memory is left to report a process");
    process.set_exit(Term::atom(atoms::killed));
  }
  auto used = static_cast<std::uint64_t>(std::max(0, slice_ - budget_));
  process.reductions += used;
  counters_.reductions += used;
  ++counters_.time_slices;
  current_ = nullptr;
  if (process.has_pending_exit() || next == Body::Next::done) return exits_.end_after_slice(process);
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended_on_) enqueue(process);
}

}  // namespace noderuntime
