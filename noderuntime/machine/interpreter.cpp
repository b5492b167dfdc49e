#include "noderuntime/machine/interpreter.h"

#include "noderuntime/beam/marks.h"
#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/machine/call_traces.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

constexpr std::size_t smallest_step = 400;  // words a process may allocate before its first collection
// A young generation may grow by this part of the heap, up to so many words.
constexpr std::size_t old_part = 16, largest_young = std::size_t{1} << 17;

}  // namespace

Interpreter::Interpreter(Machine& machine) : machine_{machine}, processes_{machine.processes()} {}

std::shared_ptr<Image> Interpreter::root_image() {
  auto image = std::make_shared<Image>();
  for (auto operation :
       {Operation::unreachable, Operation::end_process, Operation::apply_list, Operation::wait_hibernating,
        Operation::apply_waiting, Operation::call_fun_waiting, Operation::traced_return})
    image->code.push_back(static_cast<std::uint32_t>(operation));
  return image;
}

// --- collecting

bool Interpreter::is_due() const {
  auto& heap = process_->heap;
  return heap.used_words() + body_->stack.used() + heap.off_heap_bytes() / sizeof(Word) > body_->collect_at ||
         body_->collect_requested || machine_.config().collect_always;
}

void Interpreter::update_collection_threshold() {
  auto& heap = process_->heap;
  auto& generations = body_->generations;
  body_->kept = heap.used_words() + body_->stack.used() + heap.off_heap_bytes() / sizeof(Word);
  std::size_t step = body_->kept;
  if (generations.has_old()) {
    // the next one is a collection of the young generation
    auto young = body_->stack.used() +
                 static_cast<std::size_t>(generations.mature_end - generations.mature_begin) +
                 (heap.off_heap_bytes() - generations.old.outside_bytes) / sizeof(Word);
    step = std::max(young, std::min(body_->kept / old_part, largest_young));
  }
  auto least = static_cast<std::size_t>(process_->settings().min_heap_size);
  body_->collect_at = std::max(body_->kept + std::max(step, smallest_step), least);
}

// Whether the old generation is collected too.
bool Interpreter::is_all_due() const {
  auto& generations = body_->generations;
  constexpr std::size_t many_bytes = std::size_t{1} << 20;
  bool is_requested = body_->collect_requested && !body_->young_requested;
  return !generations.has_old() || is_requested ||
         generations.young_collections >= process_->settings().fullsweep_after ||
         generations.old.outside_bytes > 2 * generations.outside_bytes + many_bytes;
}

// The words that the limit of the heap counts after a collection, with waiting messages as on OTP.
std::size_t Interpreter::limited_words(bool counts_messages) const {
  counts_messages = counts_messages && process_->settings().message_queue_data == atoms::on_heap;
  return body_->kept + (counts_messages ? process_->mailbox.words() : 0);
}

// Reports a process over max_heap_size with `kill => false`: once, and again after it was below.
void Interpreter::note_bound(bool counts_messages) {
  auto& bound = process_->settings().max_heap;
  if (bound.words == 0 || bound.kill) return;
  bool over = limited_words(counts_messages) > static_cast<std::size_t>(bound.words);
  if (over && !body_->over_bound) processes_.exits().heap_exceeded(*process_);
  body_->over_bound = over;
}

void Interpreter::collect_if_due(std::size_t live) {
  due_ = false;
  if (!is_due()) return;
  bool always = machine_.config().collect_always;
  // What tracing tells: without an old generation, all are young.
  bool is_major = (body_->collect_requested && !body_->young_requested) || body_->generations.has_old();
  // A process is first collected when it first waits. OTP collects nothing there, so messages cannot exceed its limit.
  bool counts_messages = body_->collect_requested || body_->collect_at > 0;
  bool all = is_all_due() || (always && body_->generations.young_collections % 4 == 3);
  body_->collect_requested = false;
  auto& heap = process_->heap;
  auto words_before = heap.used_words();
  bool traced = process_->traced(trace_flag::garbage_collection) != nullptr;
  if (traced) machine_.tracing().collects(*process_, true, all && is_major);
  auto* held = static_cast<HeldAreas*>(body_->state.held.get());
  auto retired = held ? held->retired() : std::vector<LiteralArea*>{};
  Collection collection{machine_.registry().literals(), process_->mailbox.looked_at(), {}, retired};
  if (always) collection.generations_from = 1;
  collection.roots.add(x_, live);
  collection.roots.add(body_->stack.top, body_->stack.used());
  collection.roots.add(&body_->state.dictionary, 1);
  collection.roots.add(&body_->continuation, 1);
  {
    struct Collecting {
      bool& flag;
      ~Collecting() { flag = false; }
    } collecting{body_->collecting = true};
    MayPause here;
    all = all || !collect_young(heap, body_->generations, collection);
    if (all) collect_all(heap, body_->generations, collection);
  }
  auto& counts = machine_.access().state.collections;
  ++(all ? counts.all : counts.young);
  if (auto words = heap.used_words(); words < words_before) counts.reclaimed_words += words_before - words;
  if (all && held) held->let_go_of_unseen(retired);
  update_collection_threshold();
  if (traced) machine_.tracing().collects(*process_, false, all && is_major);
  if (limited_words(counts_messages) > heap.limit()) throw HeapLimitExceeded{};
  note_bound(counts_messages);
}

