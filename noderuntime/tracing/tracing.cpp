#include "noderuntime/tracing/tracing.h"

#include "noderuntime/functions/node_access.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime {

namespace {

Term atom(const char* text) { return Term::atom(Atom::of(text)); }

constexpr std::uint32_t flags_of_ports = trace_flag::ports | trace_flag::running_ports;

Term function_term(Heap& heap, const FunctionName& name, Term last) {
  return make_tuple(heap, {Term::atom(name.module), Term::atom(name.function), last});
}
Term function_term(Heap& heap, const FunctionName& name) {
  return function_term(heap, name, Term::small(name.arity));
}

// Of a specification that runs on messages.
ErlangState& no_state() {
  static ErlangState state;
  return state;
}

}  // namespace

Tracing::Tracing(Processes& processes, ModuleRegistry& registry, Native traced_native)
    : processes_{processes}, registry_{registry}, messages_{processes}, patterns_{registry, traced_native} {}

Tracing::~Tracing() {
  registry_.set_observer(nullptr);
  processes_.spawner().set_trace_events(nullptr);
}

// --- tracers

bool Tracing::is_traced_by(const Process& process, Term tracer) const {
  return process.trace && process.trace->flags != 0 && process.trace->tracer == tracer;
}

void Tracing::set_flags(Process& process, std::uint32_t flags, Term tracer) {
  if (!process.trace) {
    if (flags == 0) return;
    process.trace = std::make_unique<ProcessTrace>(static_cast<TraceEvents&>(*this));
  }
  process.trace->flags = flags;
  process.trace->tracer = tracer;
}

// False: the process has another tracer.
bool Tracing::start(Process& process, bool on, std::uint32_t flags, std::optional<Term> tracer) {
  std::uint32_t before = process.trace ? process.trace->flags : 0;
  Term current = process.trace ? process.trace->tracer : Term::nil();
  bool has_other = before != 0 && tracer && current != *tracer && processes_.table().find(current);
  if (has_other) return false;
  set_flags(process, on ? before | flags : before & ~flags, tracer && on ? *tracer : current);
  return true;
}

Process* Tracing::find(Term pid_or_name) const {
  if (pid_or_name.is_atom()) return processes_.names().whereis(pid_or_name.as_atom());
  return processes_.table().find(pid_or_name);
}

bool Tracing::change(Process& by, Term pid, std::uint32_t off, std::uint32_t on, Term tracer, bool takes) {
  Process* process = find(pid);
  if (!process) return false;
  if (tracer.is_nil() && by.trace && by.trace->flags != 0) tracer = by.trace->tracer;
  std::uint32_t before = process->trace ? process->trace->flags : 0;
  Term current = process->trace ? process->trace->tracer : Term::nil();
  bool is_traced = before != 0 && processes_.table().find(current);
  if (!takes && is_traced && !tracer.is_nil() && tracer != current) return false;
  set_flags(*process, tracer.is_nil() ? 0 : (before & ~off) | on, tracer);
  return true;
}

// A process does not trace itself, and nothing is told of a sensitive one. One whose tracer has ended is not traced any more.
std::optional<Term> Tracing::tracer_of(Process& process) {
  Term tracer = process.trace->tracer;
  if (tracer == process.self() || process.settings().sensitive) return std::nullopt;
  if (processes_.table().find(tracer)) return tracer;
  process.trace->flags = 0;
  return std::nullopt;
}

void Tracing::tell(Process& process, std::initializer_list<Term> parts, const Term* last) {
  if (auto tracer = tracer_of(process)) messages_.send(*tracer, process.trace->flags, parts, last);
}

// --- calls

