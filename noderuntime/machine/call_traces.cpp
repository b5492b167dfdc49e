#include "noderuntime/machine/call_traces.h"

#include "noderuntime/beam/marks.h"
#include "noderuntime/beam/operations.h"
#include "noderuntime/machine/interpreter.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

// The frame of a function whose end is traced, which returns to Interpreter::root_traced_return: y registers, then the
// return place.
constexpr std::size_t module_at = 0, function_at = 1, arity_and_flags_at = 2, tracer_at = 3, frame_words = 4;
constexpr std::size_t frame_size = frame_words + 2;
constexpr int arity_bits = 8;
constexpr std::uint32_t most_arity = 255;
constexpr std::uint32_t at_time = 8;  // besides Tracing::at_return …: the time of the named function goes on

struct TracedFrame {
  explicit TracedFrame(const Term* frame)
      : name{frame[module_at].as_atom(), frame[function_at].as_atom(),
             static_cast<std::uint32_t>(frame[arity_and_flags_at].as_small()) & most_arity},
        wanted{static_cast<std::uint32_t>(frame[arity_and_flags_at].as_small()) >> arity_bits},
        meta_tracer{frame[tracer_at]} {}
  FunctionName name;
  std::uint32_t wanted;
  Term meta_tracer;
};

struct Place {
  const std::uint32_t* code;
  ModuleInstance* instance;
};

Place place_behind(const Term* frame) {
  return {reinterpret_cast<const std::uint32_t*>(word_of(frame[frame_words])),
          reinterpret_cast<ModuleInstance*>(word_of(frame[frame_words + 1]))};
}

// A meta tracer that has ended is told nothing more.
void forget_tracer(const Tracing& tracing, CallPattern& pattern) {
  if (pattern.meta && !pattern.meta_tracer.is_nil() && !tracing.exists(pattern.meta_tracer))
    pattern.meta_tracer = Term::nil();
}

// Where code returns to, without what tracing has put in between: from a place and the stack behind it. A loop whose
// returns are told has many such frames, so they cost steps.
Place behind_traced_frames(const Machine& machine, Place place, const Term* top) {
  std::int64_t frames = 0;
  for (; place.code == machine.traced_return(); top += frame_size, ++frames) place = place_behind(top);
  pace.charge(frames);
  return place;
}

bool has_return_to(const Machine& machine, Place place, const Term* top) {
  for (; place.code == machine.traced_return(); top += frame_size) {
    if (TracedFrame{top}.wanted & Tracing::at_return_to) return true;
    place = place_behind(top);
  }
  return false;
}

struct Failure {
  Atom kind;
  Term reason;
};

// A throw that nobody catches is told as what ends the process.
Failure uncaught_throw(Heap& heap, Term reason) {
  return {atoms::error, make_tuple(heap, {Term::atom(atoms::nocatch), reason})};
}

// Whether a frame from `from` on catches exceptions.
bool has_catch(const Stack& stack, const Term* from) {
  for (const Term* word = from; word < stack.bottom; ++word) {
    if (is_header(*word))
      ++word;
    else if (marks::is_catch(*word))
      return true;
  }
  return false;
}

// The view of a call from the function that it returns to.
class View final : public CallerView {
 public:
  View(ErlangBody& body, Place caller) : body_{body}, caller_{caller} {}

  Term caller(Heap& heap) override {
    auto name = caller_at(caller_.instance, caller_.code);
    if (!name) return Term::atom(atoms::undefined);
    return make_tuple(heap, {Term::atom(name->module), Term::atom(name->function), Term::small(name->arity)});
  }
  Term caller_line(Heap& heap) override {
    auto name = caller_at(caller_.instance, caller_.code);
    if (!name) return Term::atom(atoms::undefined);
    auto& image = *caller_.instance->image;
    auto offset = static_cast<std::uint32_t>(caller_.code - image.code.data()) - 1;
    Term where = Term::atom(atoms::undefined), location = location_of(heap, image, offset);
    if (location.is_cons())
      where = make_tuple(heap, {location.head().element(1), location.tail().head().element(1)});
    return make_tuple(
        heap, {Term::atom(name->module), Term::atom(name->function), Term::small(name->arity), where});
  }
  Term stack_trace(Heap& heap) override { return body_.stack_trace(heap); }