// --- exceptions

void Interpreter::raise_pair(Atom tag, Term value) {
  raise(make_tuple(process_->heap, {Term::atom(tag), value}));
}

namespace {

// [{error_info, #{cause => Cause, module => Module}}], which names the module with
// format_error/2 for the error.
Term error_information(Heap& heap, Atom module, Atom cause = {}) {
  if (module == Atom{}) return Term::nil();
  static const Atom key = Atom::of("module");
  Term map = map::put(heap, map::empty(heap), Term::atom(key), Term::atom(module));
  static const Atom why = Atom::of("cause");
  if (cause != Atom{}) map = map::put(heap, map, Term::atom(why), Term::atom(cause));
  return make_list(heap, {make_tuple(heap, {Term::atom(atoms::error_info), map})});
}

// [{file, _}, {line, _}, Information]
Term located_information(Heap& heap, Term location, Term information) {
  std::vector<Term> items;
  for (; location.is_cons(); location = location.tail()) items.push_back(location.head());
  items.push_back(information);
  return make_list(heap, std::span<const Term>{items});
}

}  // namespace

void Interpreter::raise_in(Atom module, std::string_view function, std::initializer_list<Term> arguments,
                           Atom reason, std::string_view errors) {
  raise(reason);
  raised_.has_first = true;
  auto& heap = process_->heap;
  raised_.first = {{module, Atom::of(function), static_cast<std::uint32_t>(arguments.size())},
                   make_list(heap, arguments),
                   error_information(heap, Atom::of(errors))};
}

void Interpreter::raise_undefined(const FunctionName& name, const Term* arguments) {
  raise(atoms::undef);
  raised_.has_first = true;
  raised_.first = {name, make_list(process_->heap, std::span{arguments, name.arity}), Term::nil()};
}

// The error handler of the process, or `$handle_undefined_function/2` of the module. Module, function and list of arguments
// of the call to it go to x0, x1, x2. False: there is none. The usual error handler, which has nothing else to do than that,
// is only called if tracing may tell of what it calls.
bool Interpreter::hand_to_handler(const FunctionName& name) {
  static const Atom undefined_function = Atom::of("undefined_function"),
                    handle = Atom::of("$handle_undefined_function"),
                    borrow = Atom::of("$borrow");  // of code:ensure_loaded/1, which error handlers call
  auto& heap = process_->heap;
  auto call = [&](Atom module, Atom function, Term arguments) {
    if (name.function == borrow) return false;
    x_[0] = Term::atom(module), x_[1] = Term::atom(function), x_[2] = arguments;
    return true;
  };
  auto arguments = [&] { return make_list(heap, std::span{x_, name.arity}); };
  Atom handler = process_->settings().error_handler;
  bool is_usual = handler == atoms::error_handler && !machine_.tracing().patterns().show_undefined();
  if (!is_usual && name != FunctionName{handler, undefined_function, 3})
    return call(handler, undefined_function,
                make_list(heap, {Term::atom(name.module), Term::atom(name.function), arguments()}));
  CallTarget own;
  own.name = {name.module, handle, 2};
  if (own.name == name || !machine_.registry().resolve(*body_->instance->realm, own, false) ||
      own.kind != CallTarget::Kind::code)
    return false;
  return call(name.module, handle, make_list(heap, {Term::atom(name.function), arguments()}));
}

