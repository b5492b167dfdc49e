// The scheduler: lets processes run one after the other, a time slice each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "noderuntime/process/call_stacks.h"
#include "noderuntime/process/host.h"
#include "noderuntime/process/process_table.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

class Exits;

// A process waits, is in the run queue, or runs. It becomes runnable when it starts, when wake() is called,
// when its time-out is over, and when its time slice ends with more to do. A process that sent to a busy
// connection is suspended: it leaves the run queue and returns to it when the connection takes signals again. So is one
// that other processes suspend, until they resume it or end.
//
// The run queue has a part for each priority. As on OTP, nobody runs while a process of priority `max` can, and then
// `high`; of the others, one of priority `low` gets a time slice where one of `normal` gets eight.
//
// Time slices run on a call stack of their own, one after the other. Code in C++ that works long is paused there
// (pace.h), and goes on in the process's next slice. The process keeps the stack until then, and others run on
// another.
//
// Owned by Processes, and lives as long. Loop thread only; run() is not called while a process runs.
class Scheduler {
 public:
  struct Counters {
    std::uint64_t time_slices = 0, reductions = 0;
  };
  // A time slice: how long it took, by the clock, and the function that ran at its end.
  struct Slice {
    std::int64_t nanoseconds = 0;
    Atom module, function;
    std::uint32_t arity = 0;
  };
  // `slice`: the reductions of a time slice.
  Scheduler(Host& host, const ProcessTable& table, Timers& timers, Exits& exits, int slice)
      : host_{host}, table_{table}, timers_{timers}, exits_{exits}, slice_{slice} {}

  // Whether run() has something to do.
  bool has_runnable() const;
  std::size_t runnable() const { return runnable_; }  // processes in the run queue
  // Gives time slices: at most so many to processes, and none after so many nanoseconds; before, slices to jobs, also
  // none after so many nanoseconds.
  void run(int slices, std::int64_t nanoseconds = std::numeric_limits<std::int64_t>::max());
  Process* current() const { return current_; }
  const Counters& counters() const { return counters_; }
  const Slice& longest_slice() const { return longest_; }
  Slice take_longest_slice() { return std::exchange(longest_lately_, {}); }  // since the last call
  // The reductions it has used, including the current time slice.
  std::uint64_t reductions_of(const Process& process) const;

  // erlang:suspend_process/2: `process` does not run until resume() was called as often as this, or `by` ended. A call
  // that is not `again` has no effect if `by` suspends it already, and then returns false. Throws std::bad_alloc.
  bool suspend(Process& process, Process& by, bool again);
  // False: `by` does not suspend a living process of this pid.
  bool resume(const Pid& pid, Process& by);

  // Runs `job` in the time slices of the next turns, on a call stack: long work that belongs to no process. It may pause,
  // and what it works on may change meanwhile. Jobs begin in the order of these calls. Throws std::bad_alloc.
  void start_job(std::function<void()> job);
  // The same, but the job begins at once, in a time slice of its own; not while a process runs. 0: it has ended in this
  // slice. Otherwise `ended` is called when the job has ended in a later turn, unless that was by cancel_job(). It must
  // neither throw nor call what runs processes or jobs.
  using JobId = std::uint64_t;
  JobId begin_job(std::function<void()> job, std::function<void()> ended);
  // Ends the job, if it has not ended: what is on its stack is destroyed. Not from inside of a job.
  void cancel_job(JobId job);

  void wake(Process& process);  // makes it runnable if it waits
  // The same, and if its own priority is lower, its next time slice comes as one of `priority`: for a process of that
  // priority that waits for what it does then.
  void wake_with(Process& process, Process::Priority priority);
  void set_timeout(Process& process, std::int64_t milliseconds);  // wakes it with timed_out set
  void cancel_timeout(Process& process);

  // --- for the other parts of Processes and for the adapter of connections

  void start(Process& process, std::unique_ptr<Body> body);
  void suspend(Process& process, Atom node);  // until node_drained(node)
  void node_drained(Atom node);               // its connection takes signals again: resumes suspended senders
  void resume_for_ended(const Pid& pid);      // a process that suspended it has ended
  // Gives time slices to a process that has ended, so that it is cleared up in them.
  void run_end_of(Process& process);
  // Ends all paused slices. For the end of the program, before what they work with is destroyed.
  void cancel_paused();

 private:
  void enqueue(Process& process);
  void append(Process& process) { append(process, process.priority); }  // to the run queue
  void append(Process& process, Process::Priority priority);
  struct RunQueue;
  bool remove(RunQueue& queue, Process& process);  // false: it is not in it
  RunQueue* next_queue();  // whose first process has the next turn; null: none is runnable
  bool turn_goes_on() const;
  Process& take_first(RunQueue& queue);
  bool may_run(Process& process);
  void begin_slice(Process& process);
  template <class Run>
  void enter(CallStack* stack, Run run);
  void run_slices();
  void run_slice(Process& process);
  Body::Next run_body(Process& process);
  std::uint64_t used_now() const;
  void charge(Process& process);
  void run_jobs(std::int64_t nanoseconds);
  struct Job;
  bool run_job(Job& job);

  Host& host_;
  const ProcessTable& table_;
  Timers& timers_;
  Exits& exits_;
  int slice_;
  struct RunQueue {
    Process* first = nullptr;
    Process** last = &first;
    std::size_t size = 0;
  };
  static constexpr std::size_t priorities = 4;  // of Process::Priority
  RunQueue run_queues_[priorities];
  std::size_t runnable_ = 0;
  std::size_t low_credit_ = 0;  // grows with each time slice of priority `normal`
  Process* current_ = nullptr;
  Process* in_slice_ = nullptr;  // the last that was given a time slice: current_, or one that has ended
  int budget_ = 0;               // what is left of current_'s time slice
  int slices_left_ = 0;          // of this turn
  std::int64_t turn_begin_ = 0, turn_nanoseconds_ = 0;
  struct Job {
    std::function<void()> work;       // null: it has begun
    CallStack* call_stack = nullptr;  // of a job that is paused
    JobId id = 0;
    std::function<void()> ended{};
  };
  std::list<Job> jobs_;  // the first has the next time slice
  JobId last_job_ = 0;
  std::int64_t slice_begin_ = 0;  // nanoseconds
  Slice longest_, longest_lately_;
  CallStacks stacks_;
  Counters counters_;
  std::unordered_map<Atom, std::vector<std::uint32_t>>
      suspended_;  // slots by the node with the busy connection
};

inline void Scheduler::wake(Process& process) {
  if (process.state_ != Process::State::waiting) {
    process.woken_ = true;
    return;
  }
  enqueue(process);
}

inline void Scheduler::enqueue(Process& process) {
  process.state_ = Process::State::runnable;
  append(process);
}

inline void Scheduler::append(Process& process, Process::Priority priority) {
  auto& queue = run_queues_[static_cast<std::size_t>(priority)];
  process.queued_ = true;
  process.next_runnable_ = nullptr;
  *queue.last = &process;
  queue.last = &process.next_runnable_;
  ++queue.size;
  ++runnable_;
}

}  // namespace noderuntime