std::uint32_t Tracing::called(Context& context, const Call& call) {
  auto& process = context.process;
  bool is_meta = !call.meta_tracer.is_nil();
  if (process.settings().sensitive) return 0;
  if (!is_meta && !traces_calls(process)) return 0;
  auto tracer = is_meta ? std::optional{call.meta_tracer} : tracer_of(process);
  if (!tracer || *tracer == process.self() || !processes_.table().find(*tracer)) return 0;

  Heap scratch;
  auto flags = [&] { return is_meta ? trace_flag::timestamp : process.trace->flags; };
  std::optional<Term> list;
  auto arguments = [&] {
    if (!list) list = make_list(scratch, std::span{call.arguments, call.name.arity});
    return *list;
  };
  Term message = Term::boolean(true);
  std::uint32_t wanted = 0;
  if (call.program) {
    auto result = call.program->run(context, arguments(), scratch, *this, &call.view);
    message = result.message;
    wanted = (result.return_trace ? at_return : 0u) | (result.exception_trace ? at_exception : 0u);
  }
  bool silent = !is_meta && (flags() & trace_flag::silent) != 0;
  if (silent) return 0;
  if (message == Term::boolean(false)) return wanted;
  if (!is_meta && call.local && (flags() & trace_flag::return_to)) wanted |= at_return_to;
  auto now = flags();  // the program may have changed them
  Term last = now & trace_flag::arity ? Term::small(call.name.arity) : arguments();
  MayPause here;
  messages_.send(*tracer, now,
                 {process.self(), Term::atom(atoms::call), function_term(scratch, call.name, last)},
                 message == Term::boolean(true) ? nullptr : &message);
  return wanted;
}

void Tracing::returned(Process& process, const FunctionName& name, Term value, Term meta_tracer) {
  static const Term event = atom("return_from");
  Heap scratch;
  MayPause here;
  Term function = function_term(scratch, name);
  if (!meta_tracer.is_nil())
    messages_.send(meta_tracer, trace_flag::timestamp, {process.self(), event, function, value});
  else if (traces_calls(process))
    tell(process, {process.self(), event, function, value});
}

void Tracing::raised(Process& process, const FunctionName& name, Atom kind, Term reason, Term meta_tracer) {
  static const Term event = atom("exception_from");
  Heap scratch;
  MayPause here;
  Term function = function_term(scratch, name), exception = make_tuple(scratch, {Term::atom(kind), reason});
  if (!meta_tracer.is_nil())
    messages_.send(meta_tracer, trace_flag::timestamp, {process.self(), event, function, exception});
  else if (traces_calls(process))
    tell(process, {process.self(), event, function, exception});
}

void Tracing::returns_to(Process& process, std::optional<FunctionName> name) {
  static const Term event = atom("return_to");
  if (!process.traced(trace_flag::return_to)) return;
  Heap scratch;
  tell(process, {process.self(), event, name ? function_term(scratch, *name) : Term::atom(atoms::undefined)});
}

// --- other events

bool Tracing::passes(Process& process, const EventPattern& pattern, Term arguments, Heap& scratch,
                     Term& message) {
  message = Term::boolean(true);
  if (!pattern.on || !tracer_of(process)) return false;
  auto program = pattern.program;
  if (!program || !access_) return true;
  auto* own = process.body() ? process.body()->erlang_state() : nullptr;
  Context context{process, processes_, scratch, own ? *own : no_state(), *access_, nullptr, Term::nil()};
  bool ran =
      has_memory_for([&] { message = program->run(context, arguments, scratch, *this, nullptr).message; });
  bool is_silent = process.trace->has(trace_flag::silent);
  return ran && !is_silent && message != Term::boolean(false);
}

// Without memory for it, an event is not told.
template <class Step>
void Tracing::try_to(Process& process, Step step) {
  if (has_memory_for(step)) return;
  if (auto tracer = tracer_of(process)) messages_.drop(*tracer);
}

void Tracing::sent(Process& from, Term to, Term term, bool exists) {
  try_to(from, [&] { tell_sent(from, to, term, exists); });
}

void Tracing::tell_sent(Process& from, Term to, Term term, bool exists) {
  static const Term nobody = atom("send_to_non_existing_process");
  Heap scratch;
  Term message;
  if (!passes(from, sends_, make_list(scratch, {to, term}), scratch, message)) return;
  MayPause here;
  tell(from, {from.self(), exists ? Term::atom(atoms::send) : nobody, term, to},
       message == Term::boolean(true) ? nullptr : &message);
}