// Nothing but erlang:apply/2 runs if the process began with that, and has no frame.
void Interpreter::raise_not_callable(Term fun, std::size_t count) {
  auto& heap = process_->heap;
  bool other_arity = is_kind(fun, Kind::fun)          ? box_as<FunObject>(fun)->arity != count
                     : is_kind(fun, Kind::export_fun) ? box_as<ExportFun>(fun)->arity != count
                                                      : false;
  if (other_arity)
    raise_pair(atoms::badarity, make_tuple(heap, {fun, make_list(heap, std::span{x_, count})}));
  else
    raise_pair(atoms::badfun, fun);
  if (body_->stack.used() > 0 || body_->initial != FunctionName{atoms::erlang, atoms::apply, 2}) return;
  raised_.has_first = true;
  raised_.first = {body_->initial, Term::small(2), Term::nil()};
}

void Interpreter::raise_native(const NativeResult& result, const FunctionName& name, const Term* arguments) {
  auto& heap = process_->heap;
  using Status = NativeResult::Status;
  raise(result.value);
  bool raises_itself =
      name.module == atoms::erlang &&
      (name.function == atoms::error || name.function == atoms::exit || name.function == atoms::throw_);
  switch (result.status) {
    case Status::exit: raised_.kind = atoms::exit; break;
    case Status::throw_:
      raised_.kind = atoms::throw_;
      if (raises_itself) raised_by_caller(Term::small(0), Term::nil());
      return;
    case Status::raise:
      raised_.kind = result.value.element(0).as_atom();
      raised_.reason = result.value.element(1);
      raised_.trace = result.value.element(2);
      raised_.trace = given_trace(heap, raised_.kind, raised_.trace);
      return;
    case Status::error_with:
      raised_.reason = result.value.element(0);
      return raised_by_caller(result.value.element(1), result.value.element(2));
    default:
      if (raises_itself && name.arity == 1 && name.function == atoms::error)
        return raised_by_caller(Term::small(0), Term::nil());
      // On OTP a function whose clauses do not match is Erlang code, so its error has no error_info.
      bool explained = !result.value.is(atoms::function_clause);
      Atom module = explained ? machine_.registry().error_module(name.module) : Atom{};
      raised_.has_first = true;
      raised_.first = {name, make_list(heap, std::span{arguments, name.arity}),
                       error_information(heap, module, result.cause)};
      return;
  }
}

void Interpreter::raised_by_caller(Term arguments, Term information) {
  auto& heap = process_->heap;
  auto* instance = body_->instance;
  auto offset = static_cast<std::uint32_t>(body_->code - instance->image->code.data());
  auto* function = instance->image->function_at(offset);
  if (!function) {
    // A native function is all that the process runs. On OTP, a function calls it if another node has spawned the process.
    static const Atom erts_internal = Atom::of("erts_internal"),
                      dist_spawn_init = Atom::of("dist_spawn_init");
    if (process_->parent.node.name == processes_.self().name) return;
    raised_.has_first = true;
    raised_.first = {
        {erts_internal, dist_spawn_init, 1}, arguments.is_list() ? arguments : Term::small(1), Term::nil()};
    return;
  }
  Term location = location_of(heap, *instance->image, offset);
  if (information.is_cons()) location = located_information(heap, location, information.head());
  raised_.has_first = true, raised_.keep_code = false;
  raised_.first = {{instance->image->module, function->name, function->arity},
                   arguments.is_list() ? arguments : Term::small(function->arity),
                   location};
  // A call that is not the last one returns into the function that is the first frame already.
  constexpr std::ptrdiff_t longest_call = 4;
  if (body_->return_code > body_->code && body_->return_code - body_->code <= longest_call)
    raised_.keep_return = false;
}

void Interpreter::capture_trace() {
  if (!raised_.trace.is_nil()) return;
  CodePlace place{body_->instance, raised_.keep_code ? body_->code : nullptr, body_->return_instance,
                  raised_.keep_return ? body_->return_code : nullptr};
  raised_.trace =
      capture(process_->heap, raised_.kind, body_->stack, place, raised_.has_first ? &raised_.first : nullptr,
              machine_.access().state.backtrace_depth);
}

