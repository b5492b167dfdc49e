// Tracing of a node: what erlang:trace/3 and trace_pattern/3 set, and what is told of it.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>

#include "noderuntime/functions/trace_control.h"
#include "noderuntime/tracing/call_patterns.h"
#include "noderuntime/tracing/trace_messages.h"

namespace noderuntime {

// Owned by the Machine. Loop thread only.
//
//     processes, scheduler ──► TraceEvents ──┐
//     machine: breakpoints, natives ─► called(), returned() ──┴──► TraceMessages ──► mailbox of the tracer
//     natives of module erlang ──► TraceControl ──► flags of processes, CallPatterns
class Tracing final : public TraceEvents, public TraceControl, public TraceChanges {
 public:
  Tracing(Processes& processes, ModuleRegistry& registry, Native traced_native);
  ~Tracing();

  CallPatterns& patterns() { return patterns_; }
  std::uint64_t dropped() const { return messages_.dropped(); }

  // --- for the machine

  // What is to be told when the call ends.
  enum : std::uint32_t { at_return = 1, at_exception = 2, at_return_to = 4 };
  struct Call {
    const FunctionName& name;
    const Term* arguments;  // no match contexts
    bool local;
    const TraceProgram* program;  // null: none
    Term meta_tracer;  // []: the call is told to the tracer of the process, if its calls are traced
    CallerView& view;
  };
  // Tells of a call. In the time slice of the process: may pause. Returns what is to be told when it ends.
  std::uint32_t called(Context& context, const Call& call);
  // Whether calls of the process are traced, and somebody is there to be told.
  bool traces_calls(Process& process) {
    if (!process.traced(trace_flag::call)) return false;
    (void)tracer_of(process);
    return process.traced(trace_flag::call) != nullptr;
  }
  bool exists(Term pid) const { return processes_.table().find(pid) != nullptr; }
  void returned(Process& process, const FunctionName& name, Term value, Term meta_tracer);
  void raised(Process& process, const FunctionName& name, Atom kind, Term reason, Term meta_tracer);
  void returns_to(Process& process, std::optional<FunctionName> name);
  void timed_out(Process& process);  // a receive, of a process that is traced for that
  // `name` is entered, whose time counts; `outer` goes on. `current`: of the process.
  void time_begins(Process& process, TimedCall& current, const FunctionName& name);
  void time_ends(Process& process, TimedCall& current, const TimedCall& outer);
  // `begins`, and whether the old generation is collected too. `old_words`: of the heap before.
  void collects(Process& process, bool begins, bool all);

  // --- TraceEvents
  void sent(Process& from, Term to, Term message, bool exists) override;
  void received(Process& to, const OwnedTerm& message, const Pid* from) override;
  void happened(Process& process, Atom event, Term detail) override;
  void linked(Process& process, Process& to) override;
  void spawned(Process* parent, Process& process, Atom module, Atom function, Term arguments) override;
  void scheduled(Process& process, bool in) override;

  // --- TraceControl
  NativeResult trace(Context& context, const Term* arguments) override;
  NativeResult trace_pattern(Context& context, Term function, Term pattern, Term flags) override;
  NativeResult trace_info(Context& context, const Term* arguments) override;
  NativeResult match_spec_test(Context& context, const Term* arguments) override;
  std::uint32_t control_word() const override { return control_word_; }
  void set_control_word(std::uint32_t word) override { control_word_ = word; }

  // --- TraceChanges
  bool change(Process& by, Term pid, std::uint32_t off, std::uint32_t on, Term tracer, bool takes) override;
  Process* find(Term pid_or_name) const override;

 private:
  // Of messages: which are told.
  struct EventPattern {
    bool on = true;
    std::shared_ptr<const TraceProgram> program;
  };
  bool is_traced_by(const Process& process, Term tracer) const;
  bool start(Process& process, bool on, std::uint32_t flags, std::optional<Term> tracer);
  void set_flags(Process& process, std::uint32_t flags, Term tracer);
  // nullopt: nobody is told.
  std::optional<Term> tracer_of(Process& process);
  void tell(Process& process, std::initializer_list<Term> parts, const Term* last = nullptr);
  template <class Step>
  void try_to(Process& process, Step step);
  void tell_sent(Process& from, Term to, Term message, bool exists);
  void tell_received(Process& to, const OwnedTerm& message, const Pid* from);
  bool passes(Process& process, const EventPattern& pattern, Term arguments, Heap& scratch, Term& message);
  NativeResult info_of_process(Context& context, Term who, Term key);
  NativeResult info_of_function(Context& context, Term function, Term key);
  NativeResult info_of_pattern(Context& context, const CallPattern& pattern, Term key, bool is_on_load,
                               const FunctionName& function);

  Processes& processes_;
  ModuleRegistry& registry_;
  TraceMessages messages_;
  CallPatterns patterns_;
  EventPattern sends_, receives_;
  std::uint32_t flags_of_new_ = 0;
  Term tracer_of_new_ = Term::nil();
  std::uint32_t control_word_ = 0;
  NodeAccess* access_ = nullptr;

 public:
  void set_access(NodeAccess& access) { access_ = &access; }  // for specifications that run on messages
};

}  // namespace noderuntime
