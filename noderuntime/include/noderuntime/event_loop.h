// The event loop that the nodes of this program run on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace noderuntime {

using Milliseconds = std::chrono::milliseconds;
inline constexpr Milliseconds no_limit = Milliseconds::max();

// One per program; it must outlive the nodes on it. The thread that runs it is the loop thread.
// Everything of this library, atoms and terms included, is used on that thread and calls back there; only
// post() may be called from others. One thread may set up nodes and another run the loop, if the first
// touches nothing afterwards.
//
// There are two ways to run it: run(), on a thread of its own; or inside another loop: wait until
// descriptor() is readable, for at most timeout(), then call run_ready(). Call run_ready() once
// before the first wait.
//
// From its construction on SIGPIPE is ignored. It logs to standard error, warnings and errors unless
// log_level() changes that.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();   // until stop()
  void stop();  // run() returns after the current callbacks; loop thread only: other threads post() it
  // Runs the loop until `condition`, evaluated after each turn, is true. False: `limit` passed first. Must
  // not be called from inside a callback.
  bool run_until(const std::function<bool()>& condition, Milliseconds limit = no_limit);

  // Lets run() poll for input for up to `limit` (100 microseconds are a good value) before it sleeps, while
  // other nodes send requests and wait for each answer. Answers then take a third of the time, and the thread
  // uses its whole processor meanwhile. 0, the default, turns polling off.
  void poll_before_sleep(std::chrono::microseconds limit);

  int descriptor() const;  // owned by the loop; for poll() and the like: wait until it is readable
  std::optional<Milliseconds> timeout() const;  // nullopt: wait for descriptor() only
  void run_ready();                             // runs everything that is ready, without waiting

  // Callable from any thread while the loop exists. Runs `work` on the loop thread; the calls of one thread
  // keep their order. Work that is still queued when the loop is destroyed is dropped without being run.
  void post(std::function<void()> work);

  void after(Milliseconds delay, std::function<void()> work);
  // Calls `callback` when one of these signals of the operating system arrives, instead of the
  // signal's default action.
  void on_signals(const std::vector<int>& numbers, std::function<void(int)> callback);

  // One of "error", "warning", "info", "debug", "trace"; any other text changes nothing.
  static void log_level(const char* level);
  // For programs whose main purpose is the node: keeps freed memory in the process, so that large messages do
  // not need new pages each time. Call it once, before any large allocation.
  static void keep_freed_memory();

  struct State;
  State& state() { return *state_; }  // for the library's own sources

 private:
  std::unique_ptr<State> state_;
};

}  // namespace noderuntime
