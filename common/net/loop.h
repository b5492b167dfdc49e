// The event loop: one per program, on one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <noderuntime/bytes.h>
#include "common/net/handle.h"
#include "common/net/idle_strategy.h"

namespace noderuntime::net {

class TcpStream;

using Milliseconds = std::chrono::milliseconds;

// Outlives everything opened on it. No object is destroyed inside its own callback: it reports to its parent,
// which drops it with drop_later().
class Loop {
 public:
  Loop();
  ~Loop();  // runs deferred calls, then closes all handles; does not wait for threads of the pool
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Ends the program with this status. Returning from main() would wait for pool threads that still ask name
  // servers, on behalf of a loop that has ended.
  [[noreturn]] static void end_program(int status);

  void run();            // until stop(), or until no open handle could call back
  void stop();           // run() returns after the current turn
  bool turn(bool wait);  // one turn; false: no open handle could call back

  // Stops the loop after an exception has left a callback: run() or turn() throw it after the current turn.
  // The callback was not finished, so the program cannot continue. Called by the guards of callbacks.
  void fail(std::exception_ptr escaped) noexcept;

  // Lets run() poll for input for up to `limit` before it sleeps, when that pays (see IdleStrategy); other programs
  // on the same processor run meanwhile. 0, the default: never.
  void poll_before_sleep(std::chrono::microseconds limit);

  // Time since an arbitrary start, monotonic; the clock of Timer.
  Milliseconds now() const;

  // Starts to measure how busy the loop is, at the cost of two readings of the clock per turn.
  void measure_use();
  struct Use {
    std::chrono::nanoseconds busy, total;  // since measure_use(); busy: neither waiting nor polling
  };
  Use use() const;

  // The longest step: how long it took, by the clock, and what it was. A step is the work of one callback; all else waits
  // meanwhile. On a busy machine other programs add to it.
  struct Step {
    std::chrono::nanoseconds duration{0};
    const char* what = "";
  };
  const Step& longest_step() const { return longest_step_; }
  Step take_longest_step() { return std::exchange(longest_lately_, {}); }  // since the last call
  // The longest step and the longest turn by the processor time of the thread, to which other programs do not add. What
  // the turn did before the step may be counted too.
  struct Work {
    Step step;
    std::chrono::nanoseconds turn{0};
  };
  const Work& longest_work() const { return longest_work_; }
  Work take_longest_work() { return std::exchange(longest_work_lately_, {}); }  // since the last call
  // All steps, by how long they took: counts[i] took longer than step_limits[i - 1], and not longer than step_limits[i].
  static constexpr std::array<std::chrono::nanoseconds, 6> step_limits{
      std::chrono::milliseconds{1},   std::chrono::milliseconds{5},   std::chrono::milliseconds{20},
      std::chrono::milliseconds{100}, std::chrono::milliseconds{500}, std::chrono::milliseconds{2000}};
  struct StepCounts {
    std::array<std::uint64_t, step_limits.size() + 1> counts{};
    std::chrono::nanoseconds sum{0};
  };
  const StepCounts& step_counts() const { return step_counts_; }
  void note_step(const char* what, std::chrono::nanoseconds duration) {  // called by the guards of callbacks
    step_counts_.sum += duration;
    std::size_t interval = 0;
    while (interval < step_limits.size() && duration > step_limits[interval]) ++interval;
    ++step_counts_.counts[interval];
    if (duration > longest_step_.duration) longest_step_ = {duration, what};
    if (duration > longest_lately_.duration) longest_lately_ = {duration, what};
    if (duration > longest_work_lately_.step.duration) note_work(what, duration);
  }

  // For integration into another loop: a descriptor that is readable when a turn has something to do, and how
  // long to wait for that; nullopt: no deadline.
  int descriptor() const;
  std::optional<Milliseconds> wait() const;

  // Calls `action` in the next turn, which then does not wait for input. Calls keep their order. Those that take longer
  // than a millisecond together go on in the turn after.
  void later(std::function<void()> action);

  // Keeps `owner` until the current callback has returned, then destroys it.
  template <class T>
  void drop_later(std::unique_ptr<T> owner) {
    later([kept = std::shared_ptr<T>{std::move(owner)}]() mutable { kept.reset(); });
  }

  uv_loop_s* raw() const { return loop_.get(); }
  std::span<Byte> read_buffer();  // shared by all streams, for one callback at a time
  // Called by streams.
  void note_read(TcpStream& stream, std::size_t bytes, bool large);
  void note_large_read() { idle_strategy_.read_large(); }  // for who finds out after note_read()
  void note_write() { idle_strategy_.wrote(); }
  void note_close(const TcpStream& stream) {
    if (last_read_ == &stream) last_read_ = nullptr;
  }

 private:
  void run_deferred();
  bool has_work() const;
  bool rest();
  bool poll();
  void gather_much();
  std::unique_ptr<uv_loop_s> loop_;
  Handle<uv_idle_s> deferred_run_;
  std::deque<std::function<void()>> deferred_;
  std::unique_ptr<Byte[]> read_buffer_;
  IdleStrategy idle_strategy_{IdleStrategy::Time{0}};
  TcpStream* last_read_ = nullptr;
  std::uint64_t measured_since_ = 0;  // in uv_hrtime() time; 0: not measured
  std::uint64_t rested_ = 0;          // nanoseconds in rest() since then, without handling input
  void throw_escaped();
  void begin_turn();
  void note_work(const char* what, std::chrono::nanoseconds duration);
  Step longest_step_, longest_lately_;
  Work longest_work_, longest_work_lately_;
  // The processor time of the thread when the turn began; at the last note_work(), if that was later.
  std::chrono::nanoseconds turn_began_{0}, work_measured_{0};
  StepCounts step_counts_;
  bool stopped_ = false;
  std::exception_ptr escaped_;
};

// Calls `callback` once per turn while started; the loop then does not wait for input. For the scheduler.
class IdleTask {
 public:
  IdleTask(Loop& loop, std::function<void()> callback);
  ~IdleTask();
  IdleTask(const IdleTask&) = delete;
  IdleTask& operator=(const IdleTask&) = delete;

  void start();
  void stop();
  bool started() const;

 private:
  std::function<void()> callback_;
  Handle<uv_idle_s> handle_;
};

}  // namespace noderuntime::net
