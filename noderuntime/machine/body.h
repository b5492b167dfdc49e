// A process that runs Erlang code, as the machine keeps it between its time slices.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "noderuntime/beam/collector.h"
#include "noderuntime/code/references.h"
#include "noderuntime/process/process.h"
#include "noderuntime/tracing/call_patterns.h"

namespace noderuntime {

class Machine;

// The stack of a process: one growable block of frames, from high addresses to low ones.
//     frame: y0 … y(n-1), then the two words of the return place: code, instance.
// Pointers to code and to instances look like header words, never like terms.
class Stack {
 public:
  static constexpr std::size_t first_words = 24;
  Stack() = default;
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  Term* top = nullptr;    // y0 of the last frame
  Term* limit = nullptr;  // what is above it can be used
  Term* bottom = nullptr;

  std::size_t used() const { return static_cast<std::size_t>(bottom - top); }
  // Throws HeapLimitExceeded. Pauses; meanwhile the stack is as before.
  void grow(std::size_t words, std::size_t limit_in_words);
  void clear() { top = bottom; }

 private:
  void provide(std::size_t words);
  std::size_t bytes() const { return static_cast<std::size_t>(bottom - begin_) * sizeof(Term); }
  Term* begin_ = nullptr;
};

class ErlangBody final : public Body {
 public:
  explicit ErlangBody(Machine& machine) : machine_{machine} {}

  Next run(Process& self, int& budget) override;
  void visit(const std::function<void(Term)>& visit) override;
  Description describe() const override;
  std::size_t stack_words() const override { return stack.used(); }
  ErlangState* erlang_state() override { return &state; }
  Term stack_trace(Heap& heap) override;
  void collect_soon(bool all = true) override {
    if (all || !collect_requested) young_requested = !all;
    collect_requested = true;
  }
  bool collects_soon() const override { return collect_requested; }
  bool is_collecting() const override { return collecting; }
  // Reports the instances that its frames are in, and all words that it holds outside its process's heap.
  void refer(CodeReferences& references) const;

  // Where it continues: code and its instance, and where that returns to (null: the frame
  // on the stack has it).
  ModuleInstance* instance = nullptr;
  const std::uint32_t* code = nullptr;
  const std::uint32_t* return_code = nullptr;
  ModuleInstance* return_instance = nullptr;
  Stack stack;
  std::vector<Term> live;  // the live x registers
  ErlangState state;
  Term continuation;  // state of a native function that will be called again
  FunctionName initial;

  Machine& machine() { return machine_; }
  bool is_hibernating() const;  // waits in erlang:hibernate/3

  // Of a process whose calls were traced.
  struct CallTrace : HeldObject {
    // Where an instruction at a breakpoint is executed again, as a part of the same call. Null: nowhere.
    const std::uint32_t* again_at = nullptr;
    TimedCall timed;
    // A native function that has not ended, and is called again.
    bool in_native = false;
    FunctionName native;
    std::uint32_t own = 0, meta = 0;  // what is told at its end, as Tracing::called() said
    Term meta_tracer = Term::nil();
    bool times = false;  // its time counts, and then that of `outer`
    TimedCall outer;
    bool has_failed = false;  // with an exception whose handler is told as the place where it returns to
  };
  std::unique_ptr<CallTrace> call_trace;  // null: none was
  CallTrace& made_call_trace() {
    if (!call_trace) call_trace = std::make_unique<CallTrace>();
    return *call_trace;
  }

  Generations generations;  // of its process's heap
  // The garbage collector's figures, in words.
  std::size_t kept = 0;        // heap, stack and binaries after the last collection
  std::size_t collect_at = 0;  // a collection is due above this
  std::size_t stack_at_collection = 0;
  bool collect_requested = false, young_requested = false;  // the latter: only the young generation
  bool collecting = false;                                  // now, perhaps paused
  bool over_bound = false;                                  // it was reported for exceeding max_heap_size

  // Receive markers: the end of the mailbox at the time a reference was made.
  struct Marker {
    std::uint32_t words[3];
    Mailbox::Mark mark;
  };
  std::vector<Marker> markers;

 private:
  Machine& machine_;
};

// Null: the process runs no Erlang code.
inline ErlangBody* erlang_body(const Process& process) { return dynamic_cast<ErlangBody*>(process.body()); }

}  // namespace noderuntime
