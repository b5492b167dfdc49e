#include "noderuntime/process/scheduler.h"

#include <algorithm>
#include <iterator>
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

bool Scheduler::suspend(Process& process, Process& by, bool again) {
  auto [row, first] = by.relations().suspending.try_emplace(table_.pid_of(process), 0);
  if (!first && !again) return false;
  ++row->second;
  if (first) ++process.suspenders_;
  return true;
}

bool Scheduler::resume(const Pid& pid, Process& by) {
  if (!by.relations_) return false;
  auto row = by.relations_->suspending.find(pid);
  if (row == by.relations_->suspending.end()) return false;
  bool lives = table_.find(pid);
  if (lives && --row->second > 0) return true;
  by.relations_->suspending.erase(row);
  if (lives) resume_for_ended(pid);
  return lives;
}

void Scheduler::resume_for_ended(const Pid& pid) {
  auto* process = table_.find(pid);
  if (process && --process->suspenders_ == 0 && !process->queued_) wake(*process);
}

// --- running

void Scheduler::start(Process& process, std::unique_ptr<Body> body) {
  process.body_ = std::move(body);
  enqueue(process);
}

std::uint64_t Scheduler::reductions_of(const Process& process) const {
  return process.reductions + (&process == current_ ? used_now() : 0);
}

// The reductions of the current time slice.
std::uint64_t Scheduler::used_now() const {
  auto steps = std::int64_t{slice_} * Pace::steps_per_reduction - pace.left();
  return static_cast<std::uint64_t>(std::max(0, slice_ - budget_) + steps / Pace::steps_per_reduction);
}

bool Scheduler::has_runnable() const { return runnable_ > 0 || exits_.has_more() || !jobs_.empty(); }

void Scheduler::run(int slices, std::int64_t nanoseconds) {
  exits_.go_on();
  if (!jobs_.empty()) run_jobs(nanoseconds);
  if (runnable_ == 0) return;
  turn_begin_ = slice_begin_ = host_.monotonic_nanoseconds();
  turn_nanoseconds_ = nanoseconds;
  slices_left_ = slices;
  while (turn_goes_on()) {
    auto& queue = *next_queue();
    if (auto* stack = queue.first->call_stack_) {
      Process& process = take_first(queue);
      if (!may_run(process)) continue;
      bool killed = process.has_pending_exit_ && process.state_ != Process::State::exiting;
      process.call_stack_ = nullptr;
      begin_slice(process);
      enter(stack, [&] { return killed ? stacks_.cancel(*stack) : stacks_.resume(*stack); });
    } else if ((stack = stacks_.take())) {
      enter(stack, [&] { return stacks_.run(*stack, [this] { run_slices(); }); });
    } else {
      append(take_first(queue));  // until a stack is given back
    }
  }
}

bool Scheduler::turn_goes_on() const {
  return slices_left_ > 0 && runnable_ > 0 && slice_begin_ - turn_begin_ < turn_nanoseconds_;
}

Scheduler::RunQueue* Scheduler::next_queue() {
  constexpr std::size_t normal_per_low = 8;  // time slices, as on OTP
  auto& [max, high, normal, low] = run_queues_;
  if (max.first) return &max;
  if (high.first) return &high;
  if (!low.first) return normal.first ? &normal : nullptr;
  return normal.first && low_credit_ < normal_per_low * normal.size ? &normal : &low;
}

Process& Scheduler::take_first(RunQueue& queue) {
  Process& process = *queue.first;
  queue.first = process.next_runnable_;
  if (!queue.first) queue.last = &queue.first;
  auto& [max, high, normal, low] = run_queues_;
  if (&queue == &normal) low_credit_ += low.size;
  if (&queue == &low) low_credit_ = 0;
  process.queued_ = false;
  --queue.size;
  --runnable_;
  --slices_left_;
  return process;
}

bool Scheduler::remove(RunQueue& queue, Process& process) {
  Rounds rounds;
  for (Process** link = &queue.first; *link; link = &(*link)->next_runnable_, rounds.next()) {
    if (*link != &process) continue;
    *link = process.next_runnable_;
    if (queue.last == &process.next_runnable_) queue.last = link;
    process.queued_ = false;
    --queue.size;
    --runnable_;
    return true;
  }
  return false;
}

void Scheduler::wake_with(Process& process, Process::Priority priority) {
  wake(process);
  if (!process.queued_) return;
  auto wanted = static_cast<std::size_t>(priority), own = static_cast<std::size_t>(process.priority);
  for (auto lower = wanted + 1; lower <= own; ++lower)
    if (remove(run_queues_[lower], process)) return append(process, priority);
}

// Whether the process, which has left the run queue, gets a time slice.
bool Scheduler::may_run(Process& process) {
  if (process.state_ == Process::State::exiting) {
    if (process.ends_in_slices_ || process.call_stack_) return true;
    exits_.left_run_queue(process);
    return false;
  }
  if (!process.suspended() || process.has_pending_exit_) return true;
  process.state_ = Process::State::waiting;
  process.woken_ = true;
  return false;
}

