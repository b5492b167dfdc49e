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
    if (!process->queued_) wake(*process);
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

bool Scheduler::has_runnable() const { return first_runnable_ || exits_.has_more() || !jobs_.empty(); }

void Scheduler::run(int slices, std::int64_t nanoseconds) {
  exits_.go_on();
  if (!jobs_.empty()) run_jobs();
  if (!first_runnable_) return;
  slice_begin_ = host_.monotonic_nanoseconds();
  auto begin = slice_begin_;
  while (slices-- > 0 && first_runnable_ && slice_begin_ - begin < nanoseconds) {
    Process& process = *first_runnable_;
    first_runnable_ = process.next_runnable_;
    if (!first_runnable_) last_runnable_ = &first_runnable_;
    process.queued_ = false;
    run_slice(process);
    exits_.relieve();
  }
}

void Scheduler::run_slice(Process& process) {
  using State = Process::State;
  bool has_ended = process.state_ == State::exiting;
  if (has_ended && !process.ends_in_slices_ && !process.call_stack_) return exits_.left_run_queue(process);
  if (process.suspended_on_ && !has_ended && !process.has_pending_exit_) {
    process.state_ = State::waiting;
    process.woken_ = true;
    return;
  }
  auto* paused = process.call_stack_;
  auto* stack = paused ? paused : stacks_.take();
  if (!stack) return append(process);  // until one is given back
  if (!has_ended) {
    process.state_ = State::running;
    current_ = &process;
  }
  if (!paused) process.woken_ = false;
  budget_ = slice_;
  pace.start_slice(std::int64_t{slice_} * Pace::steps_per_reduction);
  auto outcome = CallStacks::Outcome::ended;
  try {
    if (!paused)
      outcome = stacks_.run(*stack, [this, &process] { run_on_stack(process); });
    else if (process.has_pending_exit_ && !has_ended)
      outcome = stacks_.cancel(*stack);
    else
      outcome = stacks_.resume(*stack);
  } catch (...) {  // the program ends
    process.call_stack_ = nullptr;
    stacks_.give_back(stack);
    throw;
  }
  current_ = nullptr;
  if (outcome == CallStacks::Outcome::ended) return stacks_.give_back(stack);  // the process may be gone
  process.call_stack_ = stack;
  charge(process);
  process.state_ == State::exiting ? append(process) : enqueue(process);
}

// What a call stack is for, from its first slice to the last. `process` may be gone at the end.
void Scheduler::run_on_stack(Process& process) {
  if (process.state_ == Process::State::exiting) return exits_.finish_in_slices(process);
  Body::Next next = Body::Next::done;
  try {
    next = run_body(process);
  } catch (const ProcessCancelled&) {
    if (!process.has_pending_exit()) throw;  // the program ends
  }
  process.call_stack_ = nullptr;
  charge(process);
  current_ = nullptr;
  if (process.has_pending_exit() || next == Body::Next::done) return exits_.end_after_slice(process);
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended_on_) enqueue(process);
}

Body::Next Scheduler::run_body(Process& process) {
  Body::Next next = Body::Next::done;
  if (has_memory_for([&] { next = process.body_->run(process, budget_); })) return next;
  if (!has_memory_for([&] { exits_.heap_exceeded(process); }))
    host_.log(LogLevel::warning, "no memory is left to report a process");
  process.set_exit(Term::atom(atoms::killed));
  return Body::Next::done;
}

void Scheduler::charge(Process& process) {
  auto steps = std::int64_t{slice_} * Pace::steps_per_reduction - pace.left();
  auto used = std::max(0, slice_ - budget_) + steps / Pace::steps_per_reduction;
  process.reductions += static_cast<std::uint64_t>(used);
  counters_.reductions += static_cast<std::uint64_t>(used);
  ++counters_.time_slices;
  auto begin = std::exchange(slice_begin_, host_.monotonic_nanoseconds());
  if (slice_begin_ - begin <= longest_lately_.nanoseconds) return;
  longest_lately_ = {slice_begin_ - begin};
  if (process.body_ && process.state_ != Process::State::exiting) {
    auto at = process.body_->describe();
    longest_lately_.module = at.module, longest_lately_.function = at.function,
    longest_lately_.arity = at.arity;
  }
  if (longest_lately_.nanoseconds > longest_.nanoseconds) longest_ = longest_lately_;
}

void Scheduler::run_end_of(Process& process) {
  process.ends_in_slices_ = true;
  if (!process.queued_) append(process);
}

void Scheduler::start_job(std::function<void()> job) { jobs_.push_back({std::move(job)}); }

// Gives each job a time slice.
void Scheduler::run_jobs() {
  for (auto job = jobs_.begin(), end = jobs_.end(); job != end;) {
    auto now = job++;
    auto* paused = std::exchange(now->call_stack, nullptr);
    auto* stack = paused ? paused : stacks_.take();
    if (!stack) return;  // in a later turn
    pace.start_slice(std::int64_t{slice_} * Pace::steps_per_reduction);
    bool ended = true;
    try {
      auto outcome = paused ? stacks_.resume(*stack) : stacks_.run(*stack, std::exchange(now->work, nullptr));
      ended = outcome == CallStacks::Outcome::ended;
    } catch (...) {  // the program ends
      stacks_.give_back(stack);
      jobs_.erase(now);
      throw;
    }
    if (ended) {
      stacks_.give_back(stack);
      jobs_.erase(now);
    } else {
      now->call_stack = stack;
    }
  }
}

void Scheduler::cancel_paused() {
  for (auto& job : jobs_) {
    if (!job.call_stack) continue;
    stacks_.cancel(*job.call_stack);
    stacks_.give_back(job.call_stack);
  }
  jobs_.clear();
  table_.for_each_slot([&](Process& process) {
    if (auto* stack = std::exchange(process.call_stack_, nullptr)) {
      process.has_pending_exit_ = false;
      stacks_.cancel(*stack);
      stacks_.give_back(stack);
    }
  });
}

}  // namespace noderuntime
