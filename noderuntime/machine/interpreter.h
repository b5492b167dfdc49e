// Executes the machine's instructions. Owned by the Machine; one interpreter serves all
// processes of a node in turn.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "noderuntime/machine/binaries.h"
#include "noderuntime/machine/machine.h"
#include "noderuntime/machine/stack_trace.h"

namespace noderuntime {

class Interpreter {
 public:
  static constexpr std::size_t x_count = 1024 + 256, float_count = 1024;

  explicit Interpreter(Machine& machine);

  Body::Next run(ErlangBody& body, Process& process, int& budget);

  // Offsets in the code of the root image, whose instances begin and end processes.
  enum : std::uint32_t {
    root_end = 1,
    root_apply_list = 2,
    root_hibernating = 3,
    root_apply = 4,
    root_call_fun = 5,
    root_traced_return = 6
  };
  static std::shared_ptr<Image> root_image();

 private:
  // An exception being raised: class, reason, and the first frame, or a trace that exists already.
  struct Raised {
    Atom kind = atoms::error;
    Term reason;
    Term trace;  // []: captured when the exception is caught
    bool has_first = false, keep_code = true, keep_return = true;  // what the trace begins with
    FirstFrame first;
  };

  // Why a helper of the loop stopped.
  enum class Then { proceed, raise, wait, yield, end, collect };

  void collect_if_due(std::size_t live);
  bool is_due() const;
  bool is_all_due() const;
  void update_collection_threshold();
  std::size_t limited_words(bool counts_messages) const;
  void note_bound(bool counts_messages);

  // Of calls that are traced (call_traces.cpp). These leave frames and the return place in body_.
  std::uint32_t pass_breakpoint();  // the operation at the entry of the function
  const CallTarget* pass_export();  // the function that the stub stands for; null: it is gone
  void pass_traced_return();
  void trace_entry(const FunctionName& name, CallPattern& pattern, bool local);
  void begin_time(const FunctionName& name);
  void push_traced_return(const FunctionName& name, std::uint32_t wanted, Term meta_tracer);
  // Of an exception: whether a function that tells of its return is left, and where that returns to.
  struct Unwinding {
    bool leaves_traced = false;
    std::optional<bool> is_caught;  // whether there is a handler at all; null: nobody has looked
    std::optional<CodePlace> returns_to;
    void passed(ModuleInstance* instance, const std::uint32_t* code) {
      returns_to.reset();
      if (std::exchange(leaves_traced, false)) returns_to = CodePlace{instance, code, nullptr, nullptr};
    }
  };
  void unwind_traced_return(const Term* frame, Unwinding& unwinding);
  void unwind_traced_native(Unwinding& unwinding);
  Operation operation_at(const std::uint32_t* code) const;
  void execute_again();  // the instruction at body_->code, which may be at a breakpoint

  bool unwind();  // moves body_ to the handler; false: there is none
  void end_process();
  void capture_trace();
  Then call_native(Native native, const FunctionName& name, const Term* arguments, Term& value);
  void raise_native(const NativeResult& result, const FunctionName& name, const Term* arguments);
  // erlang:error/1,2,3: the first frame is the function that called it, with its arguments if they are a list.
  void raised_by_caller(Term arguments, Term information);
  void raise(Atom reason) { raised_ = {}, raised_.reason = Term::atom(reason); }
  void raise(Term reason) { raised_ = {}, raised_.reason = reason; }
  void raise_pair(Atom tag, Term value);
  void raise_in(Atom module, std::string_view function, std::initializer_list<Term> arguments, Atom reason,
                std::string_view errors);
  void raise_segment(Atom reason, std::uint32_t number, Segment::Kind kind, Term cause, Term value);
  // Raises badarity, with the arguments in x0 …, if `fun` is a fun of another arity than `count`; otherwise badfun.
  void raise_not_callable(Term fun, std::size_t count);
  bool hand_to_handler(const FunctionName& name);
  void raise_undefined(const FunctionName& name, const Term* arguments);
  bool may_hibernate();
  static constexpr std::size_t most_arguments = 1023;  // of apply; functions have at most 255
  bool spread(Term list, std::size_t& count);          // copies a list to the x registers from x0 on
  // The error for a list that could not be spread.
  static Atom why_not_spread(std::size_t count) {
    return count == most_arguments ? atoms::system_limit : atoms::badarg;
  }
  const FunEntry* binding_of(Term fun);
  Term caught();  // the value of `catch` for the exception in x1, x2, x3

  bool arithmetic(Operation operation, Term a, Term b, Term& result);
  bool put_map(bool exact, Term map, const std::uint32_t* units, std::uint32_t count, Term& result);
  // A binary of `count` segments, with three units each: the packed kind, the operands of value and size.
  bool create_binary(const std::uint32_t* units, std::uint32_t count, Term& result);
  static constexpr std::uint32_t segment_units = 3;
  bool is_fixed_integer(const std::uint32_t* segment) const;  // an integer of a constant size
  std::uint64_t fixed_bits(const std::uint32_t* segment) const;
  bool takes_all(const std::uint32_t* segment) const;  // the whole value, without a size
  std::optional<std::uint64_t> segment_bits(const std::uint32_t* segment) const;
  std::optional<std::uint64_t> binary_bits(const std::uint32_t* units, std::uint32_t count);
  bool start_appending(const std::uint32_t* segment, std::uint64_t bits, std::optional<Term>& unchanged);
  void raise_segment_size(const std::uint32_t* segment, Term size);
  void raise_segment_value(const std::uint32_t* segment);
  bool put_segment(binaries::Builder& builder, std::uint32_t packed, Term value, Term size, bool all);
  const std::uint32_t* put_segments(binaries::Builder& builder, const std::uint32_t* segment,
                                    const std::uint32_t* end);
  Term read(std::uint32_t operand) const {
    return *reinterpret_cast<const Term*>(files_[operand & Operand::file_mask] + operand);
  }
  Term constant(std::uint32_t operand) const {
    return *reinterpret_cast<const Term*>(files_[Operand::constant] + operand);
  }
  Term& written(std::uint32_t operand) {
    return *const_cast<Term*>(reinterpret_cast<const Term*>(files_[operand & Operand::file_mask] + operand));
  }
  static const char* biased(const void* start, std::uint32_t file) {
    return reinterpret_cast<const char*>(reinterpret_cast<std::uintptr_t>(start) - file);
  }
  void load_registers();

  Machine& machine_;
  Processes& processes_;
  // The start of the x registers, the y registers and the constants, each minus the file number, which is in
  // the low bits of an operand.
  const char* files_[3] = {biased(x_, Operand::x)};
  Term x_[x_count];
  double f_[float_count] = {};

  // The running process.
  ErlangBody* body_ = nullptr;
  Process* process_ = nullptr;
  Raised raised_;
  binaries::Builder builder_;
  bool due_ = false;
};

}  // namespace noderuntime
