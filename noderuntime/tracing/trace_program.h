// Match specifications of tracing, and what their functions do.
#pragma once

#include <memory>
#include <optional>

#include "noderuntime/functions/guard_functions.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/process/process.h"
#include "noderuntime/tables/match_specification.h"

namespace noderuntime {

// What a specification may ask about the call that is traced.
class CallerView {
 public:
  virtual Term caller(Heap& heap) = 0;       // {Module, Function, Arity}, or undefined
  virtual Term caller_line(Heap& heap) = 0;  // with {File, Line}
  virtual Term stack_trace(Heap& heap) = 0;

 protected:
  ~CallerView() = default;
};

// What a specification may change.
class TraceChanges {
 public:
  // Changes the flags and the tracer of a process. []: the tracer of `by`; without a tracer nothing is traced. `takes`: also
  // from another tracer. False: it is dead, or has another tracer.
  virtual bool change(Process& by, Term pid, std::uint32_t off, std::uint32_t on, Term tracer,
                      bool takes) = 0;
  // Of a registered name or a pid; null: there is none.
  virtual Process* find(Term pid_or_name) const = 0;
  virtual std::uint32_t control_word() const = 0;
  virtual void set_control_word(std::uint32_t word) = 0;

 protected:
  ~TraceChanges() = default;
};

// Flags of erlang:trace/3 in a list. nullopt: one of them is not known.
struct TraceFlagList {
  std::uint32_t flags = 0;
  std::optional<Term> tracer;
  bool cpu_timestamp = false;
};
std::optional<TraceFlagList> parse_trace_flags(Term list);
std::uint32_t trace_flag_of(Atom name);  // 0: not known
Term trace_flag_list(Heap& heap, std::uint32_t flags);

class TraceProgram {
 public:
  // Null: it is not a match specification. `of_calls`: not of messages, which have no caller and do not return.
  static std::shared_ptr<const TraceProgram> compile(Context& context, Term specification,
                                                     bool of_calls = true);

  struct Result {
    bool matches = false;
    Term message = Term::boolean(true);  // true, false, or what is told besides
    bool return_trace = false, exception_trace = false;
  };
  // Runs on a list of arguments. `scratch` gets what the message is made of. Nothing is paused. `calls`: null if no call is
  // traced. `is_test`: it changes nothing.
  Result run(Context& context, Term arguments, Heap& scratch, TraceChanges& changes, CallerView* calls,
             bool is_test = false) const;
  Term source() const { return specification_->source(); }

 private:
  std::unique_ptr<tables::MatchSpecification> specification_;
};

}  // namespace noderuntime
