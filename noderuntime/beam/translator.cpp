// The pass over the code: instructions are read, translated by their rows, and labels resolved. The functions
// that rows name are in translator_special.cpp and translator_binaries.cpp.
#include "noderuntime/beam/translator.h"

#include <algorithm>
#include <utility>

#include "common/wire/endian.h"
#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

using Tag = Arg::Tag;

constexpr Translator::Function Translator::functions[] = {
    nullptr,
#define NODERUNTIME_TRANSLATED_BY(number, name, arity, how, ...) &Translator::how,
    NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_TRANSLATED_BY)
#undef NODERUNTIME_TRANSLATED_BY
};

// --- the pass

Outcome Translator::run(Bytes code) {
  places_.assign(std::size_t{tables_.labels} + 1, 0);
  frames_.assign(places_.size(), unknown_frame);
  image_.code.clear();
  // So that no function or label is at 0.
  image_.code.push_back(static_cast<std::uint32_t>(Operation::unreachable));
  reader_ = ArgReader{code};
  for (Rounds rounds{20}; !at_end_; rounds.next())
    if (auto outcome = read_instruction(); !outcome) return outcome;
  if (expect_entry_ || frame_ != unknown_frame) return Error{Errc::bad_module, "a function does not end"};
  return resolve_labels();
}

Outcome Translator::read_instruction() {
  unsigned number = reader_.number();
  row_ = generic_row(number);
  auto error = [&](std::string_view what) {
    return Error{Errc::bad_module,
                 std::string{what} + std::to_string(number) + (row_ ? std::string{" "} + row_->name : "")};
  };
  if (!reader_.ok() || !row_ || !row_->translated) return error("instruction ");
  args_.clear();
  reader_.list.clear();
  for (int i = 0; i < row_->arity; ++i) args_.push_back(reader_.next());
  if (!reader_.ok()) return error("operands of ");
  translate(static_cast<Generic>(number));
  if (!problem_.empty()) return error(problem_ + ": ");
  return done;
}

void Translator::translate(Generic instruction) {
  // Behind a call that never returns the compiler may leave unreachable code.
  bool anywhere = instruction == Generic::label || instruction == Generic::func_info ||
                  instruction == Generic::line || instruction == Generic::int_code_end;
  if (frame_ == unknown_frame && !anywhere) return;
  if ((puts_expected_ > 0) != (instruction == Generic::put))
    return fail("the elements of a tuple are missing");
  if (puts_expected_ > 0) --puts_expected_;
  (this->*functions[static_cast<std::size_t>(instruction)])();
}

Outcome Translator::resolve_labels() {
  for (auto& [unit, label, is_function] : fixups_) {
    if (places_[label] == 0) return Error{Errc::bad_module, "label " + std::to_string(label) + " is nowhere"};
    image_.code[unit] = (is_function ? entry(label) : places_[label]) - unit;
  }
  return done;
}

// --- rows

// read_instruction() refuses these.
void Translator::unused() { fail("an instruction that compilers since OTP 21 do not emit"); }

void Translator::by_row(Operation operation) {
  auto& layout = operation_row(operation);
  // The frame is gone where the label of a tail call leads.
  if (auto words = layout.words_field) leave_frame(value(row_->fields[words - 1].operand));
  op(operation);
  for (unsigned i = 0; i < row_->field_count; ++i) field(row_->fields[i]);
  if (layout.ends) end_of_path();
}

void Translator::field(const FieldRule& rule) {
  auto arg = [&]() -> Arg& { return args_[rule.operand]; };
  switch (rule.kind) {
    case FieldRule::source: return source(arg());
    case FieldRule::register_of_code: return destination(arg());
    case FieldRule::label: return target(arg());
    case FieldRule::function_label: {
      int frame = std::exchange(frame_, no_frame);  // what the function sees at its label
      if (arg().tag != Tag::label || arg().value == 0)
        target(arg());
      else
        target_label(static_cast<std::uint64_t>(arg().value), true);
      frame_ = frame;
      return;
    }
    case FieldRule::arguments:
      if (value(rule.operand) > max_arity) fail("an arity is out of range");
      return number(arg());
    case FieldRule::number: return number(arg());
    case FieldRule::import: return put(link(arg()));
    case FieldRule::float_register: return put(float_register(arg()));
    case FieldRule::repeated: return repeated(arg());
    case FieldRule::value: return put(value(rule.operand));
    case FieldRule::integer:
      if (arg().tag == Tag::number) arg().tag = Tag::integer;
      return source(arg());
    case FieldRule::bits: return bit_size(arg());
    case FieldRule::flags: return put(packed_flags(value(rule.operand)));
    case FieldRule::optional_label: return arg().tag == Tag::label ? target(arg()) : put(0);
    case FieldRule::segment:
      return put_segment(static_cast<Segment::Kind>(rule.number_or_segment),
                         rule.unit == FieldRule::no_operand ? 1 : value(rule.unit), value(rule.operand));
    case FieldRule::constant_number: return put(rule.number_or_segment);
    case FieldRule::undefined: return put(constant(Term::atom(atoms::undefined)));
    case FieldRule::wrong: return;  // such a row does not compile
  }
}

