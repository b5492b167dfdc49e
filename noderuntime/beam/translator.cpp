#include "noderuntime/beam/translator.h"

#include <algorithm>

#include "common/wire/endian.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

using Tag = Arg::Tag;

// --- operands

void Translator::op(Operation operation) {
  if (image_.code.size() > max_units) fail("too much code");
  last_ = static_cast<std::uint32_t>(image_.code.size());
  image_.code.push_back(static_cast<std::uint32_t>(operation));
}

void Translator::put(std::uint64_t unit) {
  if (unit > UINT32_MAX) fail("a number is out of range");
  image_.code.push_back(static_cast<std::uint32_t>(unit));
}

std::uint32_t Translator::reg(const Arg& arg) {
  if (arg.tag == Tag::x && arg.value >= 0 && arg.value <= max_x) {
    auto index = static_cast<std::uint32_t>(arg.value);
    image_.x_registers = std::max(image_.x_registers, index + 1);
    return Operand::of(Operand::x, index);
  }
  bool inside = frame_ == any_frame ? arg.value <= max_y : arg.value < frame_;
  if (arg.tag == Tag::y && arg.value >= 0 && inside)
    return Operand::of(Operand::y, static_cast<std::uint32_t>(arg.value));
  fail(arg.tag == Tag::y ? "a y register lies outside of the frame" : "a register was expected");
  return 0;
}

std::uint32_t Translator::constant(Term term) {
  auto [row, added] =
      constants_.try_emplace(term.word(), static_cast<std::uint32_t>(image_.constants.size()));
  if (added) image_.constants.push_back(term);
  return Operand::of(Operand::constant, row->second);
}

bool Translator::is_constant(const Arg& arg) const {
  return arg.tag == Tag::integer || arg.tag == Tag::atom || arg.tag == Tag::literal ||
         arg.tag == Tag::long_integer || arg.tag == Tag::character;
}

Term Translator::term_of(const Arg& arg) {
  auto index = static_cast<std::uint64_t>(arg.value);
  switch (arg.tag) {
    case Tag::number:
    case Tag::character:
    case Tag::integer: return make_integer(heap_, arg.value);
    case Tag::atom:
      if (index == 0) return Term::nil();
      if (index > tables_.atoms.size()) break;
      return Term::atom(tables_.atoms[index - 1]);
    case Tag::literal:
      if (index >= tables_.literals.size()) break;
      return tables_.literals[index];
    case Tag::long_integer: {
      auto value =
          integer::from_two_complement(heap_, reader_.long_integer(arg), arg.size * std::size_t{8}, true);
      if (!value) break;
      return *value;
    }
    default: break;
  }
  fail("a constant was expected");
  return Term::nil();
}

void Translator::source(const Arg& arg) { put(is_constant(arg) ? constant(term_of(arg)) : reg(arg)); }

void Translator::destination(const Arg& arg) { put(reg(arg)); }

void Translator::number(const Arg& arg) {
  if (arg.tag != Tag::number && arg.tag != Tag::integer && arg.tag != Tag::allocation)
    fail("a number was expected");
  put(static_cast<std::uint64_t>(arg.value));
}

void Translator::target_label(std::uint64_t label) {
  if (label == 0 || label >= places_.size()) {
    fail("a label does not exist");
    return;
  }
  if (frames_[label] == unknown_frame) {
    if (places_[label] != 0) fail("label " + std::to_string(label) + " is reached from behind only");
    frames_[label] = frame_;
  }
  if (frames_[label] != frame_ && frames_[label] != any_frame) {
    if (places_[label] != 0) fail("label " + std::to_string(label) + " is reached with different frames");
    frames_[label] = any_frame;  // code that only raises is shared by several sizes of frame
  }
  fixups_.push_back({static_cast<std::uint32_t>(image_.code.size()), label});
  put(0);
}

void Translator::target(const Arg& arg) {
  if (arg.tag != Tag::label) fail("a label was expected");
  if (arg.value == 0)
    put(0);
  else
    target_label(static_cast<std::uint64_t>(arg.value));
}

// A number of bits, of any size: as a constant.
void Translator::bit_size(const Arg& arg) {
  bool fits = arg.tag == Tag::number || arg.tag == Tag::integer || arg.tag == Tag::long_integer;
  if (!fits || (arg.tag != Tag::long_integer && arg.value < 0)) return void(fail("a size was expected"));
  put(constant(term_of(arg)));
}

std::uint32_t Translator::link(const Arg& arg) {
  if (arg.tag != Tag::number || static_cast<std::uint64_t>(arg.value) >= image_.imports.size()) {
    fail("an import does not exist");
    return 0;
  }
  return static_cast<std::uint32_t>(arg.value);
}

std::uint32_t Translator::float_register(const Arg& arg) {
  if (arg.tag != Tag::float_register || arg.value < 0 || arg.value > max_floats) {
    fail("a float register was expected");
    return 0;
  }
  image_.float_registers = std::max(image_.float_registers, static_cast<std::uint32_t>(arg.value) + 1);
  return static_cast<std::uint32_t>(arg.value);
}

std::size_t Translator::list_size(const Arg& arg) {
  if (arg.tag != Tag::list) fail("a list was expected");
  return reader_.list.size();
}

const Arg* Translator::element(std::size_t at) {
  static constexpr Arg none{};
  if (at < reader_.list.size()) return &reader_.list[at];
  fail("a list is too short");
  return &none;
}