bool Interpreter::unwind() {
  capture_trace();
  auto& stack = body_->stack;
  ModuleInstance* instance = body_->instance;
  if (body_->return_code) instance = body_->return_instance;
  Term* frame = stack.top;
  Unwinding unwinding;
  auto* traced_return = machine_.traced_return();
  if (body_->call_trace) unwind_traced_native(unwinding);
  if (body_->return_code == traced_return) unwind_traced_return(frame, unwinding);
  // Without a frame of its own, the first frame belongs to the caller of the current code.
  for (Term* word = stack.top; word < stack.bottom; ++word) {
    if (is_header(*word)) {
      auto* code = reinterpret_cast<const std::uint32_t*>(word_of(*word));
      instance = reinterpret_cast<ModuleInstance*>(word_of(word[1]));
      ++word;
      frame = word + 1;
      if (code == traced_return)
        unwind_traced_return(frame, unwinding);
      else
        unwinding.passed(instance, code);
    } else if (marks::is_catch(*word)) {
      stack.top = frame;
      body_->instance = instance;
      body_->code = instance->image->code.data() + marks::catch_offset(*word);
      body_->return_code = nullptr;
      x_[0] = marks::exception, x_[1] = Term::atom(raised_.kind), x_[2] = raised_.reason,
      x_[3] = raised_.trace;
      if (unwinding.returns_to)
        machine_.tracing().returns_to(*process_,
                                      caller_at(unwinding.returns_to->instance, unwinding.returns_to->code));
      return true;
    }
  }
  return false;
}

// Ends the process with the exception that was not caught.
void Interpreter::end_process() {
  auto& heap = process_->heap;
  Term reason = raised_.reason;
  if (raised_.kind != atoms::exit) {
    Term trace = build_stack_trace(heap, machine_.registry(), raised_.trace);
    if (raised_.kind == atoms::throw_) reason = make_tuple(heap, {Term::atom(atoms::nocatch), reason});
    reason = make_tuple(heap, {reason, trace});
    if (machine_.config().crashed) machine_.config().crashed(*process_, reason);
  }
  process_->set_exit(reason);
}

Term Interpreter::caught() {
  auto& heap = process_->heap;
  if (x_[1].is(atoms::throw_)) return x_[2];
  Term reason = x_[2];
  if (x_[1].is(atoms::error))
    reason = make_tuple(heap, {reason, build_stack_trace(heap, machine_.registry(), x_[3])});
  return make_tuple(heap, {Term::atom(atoms::EXIT), reason});
}

// --- calls

Interpreter::Then Interpreter::call_native(Native native, const FunctionName& name, const Term* arguments,
                                           Term& value) {
  auto& heap = process_->heap;
  Context context{*process_,       processes_,          heap, body_->state, machine_.access(),
                  body_->instance, body_->continuation, &name};
  body_->continuation = Term::nil();
  Word* chunk_end = heap.end();
  auto outside = heap.off_heap_bytes();
  NativeResult result = native(context, arguments);
  if (heap.end() != chunk_end || heap.off_heap_bytes() != outside) due_ = due_ || is_due();
  if (process_->suspended() || pace.left() < 0) due_ = true;
  if (process_->has_pending_exit()) return Then::end;
  switch (result.status) {
    case NativeResult::Status::value: value = result.value; return Then::proceed;
    case NativeResult::Status::again: body_->continuation = result.value; return Then::yield;
    case NativeResult::Status::suspended: return Then::wait;
    case NativeResult::Status::collected: value = result.value; return Then::collect;
    default: raise_native(result, name, arguments); return Then::raise;
  }
}

// Checks x0, x1, x2 as arguments of erlang:hibernate/3; raises if they are wrong.
bool Interpreter::may_hibernate() {
  Term list = x_[2];
  std::size_t count = 0;
  constexpr std::size_t most = 255;
  while (list.is_cons() && count <= most) list = list.tail(), ++count;
  if (x_[0].is_atom() && x_[1].is_atom() && list.is_nil() && count <= most) return true;
  Atom reason = count > most ? atoms::system_limit : atoms::badarg;
  raise_in(atoms::erlang, "hibernate", {x_[0], x_[1], x_[2]}, reason, "erl_erts_errors");
  return false;
}

bool Interpreter::spread(Term list, std::size_t& count) {
  for (count = 0; list.is_cons() && count < most_arguments; list = list.tail()) x_[count++] = list.head();
  return list.is_nil();
}

