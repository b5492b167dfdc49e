// Call stacks for time slices: code in C++ that runs on one can be paused in the middle and go on later.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "noderuntime/term/memory.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

// A call stack of its own (a stackful coroutine, Boost.Context). Loop thread only.
class CallStack;

// Owned by the Scheduler, which takes a stack for the time slices of a turn and gives it back at the end of the
// turn; a process whose slice is paused keeps its stack. Loop thread only.
class CallStacks final : Pace::Pauser {
 public:
  // Stacks in use at a time. A process whose slice finds none waits until one is free.
  static constexpr std::size_t most = 1024;

  CallStacks();
  ~CallStacks();  // precondition: none is paused
  CallStacks(const CallStacks&) = delete;
  CallStacks& operator=(const CallStacks&) = delete;

  enum class Outcome { ended, paused };
  CallStack* take();  // null: all are in use, or no memory is left
  // Runs `job` on the stack, until it returns or pauses. Throws what `job` throws, but for ProcessCancelled.
  Outcome run(CallStack& stack, std::function<void()> job);
  Outcome resume(CallStack& stack);
  // Resumes what is paused on the stack so that it ends: Pace::spend() throws ProcessCancelled there.
  Outcome cancel(CallStack& stack);
  void give_back(CallStack* stack);  // precondition: nothing is paused on it

  std::size_t in_use() const { return all_.size() - free_.size(); }

 private:
  // Of one stack: what code usually touches of it, and the interpreter that runs on it.
  static constexpr std::size_t counted_bytes = std::size_t{40} << 10;
  static constexpr std::size_t kept_free = 16;  // stacks

  void pause() override;
  Outcome enter(CallStack& stack);

  std::vector<std::unique_ptr<CallStack>> all_;
  std::vector<CallStack*> free_;
  CallStack* current_ = nullptr;
};

}  // namespace noderuntime