 private:
  ErlangBody& body_;
  Place caller_;
};

}  // namespace

std::optional<FunctionName> caller_at(const ModuleInstance* instance, const std::uint32_t* code) {
  if (!instance || !code || instance->image->module == Atom{}) return std::nullopt;
  auto offset = static_cast<std::uint32_t>(code - instance->image->code.data());
  auto* function = instance->image->function_at(offset - 1);
  if (!function) return std::nullopt;
  return FunctionName{instance->image->module, function->name, function->arity};
}

Operation Interpreter::operation_at(const std::uint32_t* code) const {
  auto operation = static_cast<Operation>(*code);
  if (operation != Operation::breakpoint) return operation;
  auto& image = *body_->instance->image;
  auto* row = CallPatterns::breakpoint_at(image, static_cast<std::uint32_t>(code - image.code.data()));
  return row ? static_cast<Operation>(row->original) : operation;
}

void Interpreter::execute_again() {
  if (*body_->code == static_cast<std::uint32_t>(Operation::breakpoint))
    body_->made_call_trace().again_at = body_->code;
}

void Interpreter::push_traced_return(const FunctionName& name, std::uint32_t wanted, Term meta_tracer) {
  auto& stack = body_->stack;
  if (wanted & Tracing::at_return_to)
    if (has_return_to(machine_, {body_->return_code, body_->return_instance}, stack.top))
      wanted &= ~static_cast<std::uint32_t>(Tracing::at_return_to);
  if (wanted == 0) return;
  if (static_cast<std::size_t>(stack.top - stack.limit) < frame_size) {
    stack.grow(frame_size, process_->heap.limit());
    due_ = due_ || is_due();
  }
  stack.top -= frame_size;
  Term* frame = stack.top;
  frame[module_at] = Term::atom(name.module), frame[function_at] = Term::atom(name.function);
  frame[arity_and_flags_at] = Term::small(static_cast<std::int64_t>(wanted << arity_bits | name.arity));
  frame[tracer_at] = meta_tracer;
  frame[frame_words] = from_word(reinterpret_cast<Word>(body_->return_code));
  frame[frame_words + 1] = from_word(reinterpret_cast<Word>(body_->return_instance));
  body_->return_code = machine_.traced_return();
  body_->return_instance = &machine_.root(*body_->instance->realm);
}

// `pattern` may change while the call is told.
void Interpreter::trace_entry(const FunctionName& name, CallPattern& pattern, bool local) {
  auto& tracing = machine_.tracing();
  bool own = (pattern.local || pattern.global) && tracing.traces_calls(*process_);
  forget_tracer(tracing, pattern);
  if (!own && pattern.meta_tracer.is_nil()) return;
  Term arguments[most_arity];
  for (std::size_t i = 0; i < name.arity; ++i) {
    auto* context = binaries::context_of(x_[i]);
    arguments[i] = context ? binaries::tail(process_->heap, *context) : x_[i];
  }
  Context context{*process_,         processes_,      process_->heap,      body_->state,
                  machine_.access(), body_->instance, body_->continuation, &name};
  auto meta_program = pattern.meta_program;
  Term meta_tracer = pattern.meta_tracer;
  Place caller =
      behind_traced_frames(machine_, {body_->return_code, body_->return_instance}, body_->stack.top);
  View view{*body_, caller};
  if (own) {
    auto program = pattern.program;
    auto wanted = tracing.called(context, {name, arguments, local, program.get(), Term::nil(), view});
    push_traced_return(name, wanted, Term::nil());
  }
  if (meta_tracer.is_nil()) return;
  auto wanted = tracing.called(context, {name, arguments, local, meta_program.get(), meta_tracer, view});
  push_traced_return(name, wanted, meta_tracer);
}

// A function that is called at the end of one with a frame for its return has no frame of its own for the time, as on OTP.
void Interpreter::begin_time(const FunctionName& name) {
  auto& timed = body_->made_call_trace().timed;
  auto outer = timed;
  machine_.tracing().time_begins(*process_, timed, name);
  if (body_->return_code == machine_.traced_return()) return;
  push_traced_return(outer.active ? outer.name : FunctionName{}, at_time, Term::nil());
}