void Translator::sources(std::size_t first, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) source(*element(first + i));
}

// --- frames

void Translator::enter_frame(std::uint64_t words) {
  if (frame_ != no_frame) fail("a frame inside of a frame");
  if (words > max_y) fail("a frame is too large");
  frame_ = static_cast<int>(words);
  op(Operation::allocate), put(words);
}

void Translator::leave_frame(std::uint64_t words) {
  if (frame_ < 0 || static_cast<std::uint64_t>(frame_) != words) fail("a frame is left with another size");
  frame_ = no_frame;
}

void Translator::trim(std::uint64_t words) {
  if (frame_ < 0 || words > static_cast<std::uint64_t>(frame_))
    return void(fail("a frame is trimmed too far"));
  op(Operation::trim), put(words);
  frame_ -= static_cast<int>(words);
}

bool Translator::last_was(Operation operation) const {
  return last_ != 0 && image_.code[last_] == static_cast<std::uint32_t>(operation);
}

void Translator::label(const Arg& arg) {
  auto index = static_cast<std::uint64_t>(arg.value);
  if (arg.tag != Tag::number || index == 0 || index >= places_.size() || places_[index] != 0)
    return void(fail("a label is defined twice or out of range"));
  places_[index] = static_cast<std::uint32_t>(image_.code.size());
  last_ = 0, last_label_ = index;
  if (expect_entry_) {
    expect_entry_ = false;
    image_.functions.back().entry = places_[index];
    frame_ = no_frame;
    if (frames_[index] != unknown_frame && frames_[index] != no_frame)
      fail("a function is entered with a frame");
    frames_[index] = no_frame;
    return;
  }
  if (frame_ == unknown_frame) frame_ = frames_[index];
  if (frames_[index] == unknown_frame) frames_[index] = frame_;
  if (frames_[index] != frame_) frame_ = frames_[index] = any_frame;
}

void Translator::func_info() {
  Term name = term_of(args_[1]);
  if (!name.is_atom()) return void(fail("the name of a function is no atom"));
  if (args_[2].value < 0 || args_[2].value > 255) return void(fail("an arity is out of range"));
  if (last_ != 0) fail("a function runs into the next one");
  auto begin = static_cast<std::uint32_t>(image_.code.size());
  if (places_[last_label_] == begin) frames_[last_label_] = any_frame;
  image_.functions.push_back({begin, 0, name.as_atom(), static_cast<std::uint32_t>(args_[2].value)});
  if (pending_line_ != 0) image_.lines.push_back({begin, pending_line_});
  op(Operation::function_clause), put(image_.functions.size() - 1);
  end_of_path();
  expect_entry_ = true;
}

// --- instructions

// Translates plain instructions: each argument becomes the field at the same place in the layout.
void Translator::call_like(Operation operation, std::initializer_list<std::size_t> fields) {
  op(operation);
  const char* layout = operation_row(operation).layout;
  for (std::size_t field : fields) {
    switch (*layout++) {
      case 's': source(args_[field]); break;
      case 'd': destination(args_[field]); break;
      case 'l': target(args_[field]); break;
      default: number(args_[field]); break;
    }
  }
}

void Translator::compare(Operation operation) {
  bool exact = operation == Operation::is_eq_exact || operation == Operation::is_ne_exact;
  auto immediate = [&](const Arg& arg) { return is_constant(arg) && term_of(arg).is_immediate(); };
  if (exact && (immediate(args_[1]) || immediate(args_[2])))
    operation = operation == Operation::is_eq_exact ? Operation::is_same_word : Operation::is_other_word;
  call_like(operation, {0, 1, 2});
}

void Translator::select(bool by_arity) {
  std::size_t size = list_size(args_[2]);
  if (size % 2 != 0) fail("a choice without a label");
  std::vector<std::pair<Term, std::uint64_t>> choices;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    if (element(i + 1)->tag != Tag::label) fail("a label was expected");
    choices.emplace_back(term_of(*element(i)), static_cast<std::uint64_t>(element(i + 1)->value));
  }
  if (!by_arity) {
    select_values(args_[0], choices);
  } else {
    op(Operation::select_arity);
    source(args_[0]), target(args_[1]), put(choices.size());
    for (auto& [arity, label] : choices) {
      if (!arity.is_small()) fail("an arity was expected");
      put(static_cast<std::uint64_t>(arity.as_small())), target_label(label);
    }
  }
  end_of_path();
}

