#include "noderuntime/tracing/trace_program.h"

#include <iterator>

#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

struct FlagRow {
  const char* name;
  std::uint32_t flag;
};
// In the order in which erlang:trace_info/2 lists them on OTP, from the end.
constexpr FlagRow flag_rows[] = {
    {"timestamp", trace_flag::timestamp},
    {"strict_monotonic_timestamp", trace_flag::strict_monotonic_timestamp},
    {"monotonic_timestamp", trace_flag::monotonic_timestamp},
    {"send", trace_flag::send},
    {"receive", trace_flag::receive},
    {"set_on_spawn", trace_flag::set_on_spawn},
    {"call", trace_flag::call},
    {"procs", trace_flag::procs},
    {"set_on_first_spawn", trace_flag::set_on_first_spawn},
    {"set_on_link", trace_flag::set_on_link},
    {"set_on_first_link", trace_flag::set_on_first_link},
    {"running", trace_flag::running},
    {"exiting", trace_flag::exiting},
    {"garbage_collection", trace_flag::garbage_collection},
    {"arity", trace_flag::arity},
    {"return_to", trace_flag::return_to},
    {"silent", trace_flag::silent},
    {"scheduler_id", trace_flag::scheduler_id},
    {"ports", trace_flag::ports},
    {"running_ports", trace_flag::running_ports},
    {"running_procs", trace_flag::running_procs},
};

}  // namespace

std::uint32_t trace_flag_of(Atom name) {
  if (name.text() == "all") return trace_flag::all;
  for (auto& row : flag_rows)
    if (name.text() == row.name) return row.flag;
  return 0;
}

Term trace_flag_list(Heap& heap, std::uint32_t flags) {
  Term list = Term::nil();
  for (auto& row : flag_rows)
    if (flags & row.flag) list = make_cons(heap, Term::atom(Atom::of(row.name)), list);
  return list;
}

std::optional<TraceFlagList> parse_trace_flags(Term list) {
  static const Atom cpu = Atom::of("cpu_timestamp"), tracer = Atom::of("tracer");
  TraceFlagList found;
  for (; list.is_cons(); list = list.tail()) {
    Term item = list.head();
    if (item.is_atom() && item.as_atom() == cpu) {
      found.cpu_timestamp = true;
    } else if (item.is_atom()) {
      auto flag = trace_flag_of(item.as_atom());
      if (flag == 0) return std::nullopt;
      found.flags |= flag;
    } else if (item.is_tuple(2) && item.element(0).is(tracer) && item.element(1).is_local_pid()) {
      found.tracer = item.element(1);
    } else {
      return std::nullopt;
    }
  }
  return list.is_nil() ? std::optional{found} : std::nullopt;
}

namespace {

Term yes() { return Term::boolean(true); }

class TraceFunctions final : public GuardFunctions {
 public:
  TraceFunctions(Context& context, TraceChanges* changes, CallerView* calls, bool is_test)
      : GuardFunctions{context}, changes_{changes}, calls_{calls}, is_test_{is_test} {}

  TraceProgram::Result result;
  bool of_calls = true;

  Function find(std::string_view name, std::size_t arity) override {
    if (auto* row = action(name, arity)) return row->in_guard ? row : nullptr;
    return GuardFunctions::find(name, arity);
  }
  Function find_in_body(std::string_view name, std::size_t arity) override {
    if (auto* row = action(name, arity)) return of_calls || !is_of_calls(name) ? row : nullptr;
    return GuardFunctions::find(name, arity);
  }
  std::optional<Term> call(Function function, Heap& heap, const Term* arguments) override {
    for (auto& row : actions)
      if (function == &row) return row.action(*this, heap, arguments);
    return GuardFunctions::call(function, heap, arguments);
  }

 private:
  using Act = std::optional<Term> (*)(TraceFunctions&, Heap&, const Term*);
  struct Action {
    std::string_view name;
    std::size_t arity;
    bool in_guard;
    Act action;
  };
  static constexpr std::size_t action_count = 21;
  static const Action actions[action_count];
  static const Action* action(std::string_view name, std::size_t arity);

  std::optional<Term> pid_of(Term pid_or_name) const {
    if (pid_or_name.is_local_pid()) return pid_or_name;
    Process* process = pid_or_name.is_atom() && changes_ ? changes_->find(pid_or_name) : nullptr;
    return process ? std::optional{process->self()} : std::nullopt;
  }
  bool change(Term pid, std::uint32_t off, std::uint32_t on, Term tracer, bool takes) {
    return changes_ && !is_test_ && changes_->change(context_.process, pid, off, on, tracer, takes);
  }
  std::optional<Term> switch_flag(Term who, Term name, bool on) {
    auto flag = name.is_atom() ? trace_flag_of(name.as_atom()) : 0;
    auto pid = pid_of(who);
    if (flag == 0 || !pid) return std::nullopt;
    change(*pid, on ? 0 : flag, on ? flag : 0, Term::nil(), true);
    return yes();
  }
  std::optional<Term> switch_flags(Term who, Term off, Term on) {
    auto cleared = parse_trace_flags(off), set = parse_trace_flags(on);
    auto pid = pid_of(who);
    if (!cleared || !set || !pid) return std::nullopt;
    auto tracer = set->tracer ? set->tracer : cleared->tracer;
    return Term::boolean(change(*pid, cleared->flags, set->flags, tracer.value_or(Term::nil()), false));
  }
  Term self() const { return context_.process.self(); }
  Term dump(Heap& heap) const {
    auto& process = context_.process;
    std::string text = "Process " + to_text(self()) + ", " + std::to_string(process.words()) + " words, " +
                       std::to_string(process.mailbox.size()) + " messages";
    if (calls_) text += "\n" + to_text(calls_->stack_trace(heap));
    return make_binary(heap, std::string_view{text});
  }