std::uint32_t Interpreter::pass_breakpoint() {
  auto& image = *body_->instance->image;
  auto entry = static_cast<std::uint32_t>(body_->code - image.code.data());
  auto& row = *CallPatterns::breakpoint_at(image, entry);
  auto original = row.original;
  if (body_->call_trace && body_->call_trace->again_at == body_->code) {
    body_->call_trace->again_at = nullptr;
    return original;
  }
  if (row.pattern.counting) ++row.pattern.count;
  auto& function = image.functions[body_->code[-1]];
  FunctionName name{image.module, function.name, function.arity};
  bool times = row.pattern.timing && machine_.tracing().traces_calls(*process_);
  trace_entry(name, row.pattern, true);
  if (times) begin_time(name);
  if (pace.left() < 0 || process_->suspended()) due_ = true;
  return original;
}

const CallTarget* Interpreter::pass_export() {
  auto& stub = *body_->instance;
  auto& patterns = machine_.tracing().patterns();
  auto* target = patterns.target_of(stub);
  if (!target) return nullptr;
  FunctionName name = target->name;
  if (auto* row = patterns.named(name); row && row->pattern.global) trace_entry(name, row->pattern, false);
  return patterns.target_of(stub);  // others may have run
}

void Interpreter::pass_traced_return() {
  auto& stack = body_->stack;
  TracedFrame frame{stack.top};
  auto& tracing = machine_.tracing();
  if (frame.wanted & at_time)
    tracing.time_ends(*process_, body_->made_call_trace().timed,
                      {frame.name, 0, frame.name.module != Atom{}});
  if (frame.wanted & (Tracing::at_return | Tracing::at_exception))
    tracing.returned(*process_, frame.name, x_[0], frame.meta_tracer);
  auto place = place_behind(stack.top);
  stack.top += frame_size;
  body_->return_code = place.code, body_->return_instance = place.instance;
  if (!(frame.wanted & Tracing::at_return_to)) return;
  place = behind_traced_frames(machine_, place, stack.top);
  MayPause here;
  tracing.returns_to(*process_, caller_at(place.instance, place.code));
}

// A native function failed whose return is told. Its caller is on the stack, or next to it.
void Interpreter::unwind_traced_native(Unwinding& unwinding) {
  if (!std::exchange(body_->call_trace->has_failed, false)) return;
  if (body_->return_code == machine_.traced_return())
    unwinding.leaves_traced = true;
  else if (body_->return_code)
    unwinding.returns_to = CodePlace{body_->return_instance, body_->return_code, nullptr, nullptr};
  else
    unwinding.returns_to = CodePlace{body_->instance, body_->code + 1, nullptr, nullptr};
}

void Interpreter::unwind_traced_return(const Term* words, Unwinding& unwinding) {
  TracedFrame frame{words};
  if (frame.wanted & Tracing::at_exception) {
    Failure failure{raised_.kind, raised_.reason};
    if (failure.kind == atoms::throw_ && !unwinding.is_caught)
      unwinding.is_caught = has_catch(body_->stack, words);
    if (failure.kind == atoms::throw_ && !*unwinding.is_caught)
      failure = uncaught_throw(process_->heap, failure.reason);
    machine_.tracing().raised(*process_, frame.name, failure.kind, failure.reason, frame.meta_tracer);
  }
  if (frame.wanted & Tracing::at_return_to) unwinding.leaves_traced = true;
}

// --- native functions