// The count, then the elements of the list, as the letters of the repeated part say.
void Translator::repeated(const Arg& list) {
  auto letters = operation_row(row_->operation).repeated;
  std::size_t size = list_size(list);
  if (size % letters.size() != 0) fail("a key without a value");
  put(size / letters.size());
  for (std::size_t at = 0; at < size; ++at) {
    if (is_source(letters[at % letters.size()]))
      source(*element(at));
    else
      destination(*element(at));
  }
}

// --- operands

void Translator::op(Operation operation) {
  enter_before_loop(operation);
  if (image_.code.size() > max_units) fail("too much code");
  before_last_ = last_;
  last_ = static_cast<std::uint32_t>(image_.code.size());
  image_.code.push_back(static_cast<std::uint32_t>(operation));
}

// A function that begins with a receive loops to its first instruction. Calls enter it at a jump to that instruction, so
// that only calls pass a breakpoint at the entry.
void Translator::enter_before_loop(Operation first) {
  bool loops = first == Operation::loop_rec || first == Operation::wait || first == Operation::wait_timeout;
  auto at = static_cast<std::uint32_t>(image_.code.size());
  if (!loops || image_.functions.empty() || image_.functions.back().entry != at) return;
  image_.code.push_back(static_cast<std::uint32_t>(Operation::jump));
  image_.code.push_back(1);
  for (auto label : labels_at_entry_) {
    entries_[label] = at;
    places_[label] = at + 2;
  }
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
      constants_.try_emplace(word_of(term), static_cast<std::uint32_t>(image_.constants.size()));
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

void Translator::target_label(std::uint64_t label, bool is_function) {
  if (label == 0 || label >= places_.size()) return fail("a label does not exist");
  if (frames_[label] == unknown_frame) {
    if (places_[label] != 0) fail("label " + std::to_string(label) + " is reached from behind only");
    frames_[label] = frame_;
  }
  if (frames_[label] != frame_ && frames_[label] != any_frame) {
    if (places_[label] != 0) fail("label " + std::to_string(label) + " is reached with different frames");
    frames_[label] = any_frame;  // code that only raises is shared by several sizes of frame
  }
  fixups_.push_back({static_cast<std::uint32_t>(image_.code.size()), label, is_function});
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
  if (!fits || (arg.tag != Tag::long_integer && arg.value < 0)) return fail("a size was expected");
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

// Flags are numbered as in OTP's field_flags: 2 little, 4 signed, 16 native.
std::uint32_t Translator::packed_flags(std::uint64_t generic_flags) {
  constexpr std::uint64_t little = is_little_endian ? 2 | 16 : 2;
  return ((generic_flags & little) ? Segment::little : 0) | ((generic_flags & 4) ? Segment::is_signed : 0);
}

void Translator::put_segment(Segment::Kind kind, std::uint64_t unit, std::uint64_t generic_flags) {
  if (unit > max_unit) fail("a unit is out of range");
  put(Segment::pack(kind, static_cast<std::uint32_t>(unit), packed_flags(generic_flags)));
}

const Arg* Translator::element(std::size_t at) {
  static constexpr Arg none{};
  if (at < reader_.list.size()) return &reader_.list[at];
  fail("a list is too short");
  return &none;
}

// --- frames

void Translator::leave_frame(std::uint64_t words) {
  if (frame_ < 0 || static_cast<std::uint64_t>(frame_) != words) fail("a frame is left with another size");
  frame_ = no_frame;
}

bool Translator::last_was(Operation operation) const {
  return last_ != 0 && image_.code[last_] == static_cast<std::uint32_t>(operation);
}

}  // namespace noderuntime