void Translator::select_values(const Arg& from, std::vector<std::pair<Term, std::uint64_t>>& choices) {
  bool words =
      std::all_of(choices.begin(), choices.end(), [](auto& row) { return row.first.is_immediate(); });
  bool smalls = std::all_of(choices.begin(), choices.end(), [](auto& row) { return row.first.is_small(); });
  if (words)
    std::sort(choices.begin(), choices.end(),
              [](auto& a, auto& b) { return a.first.word() < b.first.word(); });
  if (smalls && choices.size() > 3) {
    std::sort(choices.begin(), choices.end(),
              [](auto& a, auto& b) { return a.first.as_small() < b.first.as_small(); });
    auto low = choices.front().first.as_small();
    auto span = static_cast<std::uint64_t>(choices.back().first.as_small() - low);
    if (span < 4 * choices.size()) {
      op(Operation::select_dense);
      source(from), target(args_[1]), put(span + 1), put(constant(Term::small(low)) >> 3);
      std::size_t next = 0;
      for (std::uint64_t i = 0; i <= span; ++i) {
        bool hit = choices[next].first.as_small() == low + static_cast<std::int64_t>(i);
        if (hit)
          target_label(choices[next].second);
        else
          target(args_[1]);
        while (hit && next < choices.size() &&
               choices[next].first.as_small() == low + static_cast<std::int64_t>(i))
          ++next;
      }
      return;
    }
    std::sort(choices.begin(), choices.end(),
              [](auto& a, auto& b) { return a.first.word() < b.first.word(); });
  }
  op(words ? Operation::select_word : Operation::select_term);
  source(from), target(args_[1]), put(choices.size()), put(image_.constants.size());
  for (auto& choice : choices) image_.constants.push_back(choice.first);
  for (auto& choice : choices) target_label(choice.second);
}

namespace {

struct Inlined {
  std::string_view name;
  Operation operation;
};
constexpr Inlined inlined_2[] = {
    {"+", Operation::add},     {"-", Operation::subtract},  {"*", Operation::multiply},
    {"/", Operation::divide},  {"div", Operation::int_div}, {"rem", Operation::int_rem},
    {"band", Operation::band}, {"bor", Operation::bor},     {"bxor", Operation::bxor},
    {"bsl", Operation::bsl},   {"bsr", Operation::bsr},     {"element", Operation::element},
};
constexpr Inlined inlined_1[] = {
    {"-", Operation::negate},
    {"bnot", Operation::bnot},
    {"hd", Operation::hd},
    {"tl", Operation::tl},
    {"tuple_size", Operation::tuple_size},
    {"byte_size", Operation::byte_size},
    {"bit_size", Operation::bit_size},
};

template <std::size_t size>
const Inlined* find_inlined(const Inlined (&rows)[size], const FunctionName& name) {
  if (name.module != atoms::erlang) return nullptr;
  for (auto& row : rows)
    if (row.name == name.function.text()) return &row;
  return nullptr;
}

}  // namespace

// bifN and gc_bifN: fail, (live,) import, arguments, destination.
void Translator::bif(std::size_t arguments, std::size_t link_at) {
  std::uint32_t index = link(args_[link_at]);
  if (!problem_.empty()) return;
  auto& name = image_.imports[index];
  if (name.arity != arguments) return void(fail("a built-in function has another arity"));
  const Inlined* inlined = arguments == 1   ? find_inlined(inlined_1, name)
                           : arguments == 2 ? find_inlined(inlined_2, name)
                                            : nullptr;
  if (inlined) {
    op(inlined->operation), target(args_[0]);
  } else {
    constexpr Operation general[] = {Operation::bif0, Operation::bif1, Operation::bif2, Operation::bif3};
    op(general[arguments]), target(args_[0]), put(index);
  }
  for (std::size_t i = 0; i < arguments; ++i) source(args_[link_at + 1 + i]);
  destination(args_[link_at + 1 + arguments]);
}

std::uint32_t Translator::segment_flags(const Arg& arg) {
  Term list = term_of(arg);
  std::uint32_t flags = 0;
  for (; list.is_cons(); list = list.tail()) {
    if (!list.head().is_atom()) continue;
    auto text = list.head().as_atom().text();
    if (text == "little" || (text == "native" && is_little_endian)) flags |= Segment::little;
    if (text == "signed") flags |= Segment::is_signed;
  }
  return flags;
}

namespace {

// The flags of field_flags: 2 little, 4 signed, 16 native.
std::uint32_t packed_flags(std::uint64_t generic) {
  constexpr std::uint64_t little = is_little_endian ? 2 | 16 : 2;
  return ((generic & little) ? Segment::little : 0) | ((generic & 4) ? Segment::is_signed : 0);
}

std::optional<Segment::Kind> segment_kind(std::string_view text) {
  constexpr std::pair<std::string_view, Segment::Kind> kinds[] = {{"integer", Segment::integer},
                                                                  {"float", Segment::floating},
                                                                  {"binary", Segment::binary},
                                                                  {"append", Segment::append},
                                                                  {"private_append", Segment::private_append},
                                                                  {"string", Segment::string},
                                                                  {"utf8", Segment::utf8},
                                                                  {"utf16", Segment::utf16},
                                                                  {"utf32", Segment::utf32}};
  for (auto& [name, kind] : kinds)
    if (name == text) return kind;
  return std::nullopt;
}

}  // namespace

// bs_create_bin: fail, words, live, unit of the whole, destination, segments of {kind,
// number, unit, flags, source, size}.
void Translator::segments() {
  constexpr std::size_t fields = 6;
  std::size_t size = list_size(args_[5]);
  if (size % fields != 0) return void(fail("a segment is incomplete"));
  op(Operation::bs_create_bin);
  target(args_[0]), destination(args_[4]), put(size / fields);
  for (std::size_t at = 0; at < size; at += fields) {
    Term name = term_of(*element(at));
    std::optional<Segment::Kind> kind;
    if (name.is_atom()) kind = segment_kind(name.as_atom().text());
    auto unit = static_cast<std::uint64_t>(element(at + 2)->value);
    if (!kind || unit > 256) return void(fail("a segment of an unknown kind"));
    auto number = static_cast<std::uint64_t>(element(at + 1)->value);
    put(Segment::pack(*kind, static_cast<std::uint32_t>(unit), segment_flags(*element(at + 3)),
                      static_cast<std::uint32_t>(std::min<std::uint64_t>(number, Segment::most_numbers))));
    if (*kind == Segment::string) {
      auto offset = static_cast<std::uint64_t>(element(at + 4)->value);
      auto bytes = static_cast<std::uint64_t>(element(at + 5)->value);
      if (offset > image_.strings.size() || bytes > image_.strings.size() - offset)
        fail("a string is out of range");
      put(offset), put(bytes);
    } else {
      source(*element(at + 4)), source(*element(at + 5));
    }
  }
}

