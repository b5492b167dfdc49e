// The event loop: one per program, on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/net/handle.h"
#include "common/net/pace.h"
#include "noderuntime/bytes.h"

namespace noderuntime::net {

class TcpStream;

using Milliseconds = std::chrono::milliseconds;

// Outlives everything opened on it. An owner never dies inside its own callback: it asks its parent, which
// drops it with drop_later().
class Loop {
 public:
  Loop();
  ~Loop();  // runs what is still deferred, then lets every closed handle finish; waits for nobody
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Ends the program with this status. Returning from main() would wait for the threads that still ask name
  // servers for a loop that has ended.
  [[noreturn]] static void end_program(int status);

  void run();            // until stop(), or until nothing is open that could call back
  void stop();           // run() returns after the current turn
  bool turn(bool wait);  // one turn; false: nothing is open that could call back

  // run() and turn() throw what a callback let out, after the turn in which that happened: the callback was
  // not finished, so the program cannot go on. By callbacks' guards:
  void fail(std::exception_ptr escaped) noexcept;

  // From now on run() may look for input for `limit` before it sleeps, where that pays (see Pace); other
  // programs on the same processor get their turn meanwhile. 0, as at first: never.
  void poll_before_sleep(std::chrono::microseconds limit);

  // Time since an arbitrary start, never going back; the clock of Timer.
  Milliseconds now() const;

  // How busy it is: measured from now on, at the price of two readings of the clock in each turn.
  void measure_use();
  struct Use {
    std::chrono::nanoseconds busy, total;  // since measure_use(); busy: not waiting or looking for input
  };
  Use use() const;

  // For who polls by himself: a descriptor that can be read when a turn has something to do, and how long to
  // wait for that; nullopt: no deadline.
  int descriptor() const;
  std::optional<Milliseconds> wait() const;

  // Calls `action` in the next turn, which does not wait for input. In order.
  void later(std::function<void()> action);

  // Keeps `owner` until the callback that is under way has returned, then destroys it.
  template <class T>
  void drop_later(std::unique_ptr<T> owner) {
    later([kept = std::shared_ptr<T>{std::move(owner)}]() mutable { kept.reset(); });
  }

  uv_loop_s* raw() const { return loop_.get(); }
  std::span<Byte> read_buffer();  // serves all streams, one callback at a time
  // By streams.
  void note_read(TcpStream& stream, std::size_t bytes, bool large);
  void note_write() { pace_.wrote(); }
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
  std::vector<std::function<void()>> deferred_;
  std::unique_ptr<Byte[]> read_buffer_;
  Pace pace_{Pace::Time{0}};
  TcpStream* last_read_ = nullptr;
  std::uint64_t measured_since_ = 0;  // of uv_hrtime(); 0: not measured
  std::uint64_t rested_ = 0;          // nanoseconds in rest() since then, without what came
  void throw_escaped();
  bool stopped_ = false;
  std::exception_ptr escaped_;
};

// Something to do once per turn while started; the loop then does not wait for input. For the scheduler.
class Work {
 public:
  Work(Loop& loop, std::function<void()> callback);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  void start();
  void stop();
  bool started() const;

 private:
  std::function<void()> callback_;
  Handle<uv_idle_s> handle_;
};

}  // namespace noderuntime::net