void Tracing::received(Process& to, const OwnedTerm& term, const Pid* from) {
  try_to(to, [&] { tell_received(to, term, from); });
}

void Tracing::tell_received(Process& to, const OwnedTerm& term, const Pid* from) {
  static const Term event = atom("receive");
  if (term.heap().used_words() > TraceMessages::most_at_once) {
    if (auto tracer = tracer_of(to)) messages_.drop(*tracer);
    return;
  }
  Heap scratch;
  auto& self = processes_.self();
  Term sender =
      from && from->node.name != Atom{} ? make_pid(scratch, self, *from) : Term::atom(atoms::undefined);
  Term node = Term::atom(from && from->node.name != Atom{} ? from->node.name : self.name);
  Term message;
  if (!passes(to, receives_, make_list(scratch, {node, sender, term.term()}), scratch, message)) return;
  tell(to, {to.self(), event, term.term()}, message == Term::boolean(true) ? nullptr : &message);
}

void Tracing::happened(Process& process, Atom event, Term detail) {
  bool is_long = !pace.can_pause() && !is_immediate(detail) &&
                 process.words() > TraceMessages::most_at_once &&
                 size_in_words(detail) > TraceMessages::most_at_once;
  if (!is_long) return tell(process, {process.self(), Term::atom(event), detail});
  if (auto tracer = tracer_of(process)) messages_.drop(*tracer);
}

void Tracing::linked(Process& process, Process& to) {
  constexpr auto first = trace_flag::set_on_first_link, any = first | trace_flag::set_on_link;
  if (!process.trace->has(any)) return;
  bool only_once = process.trace->has(first);
  std::uint32_t flags = process.trace->flags;
  if (only_once) flags &= ~any, process.trace->flags = flags;
  if (to.trace && to.trace->flags != 0 && !is_traced_by(to, process.trace->tracer)) return;
  try_to(process, [&] { set_flags(to, (to.trace ? to.trace->flags : 0) | flags, process.trace->tracer); });
}

void Tracing::spawned(Process* parent, Process& process, Atom module, Atom function, Term arguments) {
  static const Term spawn = atom("spawn"), spawned = atom("spawned");
  static const Atom getting_linked = Atom::of("getting_linked");
  constexpr auto first = trace_flag::set_on_first_spawn, any = first | trace_flag::set_on_spawn;
  if (flags_of_new_ != 0 && !exists(tracer_of_new_)) {
    flags_of_new_ = 0, tracer_of_new_ = Term::nil();
    processes_.spawner().set_trace_events(nullptr);
  }
  if (flags_of_new_ != 0) set_flags(process, flags_of_new_, tracer_of_new_);
  if (parent && !parent->trace) parent = nullptr;
  bool is_linked = process.has_relations() && process.relations().links.contains(process.parent);
  if (parent && parent->trace->has(any)) {
    std::uint32_t flags = parent->trace->flags;
    if (parent->trace->has(first)) flags &= ~any, parent->trace->flags = flags;
    set_flags(process, (process.trace ? process.trace->flags : 0) | flags, parent->trace->tracer);
  }
  if (parent && is_linked) linked(*parent, process);
  bool is_long = process.heap.used_words() > TraceMessages::most_at_once;
  (void)has_memory_for([&] {
    Heap scratch;
    Term call = make_tuple(scratch, {Term::atom(module), Term::atom(function), arguments});
    Term by = make_pid(scratch, processes_.self(), process.parent);
    auto about = [&](Process& who, Term event, Term other, Atom link) {
      if (!who.traced(trace_flag::procs)) return;
      if (is_long)
        messages_.drop(who.trace->tracer);
      else
        tell(who, {who.self(), event, other, call});
      if (is_linked) happened(who, link, other);
    };
    if (parent) about(*parent, spawn, process.self(), atoms::link);
    about(process, spawned, by, getting_linked);
  });
}