// OTP 26: fail, context, commands. Each command is an atom with its arguments behind it.
void Translator::bs_match() {
  std::size_t size = list_size(args_[2]);
  auto fail_and_context = [&](Operation operation) { op(operation), target(args_[0]), source(args_[1]); };
  auto value = [&](std::size_t at) { return static_cast<std::uint64_t>(element(at)->value); };
  auto unit_and_flags = [&](std::size_t flags, std::size_t unit) {
    if (value(unit) > Segment::most_units) fail("a unit is out of range");
    put(Segment::pack(Segment::integer, static_cast<std::uint32_t>(value(unit)),
                      segment_flags(*element(flags))));
  };
  for (std::size_t at = 0; at < size && problem_.empty();) {
    Term name = term_of(*element(at));
    auto text = name.is_atom() ? name.as_atom().text() : std::string_view{};
    if (text == "ensure_at_least") {
      fail_and_context(Operation::bs_ensure), bit_size(*element(at + 1)), put(value(at + 2));
      at += 3;
    } else if (text == "ensure_exactly") {
      fail_and_context(Operation::bs_ensure), bit_size(*element(at + 1)), put(0);
      at += 2;
    } else if (text == "integer" || text == "binary") {
      fail_and_context(text == "integer" ? Operation::bs_get_integer : Operation::bs_get_binary);
      source({Tag::integer, static_cast<std::int64_t>(value(at + 3)), 0});
      unit_and_flags(at + 2, at + 4);
      destination(*element(at + 5));
      at += 6;
    } else if (text == "skip") {
      fail_and_context(Operation::bs_skip_bits),
          source({Tag::integer, static_cast<std::int64_t>(value(at + 1)), 0});
      put(Segment::pack(Segment::integer, 1, 0));
      at += 2;
    } else if (text == "get_tail") {
      op(Operation::bs_get_tail), source(args_[1]), destination(*element(at + 3));
      at += 4;
    } else if (text == "=:=") {
      fail_and_context(Operation::bs_equal), put(value(at + 2)),
          source({Tag::integer, element(at + 3)->value, 0});
      at += 4;
    } else {
      fail("an unknown command of bs_match");
    }
  }
}

void Translator::make_fun(std::uint64_t index, const Arg* to, std::size_t first, std::size_t count) {
  if (index >= image_.lambdas.size()) return void(fail("a fun does not exist"));
  op(Operation::make_fun);
  if (to)
    destination(*to);
  else
    destination({Tag::x, 0, 0});
  put(index);
  if (to) {
    if (count != image_.lambdas[index].free_count) fail("a fun with another number of free variables");
    put(count);
    return sources(first, count);
  }
  put(image_.lambdas[index].free_count);
  for (std::uint32_t i = 0; i < image_.lambdas[index].free_count; ++i) source({Tag::x, i, 0});
}

void Translator::calls(Generic instruction) {
  using O = Operation;
  auto last_words = [&](std::size_t at) { leave_frame(static_cast<std::uint64_t>(args_[at].value)); };
  switch (instruction) {
    case Generic::call: {
      if (frame_ < 0) fail("a call without a frame");
      int frame = std::exchange(frame_, no_frame);  // what the function sees at its label
      call_like(O::call, {0, 1});
      frame_ = frame;
      return;
    }
    case Generic::call_last:
      last_words(2);
      call_like(O::call_last, {0, 1, 2});
      return end_of_path();
    case Generic::call_only:
      if (frame_ != no_frame) fail("a tail call with a frame");
      if (last_was(O::move) && image_.code[last_ + 2] == Operand::of(Operand::x, 0)) {
        image_.code[last_] = static_cast<std::uint32_t>(O::move_call_only);
        image_.code.pop_back();
        number(args_[0]), target(args_[1]);
      } else {
        call_like(O::call_only, {0, 1});
      }
      return end_of_path();
    case Generic::apply_last:
      last_words(1);
      call_like(O::apply_last, {0, 1});
      return end_of_path();
    case Generic::apply: return call_like(O::apply, {0});
    default: return call_like(O::call_fun, {0});
  }
}

// Calls of functions that only raise are compiled with or without a frame; no code follows them.
bool Translator::never_returns(const Arg& import) {
  auto index = link(import);
  if (!problem_.empty()) return false;
  auto& name = image_.imports[index];
  constexpr std::pair<std::string_view, std::uint32_t> raising[] = {
      {"error", 1}, {"error", 2},     {"error", 3},    {"exit", 1},
      {"throw", 1}, {"nif_error", 1}, {"nif_error", 2}};
  bool raises =
      name.module == atoms::erlang && std::any_of(std::begin(raising), std::end(raising), [&](auto& row) {
        return row.first == name.function.text() && row.second == name.arity;
      });
  if (!raises) return false;
  op(Operation::call_ext), put(index);
  op(Operation::unreachable);
  end_of_path();
  return true;
}