const FunEntry* Interpreter::binding_of(Term fun) {
  auto* object = box_as<FunObject>(fun);
  auto* known = static_cast<const FunEntry*>(object->code);
  if (!known || !known->instance)
    object->code = const_cast<FunEntry*>(machine_.registry().bind(*body_->instance->realm, *object));
  return static_cast<const FunEntry*>(object->code);
}

// --- instructions that are too long for the loop

bool Interpreter::arithmetic(Operation operation, Term a, Term b, Term& result) {
  using arithmetic::Operator;
  auto& heap = process_->heap;
  struct Row {
    Operation operation;
    Operator op;
    const char* name;
  };
  static constexpr Row rows[] = {
      {Operation::add, Operator::add, "+"},           {Operation::subtract, Operator::subtract, "-"},
      {Operation::multiply, Operator::multiply, "*"}, {Operation::divide, Operator::divide, "/"},
      {Operation::int_div, Operator::int_div, "div"}, {Operation::int_rem, Operator::int_rem, "rem"},
      {Operation::band, Operator::band, "band"},      {Operation::bor, Operator::bor, "bor"},
      {Operation::bxor, Operator::bxor, "bxor"},      {Operation::bsl, Operator::bsl, "bsl"},
      {Operation::bsr, Operator::bsr, "bsr"}};
  bool unary = operation == Operation::negate || operation == Operation::bnot;
  const char* name = operation == Operation::negate ? "-" : "bnot";
  arithmetic::Outcome outcome{};
  auto calculate = [&] {
    MayPause may_pause;
    if (unary) {
      outcome = operation == Operation::negate ? arithmetic::negate(heap, a) : arithmetic::bit_not(heap, a);
      return;
    }
    for (auto& row : rows)
      if (row.operation == operation) outcome = arithmetic::apply(row.op, heap, a, b), name = row.name;
  };
  calculate();
  if (!outcome.problem) {
    result = outcome.value;
    return true;
  }
  Atom reason = *outcome.problem == arithmetic::Problem::badarith ? atoms::badarith : atoms::system_limit;
  if (unary)
    raise_in(atoms::erlang, name, {a}, reason, "erl_erts_errors");
  else
    raise_in(atoms::erlang, name, {a, b}, reason, "erl_erts_errors");
  return false;
}

namespace {

std::optional<Term> put_pair(Heap& heap, Term map, Term key, Term value, bool exact) {
  MayPause may_pause;
  return exact ? map::update(heap, map, key, value) : map::put(heap, map, key, value);
}

}  // namespace

bool Interpreter::put_map(bool exact, Term map, const std::uint32_t* units, std::uint32_t count,
                          Term& result) {
  if (!map.is_map()) return raise_pair(atoms::badmap, map), false;
  auto& heap = process_->heap;
  for (std::uint32_t i = 0; i < count; ++i) {
    Term key = read(units[2 * i]), value = read(units[2 * i + 1]);
    auto changed = put_pair(heap, map, key, value, exact);
    if (!changed) {
      // OTP sorts the keys: badkey names the first one that is missing.
      for (std::uint32_t later = i + 1; later < count; ++later)
        if (Term other = read(units[2 * later]); compare_keys(other, key) < 0 && !map::get(map, other))
          key = other;
      return raise_pair(atoms::badkey, key), false;
    }
    map = *changed;
  }
  result = map;
  return true;
}

bool Interpreter::put_segment(binaries::Builder& builder, std::uint32_t packed, Term value, Term size,
                              bool all) {
  auto flags = Segment::flags(packed), unit = Segment::unit(packed);
  switch (Segment::kind(packed)) {
    case Segment::integer:
    case Segment::floating: {
      auto bits = binaries::segment_size(size, unit);
      if (!bits) return false;
      return Segment::kind(packed) == Segment::integer ? builder.integer(value, *bits, flags)
                                                       : builder.floating(value, *bits, flags);
    }
    case Segment::binary:
    case Segment::append:
    case Segment::private_append: {
      if (!value.is_bitstring()) return false;
      if (all) {
        auto bits = binaries::size_of(value);
        return bits % std::max(unit, 1u) == 0 && builder.binary(value, bits);
      }
      auto bits = binaries::segment_size(size, unit);
      return bits && builder.binary(value, *bits);
    }
    case Segment::utf8:
    case Segment::utf16:
    case Segment::utf32: return builder.unicode(value, Segment::kind(packed), flags);
    case Segment::string: return false;
  }
  return false;
}

