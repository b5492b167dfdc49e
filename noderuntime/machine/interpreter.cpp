#include "noderuntime/machine/interpreter.h"

#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/machine/marks.h"
#include "noderuntime/term/map.h"

namespace noderuntime {

namespace {

constexpr std::size_t smallest_step = 400;  // words a process may allocate before its first collection

}  // namespace

Interpreter::Interpreter(Machine& machine) : machine_{machine}, processes_{machine.processes()} {}

std::shared_ptr<Image> Interpreter::root_image() {
  auto image = std::make_shared<Image>();
  for (auto operation : {Operation::unreachable, Operation::end_process, Operation::apply_list,
                         Operation::wait_hibernating, Operation::apply_waiting, Operation::call_fun_waiting})
    image->code.push_back(static_cast<std::uint32_t>(operation));
  return image;
}

// --- collecting
// -------------------------------------------------------------------------------------------------------

bool Interpreter::is_due() const {
  auto& heap = process_->heap;
  return heap.used_words() + body_->stack.used() + heap.used_bytes_outside() / sizeof(Word) >
             body_->collect_at ||
         body_->collect_requested || machine_.config().collect_always;
}

void Interpreter::note_books() {
  auto& heap = process_->heap;
  body_->kept = heap.used_words() + body_->stack.used() + heap.used_bytes_outside() / sizeof(Word);
  body_->collect_at = body_->kept + std::max(body_->kept, smallest_step);
}

void Interpreter::collect_if_due(std::size_t live) {
  due_ = false;
  if (!is_due()) return;
  body_->collect_requested = false;
  Roots roots;
  roots.add(x_, live);
  roots.add(body_->stack.top, body_->stack.used());
  roots.add(&body_->state.dictionary, 1);
  roots.add(&body_->continuation, 1);
  auto& heap = process_->heap;
  auto& mailbox = process_->mailbox;
  const Heap* looked_at = body_->looking && mailbox.has_current() ? &mailbox.current_heap() : nullptr;
  collect(heap, machine_.registry().literals(), looked_at, roots);
  note_books();
  if (body_->kept > heap.limit()) throw HeapLimitExceeded{};
}

// --- exceptions
// -------------------------------------------------------------------------------------------------------

void Interpreter::raise_pair(Atom tag, Term value) {
  raise(make_tuple(process_->heap, {Term::atom(tag), value}));
}

namespace {

// [{error_info, #{module => Module}}]: where format_error/2 of the function's errors is.
Term error_information(Heap& heap, Atom module) {
  if (module == Atom{}) return Term::nil();
  static const Atom key = Atom::of("module");
  Term map = map::put(heap, map::empty(heap), Term::atom(key), Term::atom(module));
  return make_list(heap, {make_tuple(heap, {Term::atom(atoms::error_info), map})});
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

void Interpreter::raise_native(const NativeResult& result, const FunctionName& name, const Term* arguments) {
  auto& heap = process_->heap;
  using Status = NativeResult::Status;
  raise(result.value);
  bool raises_itself =
      name.module == atoms::erlang &&
      (name.function == atoms::error || name.function == atoms::exit || name.function == atoms::throw_);
  switch (result.status) {
    case Status::exit: raised_.kind = atoms::exit; break;
    case Status::throw_: raised_.kind = atoms::throw_; break;
    case Status::raise:
      raised_.kind = result.value.element(0).as_atom();
      raised_.reason = result.value.element(1);
      raised_.trace = result.value.element(2);
      raised_.trace = given_trace(heap, raised_.kind, raised_.trace);
      return;
    case Status::error_with: {
      raised_.reason = result.value.element(0);
      Term given = result.value.element(1), information = result.value.element(2);
      auto* instance = body_->instance;
      auto offset = static_cast<std::uint32_t>(body_->code - instance->image->code.data());
      auto* function = instance->image->function_at(offset);
      if (!function) return;
      Term location = location_of(heap, *instance->image, offset);
      for (Term rest = information; rest.is_cons(); rest = rest.tail())
        location = make_cons(heap, rest.head(), location);
      raised_.has_first = true, raised_.keep_code = false;
      raised_.first = {{instance->image->module, function->name, function->arity},
                       given.is_list() ? given : Term::small(function->arity),
                       location};
      return;
    }
    default:
      if (raises_itself && name.arity == 1 && name.function == atoms::error) return;
      // A function whose clauses did not match would be Erlang code on OTP: nothing explains its error.
      bool explained = !result.value.is(atoms::function_clause);
      Atom module = explained ? machine_.registry().error_module(name.module) : Atom{};
      raised_.has_first = true;
      raised_.first = {name, make_list(heap, std::span{arguments, name.arity}),
                       error_information(heap, module)};
      return;
  }
}

void Interpreter::capture_trace() {
  if (!raised_.trace.is_nil()) return;
  CodePlace place{body_->instance, raised_.keep_code ? body_->code : nullptr, body_->return_instance,
                  body_->return_code};
  raised_.trace = capture(process_->heap, raised_.kind, body_->stack, place,
                          raised_.has_first ? &raised_.first : nullptr);
}

bool Interpreter::unwind() {
  capture_trace();
  auto& stack = body_->stack;
  Instance* instance = body_->instance;
  if (body_->return_code) instance = body_->return_instance;
  Term* frame = stack.top;
  // Without a frame of its own the code's caller owns the first one.
  for (Term* word = stack.top; word < stack.bottom; ++word) {
    if (word->is_header()) {
      instance = reinterpret_cast<Instance*>(word[1].word());
      ++word;
      frame = word + 1;
    } else if (marks::is_catch(*word)) {
      stack.top = frame;
      body_->instance = instance;
      body_->code = instance->image->code.data() + marks::catch_offset(*word);
      body_->return_code = nullptr;
      x_[0] = marks::exception, x_[1] = Term::atom(raised_.kind), x_[2] = raised_.reason,
      x_[3] = raised_.trace;
      return true;
    }
  }
  return false;
}

// The process ends with what nobody caught.
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
// ------------------------------------------------------------------------------------------------------------

Interpreter::Then Interpreter::call_native(Native native, const FunctionName& name, const Term* arguments,
                                           Term& value) {
  auto& heap = process_->heap;
  Context context{*process_, processes_, heap, body_->state, machine_, body_->instance, body_->continuation};
  body_->continuation = Term::nil();
  Word* chunk_end = heap.end();
  auto outside = heap.used_bytes_outside();
  NativeResult result = native(context, arguments);
  if (heap.end() != chunk_end || heap.used_bytes_outside() != outside) due_ = due_ || is_due();
  if (process_->suspended()) due_ = true;
  if (process_->doomed()) return Then::end;
  switch (result.status) {
    case NativeResult::Status::value: value = result.value; return Then::proceed;
    case NativeResult::Status::again: body_->continuation = result.value; return Then::yield;
    case NativeResult::Status::suspended: return Then::wait;
    default: raise_native(result, name, arguments); return Then::raise;
  }
}

bool Interpreter::spread(Term list, std::size_t& count) {
  constexpr std::size_t most = 255;
  for (count = 0; list.is_cons() && count < most; list = list.tail()) x_[count++] = list.head();
  return list.is_nil();
}

const FunBinding* Interpreter::binding_of(Term fun) {
  auto* object = fun.as<FunObject>();
  auto* known = static_cast<const FunBinding*>(object->code);
  if (!known || !known->instance)
    object->code = const_cast<FunBinding*>(machine_.registry().bind(*body_->instance->realm, *object));
  return static_cast<const FunBinding*>(object->code);
}

// --- instructions that are too long for the loop
// -----------------------------------------------------------------------

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
  if (unary) {
    outcome = operation == Operation::negate ? arithmetic::negate(heap, a) : arithmetic::bit_not(heap, a);
  } else {
    for (auto& row : rows)
      if (row.operation == operation) outcome = arithmetic::apply(row.op, heap, a, b), name = row.name;
  }
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

bool Interpreter::put_map(bool exact, Term map, const std::uint32_t* units, std::uint32_t count,
                          Term& result) {
  if (!map.is_map()) return raise_pair(atoms::badmap, map), false;
  auto& heap = process_->heap;
  for (std::uint32_t i = 0; i < count; ++i) {
    Term key = read(units[2 * i]), value = read(units[2 * i + 1]);
    if (!exact) {
      map = map::put(heap, map, key, value);
    } else if (auto updated = map::update(heap, map, key, value)) {
      map = *updated;
    } else {
      return raise_pair(atoms::badkey, key), false;
    }
  }
  result = map;
  return true;
}

bool Interpreter::put_segment(std::uint32_t packed, Term value, Term size) {
  auto flags = Segment::flags(packed), unit = Segment::unit(packed);
  switch (Segment::kind(packed)) {
    case Segment::integer:
    case Segment::floating: {
      auto bits = binaries::segment_size(size, unit);
      if (!bits) return false;
      return Segment::kind(packed) == Segment::integer ? builder_.integer(value, *bits, flags)
                                                       : builder_.floating(value, *bits, flags);
    }
    case Segment::binary:
    case Segment::append:
    case Segment::private_append: {
      if (!value.is_bitstring()) return false;
      if (size.is_atom()) {
        auto bits = bits_of(value).bit_size;
        return bits % std::max(unit, 1u) == 0 && builder_.binary(value, bits);
      }
      auto bits = binaries::segment_size(size, unit);
      return bits && builder_.binary(value, *bits);
    }
    case Segment::utf8:
    case Segment::utf16:
    case Segment::utf32: return builder_.unicode(value, Segment::kind(packed), flags);
    case Segment::string: return false;
  }
  return false;
}

bool Interpreter::create_binary(const std::uint32_t* units, std::uint32_t count, Term& result) {
  std::uint64_t total = 0;
  constexpr std::uint64_t most = std::uint64_t{1} << 41;
  auto bad = [&](Atom reason) { return raise(reason), false; };
  auto segment_bits = [&](const std::uint32_t* unit) -> std::optional<std::uint64_t> {
    switch (Segment::kind(unit[0])) {
      case Segment::string: return std::uint64_t{unit[2]} * 8;
      case Segment::utf8: return binaries::utf8_size(read(unit[1])) * 8;
      case Segment::utf16: return binaries::utf16_size(read(unit[1])) * 8;
      case Segment::utf32: return 32;
      default: break;
    }
    Term size = read(unit[2]);
    if (!size.is_atom()) return binaries::segment_size(size, Segment::unit(unit[0]));
    Term value = read(unit[1]);
    if (!value.is_bitstring()) return std::nullopt;
    return bits_of(value).bit_size;
  };
  bool appending = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto kind = Segment::kind(units[3 * i]);
    auto bits = segment_bits(units + 3 * i);
    if (!bits) {
      Term size = kind == Segment::string ? Term::nil() : read(units[3 * i + 2]);
      return bad(size.is(Kind::positive_integer) ? atoms::system_limit : atoms::badarg);
    }
    total += *bits;
    if (total > most) return bad(atoms::system_limit);
    if (i == 0) appending = kind == Segment::append || kind == Segment::private_append;
  }
  std::uint32_t first = 0;
  auto& heap = process_->heap;
  if (appending) {
    Term base = read(units[1]);
    if (!base.is_bitstring() || !read(units[2]).is_atom()) return bad(atoms::badarg);
    if (bits_of(base).bit_size % std::max(Segment::unit(units[0]), 1u) != 0) return bad(atoms::badarg);
    builder_.start_appending(heap, base, total - bits_of(base).bit_size);
    first = 1;
  } else {
    builder_.start(heap, total);
  }
  for (std::uint32_t i = first; i < count; ++i) {
    auto* unit = units + 3 * i;
    bool done = Segment::kind(unit[0]) == Segment::string
                    ? builder_.string(body_->instance->image->strings.data() + unit[1], unit[2])
                    : put_segment(unit[0], read(unit[1]), read(unit[2]));
    if (!done) return bad(atoms::badarg);
  }
  result = builder_.result();
  return true;
}

}  // namespace noderuntime