  TraceChanges* changes_;
  CallerView* calls_;
  static bool is_of_calls(std::string_view name) {
    return name.starts_with("caller") || name == "return_trace" || name == "exception_trace" ||
           name == "current_stacktrace";
  }

  bool is_test_;
};

const TraceFunctions::Action TraceFunctions::actions[] = {
    {"caller", 0, false,
     [](TraceFunctions& f, Heap& heap, const Term*) {
       return std::optional{f.calls_ ? f.calls_->caller(heap) : Term::atom(atoms::undefined)};
     }},
    {"caller_line", 0, false,
     [](TraceFunctions& f, Heap& heap, const Term*) {
       return std::optional{f.calls_ ? f.calls_->caller_line(heap) : Term::atom(atoms::undefined)};
     }},
    {"current_stacktrace", 0, false,
     [](TraceFunctions& f, Heap& heap, const Term*) {
       return std::optional{f.calls_ ? f.calls_->stack_trace(heap) : Term::nil()};
     }},
    {"current_stacktrace", 1, false,
     [](TraceFunctions& f, Heap& heap, const Term* a) -> std::optional<Term> {
       if (!a[0].is_small() || a[0].as_small() < 0) return std::nullopt;
       std::vector<Term> frames;
       Term list = f.calls_ ? f.calls_->stack_trace(heap) : Term::nil();
       for (auto left = a[0].as_small(); left > 0 && list.is_cons(); --left, list = list.tail())
         frames.push_back(list.head());
       return make_list(heap, std::span<const Term>{frames});
     }},
    {"disable_trace", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flag(f.self(), a[0], false); }},
    {"disable_trace", 2, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flag(a[0], a[1], false); }},
    {"display", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) {
       f.context_.processes.host().log(LogLevel::info, to_text(a[0]));
       return std::optional{yes()};
     }},
    {"enable_trace", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flag(f.self(), a[0], true); }},
    {"enable_trace", 2, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flag(a[0], a[1], true); }},
    {"exception_trace", 0, false,
     [](TraceFunctions& f, Heap&, const Term*) {
       f.result.return_trace = f.result.exception_trace = true;
       return std::optional{yes()};
     }},
    {"get_seq_token", 0, false,
     [](TraceFunctions&, Heap&, const Term*) { return std::optional{Term::nil()}; }},
    {"get_tcw", 0, true,
     [](TraceFunctions& f, Heap&, const Term*) {
       return std::optional{Term::small(f.changes_ ? f.changes_->control_word() : 0)};
     }},
    {"is_seq_trace", 0, true,
     [](TraceFunctions&, Heap&, const Term*) { return std::optional{Term::boolean(false)}; }},
    {"message", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) {
       f.result.message = a[0];
       return std::optional{yes()};
     }},
    {"process_dump", 0, false,
     [](TraceFunctions& f, Heap& heap, const Term*) { return std::optional{f.dump(heap)}; }},
    {"return_trace", 0, false,
     [](TraceFunctions& f, Heap&, const Term*) {
       f.result.return_trace = true;
       return std::optional{yes()};
     }},
    {"set_seq_token", 2, false,
     [](TraceFunctions&, Heap&, const Term*) { return std::optional{yes()}; }},
    {"set_tcw", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) -> std::optional<Term> {
       constexpr std::int64_t most = 0xFFFFFFFF;
       if (!a[0].is_small() || a[0].as_small() < 0 || a[0].as_small() > most || !f.changes_)
         return std::nullopt;
       Term before = Term::small(f.changes_->control_word());
       if (!f.is_test_) f.changes_->set_control_word(static_cast<std::uint32_t>(a[0].as_small()));
       return before;
     }},
    {"silent", 1, false,
     [](TraceFunctions& f, Heap&, const Term* a) -> std::optional<Term> {
       if (a[0] == yes()) f.change(f.self(), 0, trace_flag::silent, Term::nil(), true);
       if (a[0] == Term::boolean(false)) f.change(f.self(), trace_flag::silent, 0, Term::nil(), true);
       return yes();
     }},
    {"trace", 2, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flags(f.self(), a[0], a[1]); }},
    {"trace", 3, false,
     [](TraceFunctions& f, Heap&, const Term* a) { return f.switch_flags(a[0], a[1], a[2]); }},
};

const TraceFunctions::Action* TraceFunctions::action(std::string_view name, std::size_t arity) {
  for (auto& row : actions)
    if (row.name == name && row.arity == arity) return &row;
  return nullptr;
}

}  // namespace

std::shared_ptr<const TraceProgram> TraceProgram::compile(Context& context, Term specification,
                                                          bool of_calls) {
  using tables::MatchSpecification;
  if (!specification.is_cons()) return nullptr;
  TraceFunctions functions{context, nullptr, nullptr, true};
  functions.of_calls = of_calls;
  auto* compiled = MatchSpecification::compile(specification, functions, MatchSpecification::Dialect::trace);
  if (!compiled) return nullptr;
  auto program = std::make_shared<TraceProgram>();
  program->specification_.reset(compiled);
  return program;
}

TraceProgram::Result TraceProgram::run(Context& context, Term arguments, Heap& scratch, TraceChanges& changes,
                                       CallerView* calls, bool is_test) const {
  OneStep whole;
  TraceFunctions functions{context, &changes, calls, is_test};
  functions.result.matches = specification_->run(arguments, scratch, functions).has_value();
  if (!functions.result.matches) functions.result.message = Term::boolean(false);
  return functions.result;
}

}  // namespace noderuntime