void Scheduler::begin_slice(Process& process) {
  in_slice_ = &process;
  if (process.state_ != Process::State::exiting) {
    process.state_ = Process::State::running;
    current_ = &process;
  }
  budget_ = slice_;
  pace.start_slice(std::int64_t{slice_} * Pace::steps_per_reduction);
  if (auto* events = process.traced(trace_flag::in_and_out); events && current_ == &process) [[unlikely]]
    events->scheduled(process, true);
}

// Lets what is on the stack run, until it ends or a time slice on it is paused.
template <class Run>
void Scheduler::enter(CallStack* stack, Run run) {
  auto outcome = CallStacks::Outcome::ended;
  try {
    outcome = run();
  } catch (...) {  // the program ends
    stacks_.give_back(stack);
    throw;
  }
  if (outcome == CallStacks::Outcome::ended) return stacks_.give_back(stack);
  Process& process = *in_slice_;
  current_ = nullptr;
  process.call_stack_ = stack;
  charge(process);
  if (auto* events = process.traced(trace_flag::in_and_out);
      events && process.state_ != Process::State::exiting)
    events->scheduled(process, false);
  process.state_ == Process::State::exiting ? append(process) : enqueue(process);
}

// What a call stack is for: the slices of one process after the other. Where one is paused, the stack is kept for that
// process. When it goes on, so do the slices of others behind it.
void Scheduler::run_slices() {
  while (turn_goes_on()) {
    auto& queue = *next_queue();
    if (queue.first->call_stack_) return;
    Process& process = take_first(queue);
    if (!may_run(process)) continue;
    process.woken_ = false;
    begin_slice(process);
    run_slice(process);
    pace.end_slice();
    exits_.relieve();
  }
}

// `process` may be gone at the end.
void Scheduler::run_slice(Process& process) {
  if (process.state_ == Process::State::exiting) return exits_.finish_in_slices(process);
  Body::Next next = Body::Next::done;
  try {
    next = run_body(process);
  } catch (const ProcessCancelled&) {
    if (!process.has_pending_exit()) throw;  // the program ends
  }
  charge(process);
  current_ = nullptr;
  if (process.has_pending_exit() || next == Body::Next::done) return exits_.end_after_slice(process);
  if (auto* events = process.traced(trace_flag::in_and_out)) [[unlikely]]
    events->scheduled(process, false);
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended()) enqueue(process);
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
  auto used = used_now();
  process.reductions += used;
  counters_.reductions += used;
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

Scheduler::JobId Scheduler::begin_job(std::function<void()> job, std::function<void()> ended) {
  auto& begun = jobs_.emplace_back(Job{std::move(job), nullptr, ++last_job_, std::move(ended)});
  auto place = std::prev(jobs_.end());
  if (auto* stack = stacks_.take()) {
    begun.call_stack = stack;
    if (run_job(begun)) {
      jobs_.erase(place);
      return 0;
    }
  }
  return begun.id;
}

void Scheduler::cancel_job(JobId id) {
  auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& each) { return each.id == id; });
  if (id == 0 || job == jobs_.end()) return;
  if (auto* stack = job->call_stack) {
    stacks_.cancel(*stack);
    stacks_.give_back(stack);
  }
  jobs_.erase(job);
}

// Gives each job a time slice, while there is time.
void Scheduler::run_jobs(std::int64_t nanoseconds) {
  auto begin = host_.monotonic_nanoseconds();
  for (auto left = jobs_.size(); left > 0 && !jobs_.empty(); --left) {
    auto job = jobs_.begin();
    if (!job->call_stack && !(job->call_stack = stacks_.take())) return;  // in a later turn
    jobs_.splice(jobs_.end(), jobs_, job);
    if (run_job(*job)) {
      auto ended = std::move(job->ended);
      jobs_.erase(job);
      if (ended) ended();
    }
    if (host_.monotonic_nanoseconds() - begin >= nanoseconds) return;
  }
}

// Gives the job a time slice on its call stack. False: it is paused.
bool Scheduler::run_job(Job& job) {
  auto* stack = std::exchange(job.call_stack, nullptr);
  auto outcome = CallStacks::Outcome::ended;
  pace.start_slice(std::int64_t{slice_} * Pace::steps_per_reduction);
  try {
    outcome = job.work ? stacks_.run(*stack, std::exchange(job.work, nullptr)) : stacks_.resume(*stack);
  } catch (...) {  // the program ends
    stacks_.give_back(stack);
    std::erase_if(jobs_, [&](const Job& each) { return &each == &job; });
    throw;
  }
  pace.end_slice();
  if (outcome == CallStacks::Outcome::paused) {
    job.call_stack = stack;
    return false;
  }
  stacks_.give_back(stack);
  return true;
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