namespace {

bool is_float_size(Term size) {
  return size == Term::small(16) || size == Term::small(32) || size == Term::small(64);
}

// The cause of a failed put_segment(), as OTP calls it.
Term segment_problem(Segment::Kind kind, bool all, Term value, Term size) {
  static const Term type = Term::atom(Atom::of("type")), wrong_unit = Term::atom(Atom::of("unit")),
                    too_short = Term::atom(Atom::of("short")), no_float = Term::atom(Atom::of("no_float")),
                    invalid = Term::atom(Atom::of("invalid"));
  switch (kind) {
    case Segment::floating:
      if (!value.is_number()) return type;
      return is_float_size(size) ? no_float : invalid;
    case Segment::binary:
    case Segment::append:
    case Segment::private_append: return !value.is_bitstring() ? type : all ? wrong_unit : too_short;
    default: return type;
  }
}

Atom segment_name(Segment::Kind kind) {
  static const Atom integer = Atom::of("integer"), floating = Atom::of("float"), binary = Atom::of("binary"),
                    string = Atom::of("string"), utf8 = Atom::of("utf8"), utf16 = Atom::of("utf16"),
                    utf32 = Atom::of("utf32");
  switch (kind) {
    case Segment::integer: return integer;
    case Segment::floating: return floating;
    case Segment::binary:
    case Segment::append:
    case Segment::private_append: return binary;
    case Segment::string: return string;
    case Segment::utf8: return utf8;
    case Segment::utf16: return utf16;
    case Segment::utf32: return utf32;
  }
  return binary;
}

}  // namespace

// The frame of the function itself explains what erl_erts_errors:format_bs_fail/2 tells.
void Interpreter::raise_segment(Atom reason, std::uint32_t number, Segment::Kind kind, Term cause,
                                Term value) {
  static const Atom key = Atom::of("function"), format = Atom::of("format_bs_fail"),
                    module = Atom::of("module"), errors = Atom::of("erl_erts_errors"),
                    why = Atom::of("cause");
  raise(reason);
  auto* image = body_->instance->image.get();
  auto offset = static_cast<std::uint32_t>(body_->code - image->code.data());
  auto* function = image->function_at(offset);
  if (!function) return;
  auto& heap = process_->heap;
  Term told = make_tuple(heap, {Term::small(number), Term::atom(segment_name(kind)), cause, value});
  Term map = map::put(heap, map::empty(heap), Term::atom(module), Term::atom(errors));
  map = map::put(heap, map, Term::atom(key), Term::atom(format));
  map = map::put(heap, map, Term::atom(why), told);
  Term information = make_tuple(heap, {Term::atom(atoms::error_info), map});
  raised_.has_first = true, raised_.keep_code = false;
  raised_.first = {{image->module, function->name, function->arity},
                   Term::small(function->arity),
                   located_information(heap, location_of(heap, *image, offset), information)};
}

inline bool Interpreter::is_fixed_integer(const std::uint32_t* segment) const {
  constexpr std::uint32_t both = Segment::pack(static_cast<Segment::Kind>(15), 0, Segment::fixed);
  return (segment[0] & both) == Segment::pack(Segment::integer, 0, Segment::fixed);
}
inline std::uint64_t Interpreter::fixed_bits(const std::uint32_t* segment) const {
  return static_cast<std::uint64_t>(constant(segment[2]).as_small()) * Segment::unit(segment[0]);
}

inline bool Interpreter::takes_all(const std::uint32_t* segment) const {
  return (Segment::flags(segment[0]) & Segment::all) != 0;
}

// The size of a segment. nullopt: the size operand is bad. A bad value counts as 0; put_segment() refuses it.
inline std::optional<std::uint64_t> Interpreter::segment_bits(const std::uint32_t* segment) const {
  if (is_fixed_integer(segment)) return fixed_bits(segment);
  switch (Segment::kind(segment[0])) {
    case Segment::string: return std::uint64_t{segment[2]} * 8;
    case Segment::utf8: return binaries::utf8_size(read(segment[1])) * 8;
    case Segment::utf16: return binaries::utf16_size(read(segment[1])) * 8;
    case Segment::utf32: return 32;
    default: break;
  }
  if (!takes_all(segment)) return binaries::segment_size(read(segment[2]), Segment::unit(segment[0]));
  Term value = read(segment[1]);
  return value.is_bitstring() ? binaries::size_of(value) : 0;
}