void Tracing::scheduled(Process& process, bool in) {
  static const Term begins = atom("in"), ends = atom("out");
  try_to(process, [&] {
    Heap scratch;
    auto at = process.body() ? process.body()->describe() : Body::Description{};
    Term place =
        at.module == Atom{} ? Term::small(0) : function_term(scratch, {at.module, at.function, at.arity});
    tell(process, {process.self(), in ? begins : ends, place});
  });
}

void Tracing::timed_out(Process& process) {
  static const Term event = atom("receive");
  Heap scratch;
  Term message, clock = atom("clock_service"), timeout = Term::atom(atoms::timeout);
  Term arguments = make_list(scratch, {Term::atom(processes_.self().name), clock, timeout});
  if (!passes(process, receives_, arguments, scratch, message)) return;
  tell(process, {process.self(), event, timeout}, message == Term::boolean(true) ? nullptr : &message);
}

// --- times of calls

void Tracing::time_begins(Process& process, TimedCall& current, const FunctionName& name) {
  auto now = processes_.host().monotonic_nanoseconds();
  if (current.active) patterns_.add_time(current.name, process.self(), 0, now - current.since);
  patterns_.add_time(name, process.self(), 1, 0);
  current = {name, now, true};
}

void Tracing::time_ends(Process& process, TimedCall& current, const TimedCall& outer) {
  auto now = processes_.host().monotonic_nanoseconds();
  if (current.active) patterns_.add_time(current.name, process.self(), 0, now - current.since);
  current = outer, current.since = now;
}

void Tracing::collects(Process& process, bool begins, bool all) {
  static const Term minor_start = atom("gc_minor_start"), minor_end = atom("gc_minor_end"),
                    major_start = atom("gc_major_start"), major_end = atom("gc_major_end");
  auto& heap = process.heap;
  struct Row {
    const char* name;
    std::size_t words;
  };
  const Row rows[] = {{"heap_size", heap.used_words()},
                      {"heap_block_size", heap.used_words()},
                      {"old_heap_size", 0},
                      {"old_heap_block_size", 0},
                      {"stack_size", process.stack_words()},
                      {"recent_size", 0},
                      {"mbuf_size", process.mailbox.words()},
                      {"bin_vheap_size", heap.off_heap_bytes() / sizeof(Word)},
                      {"bin_vheap_block_size", 0},
                      {"bin_old_vheap_size", 0},
                      {"bin_old_vheap_block_size", 0},
                      {"wordsize", sizeof(Word)}};
  Heap scratch;
  std::vector<Term> items;
  for (auto& row : rows)
    items.push_back(make_tuple(scratch, {atom(row.name), Term::small(static_cast<std::int64_t>(row.words))}));
  Term event = all ? (begins ? major_start : major_end) : (begins ? minor_start : minor_end);
  tell(process, {process.self(), event, make_list(scratch, std::span<const Term>{items})});
}

// --- erlang:trace/3

namespace {

// Which processes erlang:trace/3 is about.
struct Group {
  bool existing = false, fresh = false, ports_only = false;
};
std::optional<Group> group_of(Term who) {
  struct Row {
    const char* name;
    Group group;
  };
  static constexpr Row rows[] = {
      {"all", {true, true}},
      {"processes", {true, true}},
      {"existing", {true, false}},
      {"existing_processes", {true, false}},
      {"new", {false, true}},
      {"new_processes", {false, true}},
      {"ports", {true, true, true}},
      {"existing_ports", {true, false, true}},
      {"new_ports", {false, true, true}},
  };
  if (!who.is_atom()) return std::nullopt;
  for (auto& row : rows)
    if (who.as_atom().text() == row.name) return row.group;
  return std::nullopt;
}

}  // namespace