namespace {

bool is_guard(Operation operation) {
  using enum Operation;
  return operation == bif0 || operation == bif1 || operation == bif2 || operation == bif3;
}

Operation operation_of(const ErlangBody& body) {
  auto operation = static_cast<Operation>(*body.code);
  if (operation != Operation::breakpoint) return operation;
  auto& image = *body.instance->image;
  auto* row = CallPatterns::breakpoint_at(image, static_cast<std::uint32_t>(body.code - image.code.data()));
  return row ? static_cast<Operation>(row->original) : operation;
}

bool is_applied(const ErlangBody& body, const FunctionName& name) {
  using enum Operation;
  auto operation = operation_of(body);
  bool calls = operation == call_ext || operation == call_ext_last || operation == call_ext_only;
  return !calls || body.instance->links[body.code[1]].name != name;
}

// Where the native function that is called returns to. As on OTP, it returns to the function that calls it, also at its end.
// `is_applied`: its name was a value.
Place caller_of_native(const Machine& machine, const ErlangBody& body, bool is_applied) {
  if (!is_applied) return {body.code + 1, body.instance};
  return behind_traced_frames(machine, {body.return_code, body.return_instance}, body.stack.top);
}

std::optional<Failure> failure_of(const NativeResult& result) {
  using Status = NativeResult::Status;
  switch (result.status) {
    case Status::error: return Failure{atoms::error, result.value};
    case Status::exit: return Failure{atoms::exit, result.value};
    case Status::throw_: return Failure{atoms::throw_, result.value};
    case Status::raise: return Failure{result.value.element(0).as_atom(), result.value.element(1)};
    case Status::error_with: return Failure{atoms::error, result.value.element(0)};
    case Status::value:
    case Status::collected:
    case Status::again:
    case Status::suspended: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

NativeResult traced_native(Context& context, const Term* arguments) {
  auto& process = context.process;
  auto& body = *erlang_body(process);
  auto& machine = body.machine();
  auto& tracing = machine.tracing();
  FunctionName name = *context.name;
  auto* row = tracing.patterns().named(name);
  Native native = row ? row->native : machine.registry().native(name);
  // Our own functions of module erlang call others where OTP's do not.
  auto& state = body.made_call_trace();
  if (state.native != name) state.in_native = false;
  bool is_inner = body.instance->image->module == atoms::erlang && !state.in_native;
  if (is_guard(operation_of(body)) || is_inner) return native(context, arguments);
  bool applied = is_applied(body, name);
  Place caller = caller_of_native(machine, body, applied);
  if (!state.in_native) {
    state.own = state.meta = 0, state.meta_tracer = Term::nil(), state.times = false;
    View view{body, caller};
    if (row) {
      forget_tracer(tracing, row->pattern);
      auto pattern = row->pattern;
      if (pattern.counting) ++row->pattern.count;
      if (pattern.local || pattern.global)
        state.own = tracing.called(
            context, {name, arguments, pattern.local, pattern.program.get(), Term::nil(), view});
      if (!pattern.meta_tracer.is_nil()) {
        state.meta_tracer = pattern.meta_tracer;
        state.meta = tracing.called(
            context, {name, arguments, true, pattern.meta_program.get(), pattern.meta_tracer, view});
      }
      // As on OTP: it returns where a function that tells of that returns.
      if (applied && has_return_to(machine, {body.return_code, body.return_instance}, body.stack.top))
        state.own &= ~static_cast<std::uint32_t>(Tracing::at_return_to);
      if (pattern.timing && tracing.traces_calls(process)) {
        state.times = true, state.outer = state.timed;
        tracing.time_begins(process, state.timed, name);
      }
    }
  }
  state.in_native = true, state.native = name;
  NativeResult result = native(context, arguments);
  using Status = NativeResult::Status;
  if (result.status == Status::again || result.status == Status::suspended || process.has_pending_exit())
    return result;
  state.in_native = false;
  if (state.times) tracing.time_ends(process, state.timed, state.outer);
  if (state.own == 0 && state.meta == 0) return result;
  constexpr std::uint32_t at_end = Tracing::at_return | Tracing::at_exception;
  auto failure = failure_of(result);
  if (failure && failure->kind == atoms::throw_ && !has_catch(body.stack, body.stack.top))
    failure = uncaught_throw(context.heap, failure->reason);
  auto tell_end = [&](std::uint32_t wanted, Term meta_tracer) {
    if (failure && (wanted & Tracing::at_exception))
      tracing.raised(process, name, failure->kind, failure->reason, meta_tracer);
    if (!failure && (wanted & at_end)) tracing.returned(process, name, result.value, meta_tracer);
  };
  tell_end(state.meta, state.meta_tracer);
  tell_end(state.own, Term::nil());
  if (!(state.own & Tracing::at_return_to)) return result;
  if (!failure)
    tracing.returns_to(process, caller_at(caller.instance, caller.code));
  else
    state.has_failed = applied || operation_of(body) == Operation::call_ext;
  return result;
}

}  // namespace noderuntime