// Files have no tail call of a fun; it is compiled as a call, a deallocate and a return.
bool Translator::returns_from_fun() {
  if (!last_was(Operation::deallocate) || before_deallocate_ == 0) return false;
  auto& call = image_.code[before_deallocate_];
  bool spelled = call == static_cast<std::uint32_t>(Operation::call_fun2);
  if (!spelled && call != static_cast<std::uint32_t>(Operation::call_fun)) return false;
  call = static_cast<std::uint32_t>(spelled ? Operation::call_fun2_last : Operation::call_fun_last);
  image_.code.erase(image_.code.begin() + last_);  // the number of words moves behind the call's fields
  return true;
}

bool Translator::translate(Generic instruction) {
  using O = Operation;
  auto value = [&](std::size_t at) { return static_cast<std::uint64_t>(args_[at].value); };
  auto plain = [&](O operation, std::initializer_list<std::size_t> fields) { call_like(operation, fields); };
  auto ends = [&](O operation, std::initializer_list<std::size_t> fields) {
    call_like(operation, fields), end_of_path();
  };
  auto size_unit_flags = [&](std::size_t size, std::size_t unit, std::size_t flags) {
    source(args_[size]);
    if (value(unit) > 256) fail("a unit is out of range");
    put(Segment::pack(Segment::integer, static_cast<std::uint32_t>(value(unit)), packed_flags(value(flags))));
  };
  auto put_segment = [&](Segment::Kind kind, std::uint64_t unit, std::uint64_t flags) {
    if (unit > 256) fail("a unit is out of range");
    put(Segment::pack(kind, static_cast<std::uint32_t>(unit), packed_flags(flags)));
  };
  Term undefined = Term::atom(atoms::undefined);
  constexpr std::uint64_t max_arity = 255;
  // Behind a call that never returns the compiler may leave unreachable code.
  bool anywhere = instruction == Generic::label || instruction == Generic::func_info ||
                  instruction == Generic::line || instruction == Generic::int_code_end;
  if (frame_ == unknown_frame && !anywhere) return true;
  if ((puts_expected_ > 0) != (instruction == Generic::put))
    return fail("the elements of a tuple are missing");
  if (puts_expected_ > 0) --puts_expected_;

  switch (instruction) {
    case Generic::label: label(args_[0]); break;
    case Generic::func_info: func_info(); break;
    case Generic::int_code_end: at_end_ = true; break;
    case Generic::line:
      pending_line_ = value(0) < image_.line_items.size() ? static_cast<std::uint32_t>(value(0)) : 0;
      if (frame_ != unknown_frame)
        image_.lines.push_back({static_cast<std::uint32_t>(image_.code.size()), pending_line_});
      break;
    case Generic::executable_line:
    case Generic::debug_line:
    case Generic::nif_start:
    case Generic::test_heap:
    case Generic::fclearerror:
    case Generic::fcheckerror: break;
    case Generic::on_load:
      image_.on_load_entry = image_.functions.empty() ? 0 : image_.functions.back().entry;
      break;

    // Calls.
    case Generic::call:
    case Generic::call_last:
    case Generic::call_only:
    case Generic::apply:
    case Generic::apply_last:
    case Generic::call_fun:
      if (value(0) > max_arity) fail("an arity is out of range");
      calls(instruction);
      break;
    case Generic::call_fun2:
      if (value(1) > max_arity) fail("an arity is out of range");
      op(O::call_fun2), number(args_[1]), source(args_[2]);
      break;
    case Generic::call_ext:
      if (never_returns(args_[1])) break;
      if (frame_ < 0) fail("a call without a frame");
      op(O::call_ext), put(link(args_[1]));
      break;
    case Generic::call_ext_last:
      if (never_returns(args_[1])) break;
      leave_frame(value(2));
      op(O::call_ext_last), put(link(args_[1])), put(value(2));
      end_of_path();
      break;
    case Generic::call_ext_only:
      if (never_returns(args_[1])) break;
      if (frame_ != no_frame) fail("a tail call with a frame");
      op(O::call_ext_only), put(link(args_[1]));
      end_of_path();
      break;
    case Generic::return_:
      if (frame_ != no_frame) fail("a return with a frame");
      if (returns_from_fun()) {
      } else if (last_was(O::deallocate)) {
        image_.code[last_] = static_cast<std::uint32_t>(O::deallocate_return);
      } else if (last_was(O::move) && image_.code[last_ + 2] == Operand::of(Operand::x, 0)) {
        image_.code[last_] = static_cast<std::uint32_t>(O::move_return);
        image_.code.pop_back();
      } else {
        op(O::return_);
      }
      end_of_path();
      break;

    // Frames.
    case Generic::allocate:
    case Generic::allocate_heap:
    case Generic::allocate_zero:
    case Generic::allocate_heap_zero: enter_frame(value(0)); break;
    case Generic::deallocate:
      leave_frame(value(0));
      before_deallocate_ = last_;
      op(O::deallocate), put(value(0));
      break;
    case Generic::trim: trim(value(0)); break;
    case Generic::init: plain(O::init_y, {0}); break;
    case Generic::init_yregs:
      for (std::size_t i = 0, size = list_size(args_[0]); i < size; ++i)
        op(O::init_y), destination(*element(i));
      break;
    case Generic::jump: ends(O::jump, {0}); break;

    // Data.
    case Generic::move: plain(O::move, {0, 1}); break;
    case Generic::swap: plain(O::swap, {0, 1}); break;
    case Generic::get_list: plain(O::get_list, {0, 1, 2}); break;
    case Generic::get_hd: plain(O::get_hd, {0, 1}); break;
    case Generic::get_tl: plain(O::get_tl, {0, 1}); break;
    case Generic::get_tuple_element: plain(O::get_tuple_element, {0, 1, 2}); break;
    case Generic::set_tuple_element: plain(O::set_tuple_element, {0, 1, 2}); break;
    case Generic::put_list: plain(O::put_list, {0, 1, 2}); break;
    case Generic::put_tuple:
      op(O::put_tuple), destination(args_[1]), put(value(0));
      puts_expected_ = value(0);
      break;
    case Generic::put:  // an element of the preceding put_tuple
      source(args_[0]);
      break;
    case Generic::put_tuple2: {
      std::size_t size = list_size(args_[1]);
      op(O::put_tuple), destination(args_[0]), put(size), sources(0, size);
      break;
    }
    case Generic::update_record: {
      std::size_t size = list_size(args_[4]);
      op(O::update_record), number(args_[1]), source(args_[2]), destination(args_[3]), put(size / 2);
      for (std::size_t i = 0; i + 1 < size; i += 2) {
        auto index = static_cast<std::uint64_t>(element(i)->value);
        if (index == 0 || index > value(1)) fail("a field of a record is out of range");
        put(index - 1), source(*element(i + 1));
      }
      break;
    }
    case Generic::make_fun2: make_fun(value(0), nullptr, 0, 0); break;
    case Generic::make_fun3: make_fun(value(0), &args_[1], 0, list_size(args_[2])); break;

    // Tests.
    case Generic::is_lt: compare(O::is_lt); break;
    case Generic::is_ge: compare(O::is_ge); break;
    case Generic::is_eq: compare(O::is_eq); break;
    case Generic::is_ne: compare(O::is_ne); break;
    case Generic::is_eq_exact: compare(O::is_eq_exact); break;
    case Generic::is_ne_exact: compare(O::is_ne_exact); break;
    case Generic::is_integer: plain(O::is_integer, {0, 1}); break;
    case Generic::is_float: plain(O::is_float, {0, 1}); break;
    case Generic::is_number: plain(O::is_number, {0, 1}); break;
    case Generic::is_atom: plain(O::is_atom, {0, 1}); break;
    case Generic::is_pid: plain(O::is_pid, {0, 1}); break;
    case Generic::is_reference: plain(O::is_reference, {0, 1}); break;
    case Generic::is_port: plain(O::is_port, {0, 1}); break;
    case Generic::is_nil: plain(O::is_nil, {0, 1}); break;
    case Generic::is_binary: plain(O::is_binary, {0, 1}); break;
    case Generic::is_bitstr: plain(O::is_bitstring, {0, 1}); break;
    case Generic::is_list: plain(O::is_list, {0, 1}); break;
    case Generic::is_nonempty_list: plain(O::is_nonempty_list, {0, 1}); break;
    case Generic::is_tuple: plain(O::is_tuple, {0, 1}); break;
    case Generic::test_arity: plain(O::test_arity, {0, 1, 2}); break;
    case Generic::is_tagged_tuple: plain(O::is_tagged_tuple, {0, 1, 2, 3}); break;
    case Generic::is_map: plain(O::is_map, {0, 1}); break;
    case Generic::is_boolean: plain(O::is_boolean, {0, 1}); break;
    case Generic::is_function: plain(O::is_function, {0, 1}); break;
    case Generic::is_function2: plain(O::is_function2, {0, 1, 2}); break;
    case Generic::is_any_native_record: plain(O::is_any_native_record, {0, 1}); break;
    case Generic::is_native_record: plain(O::is_native_record, {0, 1, 2, 3}); break;
    case Generic::select_val: select(false); break;
    case Generic::select_tuple_arity: select(true); break;

    // Exceptions.
    case Generic::catch_: plain(O::catch_, {0, 1}); break;
    case Generic::try_: plain(O::catch_, {0, 1}); break;
    case Generic::catch_end: plain(O::catch_end, {0}); break;
    case Generic::try_end: plain(O::try_end, {0}); break;
    case Generic::try_case: plain(O::try_case, {0}); break;
    case Generic::try_case_end: ends(O::try_case_end, {0}); break;
    case Generic::badmatch: ends(O::badmatch, {0}); break;
    case Generic::case_end: ends(O::case_end, {0}); break;
    case Generic::if_end: ends(O::if_end, {}); break;
    case Generic::badrecord: ends(O::badrecord, {0}); break;
    case Generic::raise: ends(O::raise, {0, 1}); break;
    // raw_raise continues with badarg if the class is not one.
    case Generic::raw_raise: plain(O::raw_raise, {}); break;
    case Generic::build_stacktrace: plain(O::build_stacktrace, {}); break;

    // Built-in functions.
    case Generic::bif0: {
      auto index = link(args_[0]);
      if (!problem_.empty()) break;
      if (image_.imports[index].arity != 0) fail("a built-in function has another arity");
      if (image_.imports[index].module == atoms::erlang && image_.imports[index].function.text() == "self")
        op(O::self);
      else
        op(O::bif0), put(0), put(index);
      destination(args_[1]);
      break;
    }
    case Generic::bif1: bif(1, 1); break;
    case Generic::bif2: bif(2, 1); break;
    case Generic::bif3: bif(3, 1); break;
    case Generic::gc_bif1: bif(1, 2); break;
    case Generic::gc_bif2: bif(2, 2); break;
    case Generic::gc_bif3: bif(3, 2); break;

    // Floats.
    case Generic::fmove:
      if (args_[0].tag == Tag::float_register)
        op(O::fstore), put(float_register(args_[0])), destination(args_[1]);
      else
        op(O::fload), source(args_[0]), put(float_register(args_[1]));
      break;
    case Generic::fconv: op(O::fconv), source(args_[0]), put(float_register(args_[1])); break;
    case Generic::fadd:
    case Generic::fsub:
    case Generic::fmul:
    case Generic::fdiv:
      op(instruction == Generic::fadd   ? O::fadd
         : instruction == Generic::fsub ? O::fsub
         : instruction == Generic::fmul ? O::fmul
                                        : O::fdiv);
      target(args_[0]);
      for (std::size_t i = 1; i < 4; ++i) put(float_register(args_[i]));
      break;
    case Generic::fnegate:
      op(O::fnegate), target(args_[0]), put(float_register(args_[1])), put(float_register(args_[2]));
      break;

    // Maps.
    case Generic::put_map_assoc:
    case Generic::put_map_exact: {
      std::size_t size = list_size(args_[4]);
      if (size % 2 != 0) fail("a key without a value");
      op(instruction == Generic::put_map_assoc ? O::put_map_assoc : O::put_map_exact);
      target(args_[0]), source(args_[1]), destination(args_[2]), put(size / 2), sources(0, size);
      break;
    }
    case Generic::has_map_fields: {
      std::size_t size = list_size(args_[2]);
      op(O::has_map_fields), target(args_[0]), source(args_[1]), put(size), sources(0, size);
      break;
    }
    case Generic::get_map_elements: {
      std::size_t size = list_size(args_[2]);
      if (size % 2 != 0) fail("a key without a destination");
      op(O::get_map_elements), target(args_[0]), source(args_[1]), put(size / 2);
      for (std::size_t i = 0; i + 1 < size; i += 2) source(*element(i)), destination(*element(i + 1));
      break;
    }

    // Messages.
    case Generic::send: plain(O::send, {}); break;
    case Generic::loop_rec: plain(O::loop_rec, {0, 1}); break;
    case Generic::remove_message: plain(O::remove_message, {}); break;
    case Generic::loop_rec_end: ends(O::loop_rec_end, {0}); break;
    case Generic::wait: ends(O::wait, {0}); break;
    case Generic::wait_timeout: plain(O::wait_timeout, {0, 1}); break;
    case Generic::timeout: plain(O::timeout, {}); break;
    case Generic::recv_mark:
    case Generic::recv_set: break;
    case Generic::recv_marker_bind: plain(O::recv_marker_bind, {0, 1}); break;
    case Generic::recv_marker_clear: plain(O::recv_marker_clear, {0}); break;
    case Generic::recv_marker_reserve: plain(O::recv_marker_reserve, {0}); break;
    case Generic::recv_marker_use: plain(O::recv_marker_use, {0}); break;

    // Building binaries.
    case Generic::bs_create_bin: segments(); break;
    case Generic::bs_init2:
    case Generic::bs_init_bits:
      op(O::bs_init), target(args_[0]);
      if (args_[1].tag == Tag::number) args_[1].tag = Tag::integer;
      source(args_[1]), put(instruction == Generic::bs_init2 ? 8 : 1), destination(args_[5]);
      break;
    case Generic::bs_append:
      op(O::bs_append), target(args_[0]), source(args_[1]), put(value(4)), source(args_[5]),
          destination(args_[7]);
      break;
    case Generic::bs_private_append:
      op(O::bs_append), target(args_[0]), source(args_[1]), put(value(2)), source(args_[3]),
          destination(args_[5]);
      break;
    case Generic::bs_put_integer:
    case Generic::bs_put_float:
    case Generic::bs_put_binary:
      op(O::bs_put), target(args_[0]);
      put_segment(instruction == Generic::bs_put_integer ? Segment::integer
                  : instruction == Generic::bs_put_float ? Segment::floating
                                                         : Segment::binary,
                  value(2), value(3));
      source(args_[4]), source(args_[1]);
      break;
    case Generic::bs_put_utf8:
    case Generic::bs_put_utf16:
    case Generic::bs_put_utf32:
      op(O::bs_put), target(args_[0]);
      put_segment(instruction == Generic::bs_put_utf8    ? Segment::utf8
                  : instruction == Generic::bs_put_utf16 ? Segment::utf16
                                                         : Segment::utf32,
                  1, value(1));
      source(args_[2]), put(constant(undefined));
      break;
    case Generic::bs_put_string: {
      auto bytes = value(0), offset = value(1);
      if (offset > image_.strings.size() || bytes > image_.strings.size() - offset)
        fail("a string is out of range");
      op(O::bs_put_string), put(bytes), put(offset);
      break;
    }
    case Generic::bs_add:
      op(O::bs_add), target(args_[0]), source(args_[1]), source(args_[2]), put(value(3)),
          destination(args_[4]);
      break;
    case Generic::bs_utf8_size: op(O::bs_utf8_size), source(args_[1]), destination(args_[2]); break;
    case Generic::bs_utf16_size: op(O::bs_utf16_size), source(args_[1]), destination(args_[2]); break;
    case Generic::bs_init_writable: plain(O::bs_init_writable, {}); break;

    // Matching binaries.
    case Generic::bs_start_match2:
      if (value(3) > 4) fail("too many saved positions");
      op(O::bs_start_match), target(args_[0]), source(args_[1]), destination(args_[4]);
      break;
    case Generic::bs_start_match3: plain(O::bs_start_match, {0, 1, 3}); break;
    case Generic::bs_start_match4:
      op(O::bs_start_match);
      if (args_[0].tag == Tag::label)
        target(args_[0]);
      else
        put(0);
      source(args_[2]), destination(args_[3]);
      break;
    case Generic::bs_get_integer2:
    case Generic::bs_get_float2:
    case Generic::bs_get_binary2:
      op(instruction == Generic::bs_get_integer2 ? O::bs_get_integer
         : instruction == Generic::bs_get_float2 ? O::bs_get_float
                                                 : O::bs_get_binary);
      target(args_[0]), source(args_[1]), size_unit_flags(3, 4, 5), destination(args_[6]);
      break;
    case Generic::bs_skip_bits2:
      op(O::bs_skip_bits), target(args_[0]), source(args_[1]), size_unit_flags(2, 3, 4);
      break;
    case Generic::bs_test_tail2:
      op(O::bs_test_tail), target(args_[0]), source(args_[1]), bit_size(args_[2]);
      break;
    case Generic::bs_test_unit:
      if (value(2) == 0) fail("a unit is out of range");
      plain(O::bs_test_unit, {0, 1, 2});
      break;
    case Generic::bs_match_string: {
      auto bytes = (value(2) + 7) / 8, offset = value(3);
      if (offset > image_.strings.size() || bytes > image_.strings.size() - offset)
        fail("a string is out of range");
      plain(O::bs_match_string, {0, 1, 2, 3});
      break;
    }
    case Generic::bs_get_utf8: plain(O::bs_get_utf8, {0, 1, 4}); break;
    case Generic::bs_skip_utf8: plain(O::bs_skip_utf8, {0, 1}); break;
    case Generic::bs_get_utf16:
    case Generic::bs_get_utf32:
      op(instruction == Generic::bs_get_utf16 ? O::bs_get_utf16 : O::bs_get_utf32);
      target(args_[0]), source(args_[1]), put(packed_flags(value(3))), destination(args_[4]);
      break;
    case Generic::bs_skip_utf16:
    case Generic::bs_skip_utf32:
      op(instruction == Generic::bs_skip_utf16 ? O::bs_skip_utf16 : O::bs_skip_utf32);
      target(args_[0]), source(args_[1]), put(packed_flags(value(3)));
      break;
    case Generic::bs_get_tail: plain(O::bs_get_tail, {0, 1}); break;
    case Generic::bs_get_position: plain(O::bs_get_position, {0, 1}); break;
    case Generic::bs_set_position: plain(O::bs_set_position, {0, 1}); break;
    // Slot `start` becomes number 0; the others follow.
    case Generic::bs_save2:
    case Generic::bs_restore2: {
      std::uint64_t slot = args_[1].tag == Tag::atom ? 0 : value(1) + 1;
      if (slot > 4) fail("too many saved positions");
      op(instruction == Generic::bs_save2 ? O::bs_save : O::bs_restore), source(args_[0]), put(slot);
      break;
    }
    case Generic::bs_context_to_binary: op(O::bs_context_to_binary), destination(args_[0]); break;
    case Generic::bs_match: bs_match(); break;
    default: return fail("an instruction that compilers since OTP 21 do not emit");
  }
  return problem_.empty();
}