NativeResult Tracing::trace(Context& context, const Term* a) {
  auto list = parse_trace_flags(a[2]);
  if (!list) return badarg(atoms::badopt);
  bool on = a[1] == Term::boolean(true);
  if (!on && a[1] != Term::boolean(false)) return badarg();
  auto tracer = list->tracer;
  if (on && !tracer) tracer = context.process.self();
  if (a[0].is_pid()) {
    Process* process = a[0].is_local_pid() ? processes_.table().find(a[0]) : nullptr;
    if (!process || list->cpu_timestamp || !start(*process, on, list->flags, tracer)) return badarg();
    return Term::small(1);
  }
  auto group = group_of(a[0]);
  if (!group || (list->cpu_timestamp && !a[0].is(Atom::of("all")))) return badarg();
  if (list->cpu_timestamp && on)
    messages_.use_processor_clock([&system = context.node.system] { return system.processor_nanoseconds(); });
  else if (list->cpu_timestamp)
    messages_.use_processor_clock(nullptr);
  std::int64_t matches = 0;
  bool processes = !group->ports_only && (list->flags & ~flags_of_ports) != 0;
  if (group->fresh && processes) {
    flags_of_new_ = on ? flags_of_new_ | list->flags : flags_of_new_ & ~list->flags;
    if (on) tracer_of_new_ = *tracer;
    if (flags_of_new_ == 0) tracer_of_new_ = Term::nil();
    processes_.spawner().set_trace_events(flags_of_new_ != 0 ? this : nullptr);
  }
  if (group->existing && processes) {
    constexpr std::size_t slots = 512;
    constexpr std::int64_t steps_per_slot = 16;
    auto& table = processes_.table();
    ProcessTable::Census census{table};
    auto visit = [&](Term pid) {
      if (Process* process = table.find(pid)) matches += start(*process, on, list->flags, tracer);
    };
    while (census.next(slots, visit)) let_others_run(steps_per_slot * static_cast<std::int64_t>(slots));
  }
  return Term::small(matches);
}

// --- erlang:trace_pattern/3