void Interpreter::raise_segment_size(const std::uint32_t* segment, Term size) {
  static const Term wrong_size = Term::atom(Atom::of("size"));
  bool large = is_kind(size, Kind::positive_integer) || (size.is_small() && size.as_small() >= 0);
  raise_segment(large ? atoms::system_limit : atoms::badarg, Segment::number(segment[0]),
                Segment::kind(segment[0]), wrong_size, size);
}

void Interpreter::raise_segment_value(const std::uint32_t* segment) {
  auto kind = Segment::kind(segment[0]);
  Term value = read(segment[1]), size = read(segment[2]);
  Term problem = segment_problem(kind, takes_all(segment), value, size);
  bool of_size = problem.is(Atom::of("invalid"));
  raise_segment(atoms::badarg, Segment::number(segment[0]), kind, problem, of_size ? size : value);
}

// The size of all segments. nullopt: an error was raised.
inline std::optional<std::uint64_t> Interpreter::binary_bits(const std::uint32_t* units,
                                                             std::uint32_t count) {
  constexpr std::uint64_t most = std::uint64_t{1} << 41;
  std::uint64_t total = 0;
  for (auto* segment = units; segment < units + segment_units * count; segment += segment_units) {
    auto bits = segment_bits(segment);
    if (!bits) return raise_segment_size(segment, read(segment[2])), std::nullopt;
    total += *bits;
    if (total > most)
      return raise_segment_size(segment, Term::small(static_cast<std::int64_t>(total))), std::nullopt;
  }
  return total;
}

// Begins a binary of `bits` whose first segment is the binary to append to. If nothing is appended, the
// binary is its own result: `unchanged`. False: an error was raised.
bool Interpreter::start_appending(const std::uint32_t* segment, std::uint64_t bits,
                                  std::optional<Term>& unchanged) {
  Term base = read(segment[1]);
  bool fits = base.is_bitstring() && takes_all(segment) &&
              binaries::size_of(base) % std::max(Segment::unit(segment[0]), 1u) == 0;
  if (!fits) return raise_segment_value(segment), false;
  auto more = bits - binaries::size_of(base);
  if (more == 0)
    builder_.start(process_->heap, 0), unchanged = base;
  else
    builder_.start_appending(process_->heap, base, more);
  return true;
}

bool Interpreter::create_binary(const std::uint32_t* units, std::uint32_t count, Term& result) {
  auto bits = binary_bits(units, count);
  if (!bits) return false;
  std::optional<Term> unchanged;
  auto* segment = units;
  auto kind = count > 0 ? Segment::kind(units[0]) : Segment::string;
  if (kind == Segment::append || kind == Segment::private_append) {
    if (!start_appending(segment, *bits, unchanged)) return false;
    segment += segment_units;
  } else {
    builder_.start(process_->heap, *bits);
  }
  auto* end = units + segment_units * count;
  constexpr std::uint64_t usual = std::uint64_t{1} << 16;
  if (builder_.bits_left() <= usual) {
    segment = put_segments(builder_, segment, end);
  } else {
    auto builder = builder_;  // other processes use builder_ while this one is paused
    MayPause may_pause;
    segment = put_segments(builder, segment, end);
    builder_ = builder;
  }
  if (segment != end) return raise_segment_value(segment), false;
  result = unchanged.value_or(builder_.result());
  // Code of OTP 29 goes on with the binary that it appended to.
  if (kind == Segment::private_append && !Operand::is_constant(units[1]))
    result = written(units[1]) = binaries::change_writable(read(units[1]), result);
  return true;
}

// Returns the first segment whose value does not fit, or `end`.
const std::uint32_t* Interpreter::put_segments(binaries::Builder& builder, const std::uint32_t* segment,
                                               const std::uint32_t* end) {
  for (; segment < end; segment += segment_units) {
    if (is_fixed_integer(segment)) {
      if (!builder.integer(read(segment[1]), fixed_bits(segment), Segment::flags(segment[0]))) break;
      continue;
    }
    bool done =
        Segment::kind(segment[0]) == Segment::string
            ? builder.string(body_->instance->image->strings.data() + segment[1], segment[2])
            : put_segment(builder, segment[0], read(segment[1]), read(segment[2]), takes_all(segment));
    if (!done) break;
  }
  return segment;
}

}  // namespace noderuntime