Outcome Translator::run(Bytes code) {
  places_.assign(std::size_t{tables_.labels} + 1, 0);
  frames_.assign(places_.size(), unknown_frame);
  image_.code.clear();
  // So that no function or label is at 0.
  image_.code.push_back(static_cast<std::uint32_t>(Operation::unreachable));
  reader_ = ArgReader{code};
  while (!at_end_) {
    unsigned number = reader_.number();
    auto* row = generic_row(number);
    std::string where = std::to_string(number) + (row ? std::string{" "} + row->name : "");
    if (!reader_.ok() || !row || !row->translated) return Error{Errc::bad_module, "instruction " + where};
    args_.clear();
    reader_.list.clear();
    for (int i = 0; i < row->arity; ++i) args_.push_back(reader_.next());
    if (!reader_.ok()) return Error{Errc::bad_module, "operands of " + where};
    if (!translate(static_cast<Generic>(number))) return Error{Errc::bad_module, problem_ + ": " + where};
  }
  if (expect_entry_ || frame_ != unknown_frame) return Error{Errc::bad_module, "a function does not end"};
  for (auto& [unit, label] : fixups_) {
    if (places_[label] == 0) return Error{Errc::bad_module, "label " + std::to_string(label) + " is nowhere"};
    image_.code[unit] = places_[label] - unit;
  }
  return done;
}

}  // namespace noderuntime
