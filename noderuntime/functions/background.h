// Long work of native functions, away from the loop thread. The node implements it; tests use a fake.
#pragma once

#include <functional>
#include <memory>

#include "noderuntime/functions/native.h"

namespace noderuntime {

// Loop thread only. A process has at most one piece of work at a time: it waits for it.
class Background {
 public:
  // One piece of work. Made and destroyed on the loop thread.
  class Work {
   public:
    virtual ~Work() = default;
    // On another thread. Touches nothing that the loop thread touches meanwhile, allocates nothing that held_memory
    // counts, and throws nothing.
    virtual void run() noexcept = 0;
    // In the process, afterwards: what the native function returns. May start more work, and return `suspended`.
    virtual NativeResult result(Context& context) = 0;
  };

  virtual ~Background() = default;

  // Runs the work, and wakes the process when it has run. False: too much work waits already, and this is dropped.
  virtual bool start(Process& process, std::unique_ptr<Work> work) = 0;
  // Whether work of the process has been started, and is not taken yet.
  virtual bool has(const Process& process) = 0;
  // The work of the process, if it has run; null: it has not.
  virtual std::shared_ptr<Work> take(const Process& process) = 0;
  // Its process has ended: what has not begun is dropped.
  virtual void forget(const Process& process) = 0;
  // Work that nobody waits for, and which is not bounded: the end of something.
  virtual void clear_up(std::function<void()> work) = 0;
};

}  // namespace noderuntime
