// A process that runs Erlang code, as the machine keeps it between turns.
#pragma once

#include <functional>
#include <vector>

#include "noderuntime/code/references.h"
#include "noderuntime/machine/collector.h"
#include "noderuntime/process/process.h"

namespace noderuntime {

class Machine;

// One growable block of frames, from high addresses to low ones:
//     frame: y0 … y(n-1), then the two words of where it returns to: code, instance.
// Words of code and instances look like headers, never like terms.
class Stack {
 public:
  static constexpr std::size_t first_words = 24;
  Stack() = default;
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  Term* top = nullptr;  // y0 of the last frame
  Term* limit = nullptr;
  Term* bottom = nullptr;

  std::size_t used() const { return static_cast<std::size_t>(bottom - top); }
  void grow(std::size_t words, std::size_t limit_in_words);  // throws HeapLimitExceeded
  void clear() { top = bottom; }
};

class ErlangBody final : public Body {
 public:
  explicit ErlangBody(Machine& machine) : machine_{machine} {}

  Next run(Process& self, int& budget) override;
  void visit(const std::function<void(Term)>& visit) override;
  Description describe() const override;
  std::size_t stack_words() const override { return stack.used(); }
  // The code that its frames are in, and what its words outside of the heap point to.
  void refer(CodeReferences& references) const;

  // Where it goes on: code, its instance, and where that returns to (null: the frame on the stack says it).
  Instance* instance = nullptr;
  const std::uint32_t* code = nullptr;
  const std::uint32_t* return_code = nullptr;
  Instance* return_instance = nullptr;
  Stack stack;
  std::vector<Term> live;  // the x registers that count
  ErlangState state;
  Term continuation;  // of a native function that is to be called again
  FunctionName initial;

  // The collector's books, in words.
  std::size_t kept = 0;        // when it was last here: heap, stack and binaries
  std::size_t collect_at = 0;  // it is due above this
  std::size_t stack_at_collection = 0;
  bool collect_requested = false;
  bool over_bound = false;  // told that it exceeds max_heap_size

  // Receive markers: where the mailbox ended when a reference was made.
  struct Marker {
    std::uint32_t words[3];
    Mailbox::Mark mark;
  };
  std::vector<Marker> markers;

 private:
  Machine& machine_;
};

}  // namespace noderuntime
