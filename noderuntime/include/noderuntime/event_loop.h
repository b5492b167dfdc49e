// The loop that nodes of this program live on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace noderuntime {

using Milliseconds = std::chrono::milliseconds;
inline constexpr Milliseconds no_limit = Milliseconds::max();

// One per program. The thread that runs it is the loop's thread: everything of this library is used there and
// calls back there (atoms and terms too), except post(). Setting up on one thread and then running on another
// is fine as long as the first touches nothing any more.
//
// Two ways to run it: run() on a thread of its own, or from another loop: wait until descriptor() can be
// read, timeout() at most, then call run_ready(); call it once before the first wait.
//
// It outlives the nodes on it. SIGPIPE is ignored from its construction on. Its log is standard error, from
// warnings on, until log_level() says otherwise.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();   // until stop()
  void stop();  // run() returns after what is under way; loop thread: others post() it
  // Runs until `condition` is true, which is asked after each turn. False: the time is over first. Not from
  // inside of a callback.
  bool run_until(const std::function<bool()>& condition, Milliseconds limit = no_limit);

  // From now on run() may look for input for up to `limit` (100 microseconds do well) before it sleeps, while
  // other nodes ask and wait for each answer: they have it in a third of the time, and the thread uses its
  // whole processor as long as that goes on. 0, as at first: never.
  void poll_before_sleep(std::chrono::microseconds limit);

  int descriptor() const;  // owned by the loop; for poll() and its kin: read
  std::optional<Milliseconds> timeout()
      const;         // nullopt: no need to wake up before there is something to read
  void run_ready();  // what can be done without waiting

  // From any thread, as long as the loop exists: `work` runs on the loop's thread, in the order of the calls
  // of each thread. What is left when the loop goes is dropped without having run.
  void post(std::function<void()> work);

  void after(Milliseconds delay, std::function<void()> work);
  // Calls back when one of these signals of the operating system arrives; the program does not end by it.
  void on_signals(const std::vector<int>& numbers, std::function<void(int)> callback);

  // "error", "warning", "info", "debug" or "trace"; something else changes nothing.
  static void log_level(const char* level);
  // For programs that are a node first of all: memory that is freed stays with the program, so that large
  // messages do not cost new pages each time. Once, before anything large is allocated.
  static void keep_freed_memory();

  struct State;
  State& state() { return *state_; }  // for the library's own sources

 private:
  std::unique_ptr<State> state_;
};

}  // namespace noderuntime