namespace {

// The functions that {M, F, A} means. nullopt: it is not one.
std::optional<FunctionFilter> functions_of(Term term) {
  static const Atom any = Atom::of("_");
  if (!term.is_tuple(3)) return std::nullopt;
  Term module = term.element(0), function = term.element(1), arity = term.element(2);
  if (!module.is_atom() || !function.is_atom() || (!arity.is_small() && !arity.is(any))) return std::nullopt;
  FunctionFilter filter;
  if (!module.is(any)) filter.module = module.as_atom();
  if (!function.is(any)) filter.function = function.as_atom();
  if (arity.is_small()) filter.arity = static_cast<std::uint32_t>(arity.as_small());
  bool in_order = (filter.module || !filter.function) && (filter.function || !filter.arity);
  return in_order ? std::optional{filter} : std::nullopt;
}

// The flags of erlang:trace_pattern/3 into `change`. False: one is not known, or they exclude each other.
bool read_pattern_flags(Term list, Term self, PatternChange& change) {
  static const Atom meta = Atom::of("meta");
  bool global = false;
  for (; list.is_cons(); list = list.tail()) {
    Term item = list.head();
    if (item.is_tuple(2) && item.element(0).is(meta) && item.element(1).is_local_pid()) {
      change.meta = true, change.meta_tracer = item.element(1);
      continue;
    }
    if (!item.is_atom()) return false;
    auto text = item.as_atom().text();
    if (text == "global") {
      if (!change.is_global()) return false;
      global = true;
      continue;
    }
    if (global) return false;
    if (text == "local") {
      change.local = true;
    } else if (text == "meta") {
      change.meta = true;
      if (change.meta_tracer.is_nil()) change.meta_tracer = self;
    } else if (text == "call_count") {
      change.counts = true;
    } else if (text == "call_time") {
      change.times = true;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

}  // namespace

NativeResult Tracing::trace_pattern(Context& context, Term function, Term pattern, Term flags) {
  static const Atom match_spec = Atom::of("match_spec"), on_load = Atom::of("on_load"),
                    receive = Atom::of("receive"), none = Atom::of("none");
  PatternChange change;
  if (pattern == Term::boolean(false)) {
    change.to = PatternChange::To::off;
  } else if (pattern.is(Atom::of("restart"))) {
    change.to = PatternChange::To::restart;
  } else if (pattern.is(Atom::of("pause"))) {
    change.to = PatternChange::To::pause;
  } else if (!pattern.is_nil() && pattern != Term::boolean(true)) {
    change.program =
        TraceProgram::compile(context, pattern, !function.is(atoms::send) && !function.is(receive));
    if (!change.program) return badarg(match_spec);
  }
  if (!read_pattern_flags(flags, context.process.self(), change)) return badarg(atoms::badopt);
  if (change.program && (change.counts || change.times) && !change.local && !change.meta)
    return badarg(Atom::of("call_count"));
  if (function.is(on_load)) {
    patterns_.set_on_load(change);
    return Term::small(0);
  }
  if (function.is_atom()) {
    bool is_known = function.is(atoms::send) || function.is(receive);
    bool is_simple = change.to == PatternChange::To::on || change.to == PatternChange::To::off;
    if (!is_known || !flags.is_nil() || !is_simple) return badarg(none);
    auto& event = function.is(receive) ? receives_ : sends_;
    event = {change.to == PatternChange::To::on, change.program};
    return Term::small(1);
  }
  auto functions = functions_of(function);
  if (!functions) return badarg(none);
  auto& realm = context.caller ? *context.caller->realm : registry_.home();
  return Term::small(static_cast<std::int64_t>(patterns_.set(realm, *functions, change)));
}

// --- erlang:trace_info/2

NativeResult Tracing::trace_info(Context& context, const Term* a) {
  static const Atom on_load = Atom::of("on_load"), receive = Atom::of("receive"),
                    match_spec = Atom::of("match_spec");
  if (a[0].is(on_load)) return info_of_pattern(context, patterns_.on_load(), a[1], true, {});
  if (a[0].is(atoms::send) || a[0].is(receive)) {
    if (!a[1].is(match_spec)) return badarg();
    auto& event = a[0].is(receive) ? receives_ : sends_;
    Term value = event.program ? copy(event.program->source(), context.heap) : Term::boolean(event.on);
    return make_tuple(context.heap, {a[1], value});
  }
  if (a[0].is_atom() || a[0].is_pid()) return info_of_process(context, a[0], a[1]);
  if (a[0].is_tuple()) return info_of_function(context, a[0], a[1]);
  return badarg(atoms::badopt);
}

NativeResult Tracing::info_of_process(Context& context, Term who, Term key) {
  static const Atom flags_key = Atom::of("flags"), tracer_key = Atom::of("tracer");
  if (!key.is(flags_key) && !key.is(tracer_key)) return badarg();
  std::uint32_t flags = 0;
  Term tracer = Term::nil();
  auto group = group_of(who);
  if (who.is_local_pid()) {
    Process* process = processes_.table().find(who);
    if (!process) return Term::atom(atoms::undefined);
    if (process->trace && process->trace->flags != 0) (void)tracer_of(*process);
    if (process->trace && process->trace->flags != 0)
      flags = process->trace->flags, tracer = process->trace->tracer;
  } else if (group && group->fresh && !group->existing) {
    if (!processes_.table().find(tracer_of_new_)) flags_of_new_ = 0, tracer_of_new_ = Term::nil();
    if (!group->ports_only) flags = flags_of_new_, tracer = tracer_of_new_;
  } else {
    return badarg(atoms::badopt);
  }
  return make_tuple(context.heap, {key, key.is(tracer_key) ? tracer : trace_flag_list(context.heap, flags)});
}

NativeResult Tracing::info_of_function(Context& context, Term function, Term key) {
  auto functions = functions_of(function);
  if (!functions || !functions->module || !functions->function || !functions->arity) return badarg();
  auto& realm = context.caller ? *context.caller->realm : registry_.home();
  FunctionName name{*functions->module, *functions->function, *functions->arity};
  auto found = patterns_.find(realm, name);
  if (!found) return make_tuple(context.heap, {key, Term::atom(atoms::undefined)});
  return info_of_pattern(context, *found, key, false, name);
}

NativeResult Tracing::info_of_pattern(Context& context, const CallPattern& pattern, Term key, bool is_on_load,
                                      const FunctionName& function) {
  auto& heap = context.heap;
  Term no = Term::boolean(false);
  auto source = [&](const std::shared_ptr<const TraceProgram>& program) {
    return program ? copy(program->source(), heap) : Term::nil();
  };
  auto value = [&](std::string_view name) -> std::optional<Term> {
    if (name == "traced") return pattern.global ? atom("global") : pattern.local ? atom("local") : no;
    if (name == "match_spec") return pattern.global || pattern.local ? source(pattern.program) : no;
    // as on OTP: of a function that is traced, but not so
    if (name == "meta")
      return pattern.meta ? pattern.meta_tracer : is_on_load || !pattern.is_set() ? no : Term::nil();
    if (name == "meta_match_spec") return pattern.meta ? source(pattern.meta_program) : no;
    if (name == "call_time" && is_on_load) return Term::boolean(pattern.times);
    if (name == "call_time") return pattern.times ? patterns_.times(heap, function) : no;
    if (name == "call_count") {
      if (is_on_load) return Term::boolean(pattern.counts);
      return pattern.counts ? Term::small(static_cast<std::int64_t>(pattern.count)) : no;
    }
    return std::nullopt;
  };
  if (!key.is_atom()) return badarg();
  auto text = key.as_atom().text();
  if (text != "all") {
    auto found = value(text);
    if (!found && pattern.is_set()) return badarg();
    return make_tuple(heap, {key, found.value_or(no)});
  }
  if (!pattern.is_set()) return make_tuple(heap, {key, no});
  Term list = Term::nil();
  for (const char* name : {"call_count", "call_time", "meta_match_spec", "meta", "match_spec", "traced"}) {
    auto found = value(name);
    if (found && std::string_view{name} == "meta" && !pattern.meta) found = no;
    if (found) list = make_cons(heap, make_tuple(heap, {atom(name), *found}), list);
  }
  return make_tuple(heap, {key, list});
}

// --- erlang:match_spec_test/3

NativeResult Tracing::match_spec_test(Context& context, const Term* a) {
  static const Atom table = Atom::of("table"), trace = Atom::of("trace");
  auto& heap = context.heap;
  auto answer = [&](Term result, Term flags) {
    return make_tuple(heap, {Term::atom(atoms::ok), result, flags, Term::nil()});
  };
  auto refused = [&] {
    Term text = make_binary(heap, std::string_view{"it is not a match specification"});
    return make_tuple(heap, {Term::atom(atoms::error),
                             make_list(heap, {make_tuple(heap, {Term::atom(atoms::error), text})})});
  };
  if (a[2].is(table)) {
    GuardFunctions functions{context};
    std::unique_ptr<tables::MatchSpecification> specification{
        a[1].is_cons() ? tables::MatchSpecification::compile(a[1], functions) : nullptr};
    if (!specification) return refused();
    Heap scratch;
    OneStep whole;
    auto result = specification->run(a[0], scratch, functions);
    return answer(result ? copy(*result, heap) : Term::boolean(false), Term::nil());
  }
  if (!a[2].is(trace)) return badarg();
  Term list = a[0];
  std::size_t count = 0;
  constexpr std::size_t most_arguments = 255;
  for (; list.is_cons() && count <= most_arguments; list = list.tail()) ++count;
  if (!list.is_nil()) return badarg();
  auto program = TraceProgram::compile(context, a[1]);
  if (!program) return refused();
  Heap scratch;
  auto result = program->run(context, a[0], scratch, *this, nullptr, true);
  Term flags = Term::nil();
  if (result.exception_trace) flags = make_cons(heap, atom("exception_trace"), flags);
  if (result.return_trace) flags = make_cons(heap, atom("return_trace"), flags);
  return answer(copy(result.message, heap), flags);
}

}  // namespace noderuntime
