// The instructions whose rows do not say all: functions and labels, calls, frames, data, choices, built-in
// functions. Those for binaries are in translator_binaries.cpp.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/beam/translator.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

using Tag = Arg::Tag;

// --- functions and labels

void Translator::label() {
  auto index = value(0);
  if (args_[0].tag != Tag::number || index == 0 || index >= places_.size() || places_[index] != 0)
    return fail("a label is defined twice or out of range");
  places_[index] = static_cast<std::uint32_t>(image_.code.size());
  last_ = 0;
  last_label_ = index;
  if (expect_entry_) labels_at_entry_.clear();
  bool at_entry = !image_.functions.empty() && image_.functions.back().entry == places_[index];
  if (expect_entry_ || at_entry) labels_at_entry_.push_back(index);
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
  if (!name.is_atom()) return fail("the name of a function is no atom");
  if (value(2) > max_arity) return fail("an arity is out of range");
  if (last_ != 0) fail("a function runs into the next one");
  auto begin = static_cast<std::uint32_t>(image_.code.size());
  if (places_[last_label_] == begin) frames_[last_label_] = any_frame;
  image_.functions.push_back({begin, 0, name.as_atom(), static_cast<std::uint32_t>(value(2))});
  if (pending_line_ != 0) image_.lines.push_back({begin, pending_line_});
  op(Operation::function_clause);
  put(image_.functions.size() - 1);
  end_of_path();
  expect_entry_ = true;
}

void Translator::int_code_end() { at_end_ = true; }

void Translator::line() {
  pending_line_ = value(0) < image_.line_items.size() ? static_cast<std::uint32_t>(value(0)) : 0;
  if (frame_ != unknown_frame)
    image_.lines.push_back({static_cast<std::uint32_t>(image_.code.size()), pending_line_});
}

void Translator::on_load() {
  image_.on_load_entry = image_.functions.empty() ? 0 : image_.functions.back().entry;
}

// --- calls

void Translator::call() {
  if (frame_ < 0) fail("a call without a frame");
  by_row();
}

void Translator::call_only() {
  if (frame_ != no_frame) fail("a tail call with a frame");
  if (!moved_to_x0()) return by_row();
  image_.code[last_] = static_cast<std::uint32_t>(Operation::move_call_only);
  image_.code.pop_back();
  for (unsigned i = 0; i < row_->field_count; ++i) field(row_->fields[i]);
  end_of_path();
}

void Translator::call_import() {
  auto index = link(args_[1]);
  if (!problem_.empty() || call_without_return(index)) return;
  if (row_->operation == Operation::call_ext && frame_ < 0) fail("a call without a frame");
  if (row_->operation == Operation::call_ext_only && frame_ != no_frame) fail("a tail call with a frame");
  by_row();
}

// Calls of functions that only raise are compiled with or without a frame; no code follows them.
bool Translator::call_without_return(std::uint32_t index) {
  auto& name = image_.imports[index];
  constexpr std::pair<std::string_view, std::uint32_t> raising[] = {
      {"error", 1}, {"error", 2},     {"error", 3},    {"exit", 1},
      {"throw", 1}, {"nif_error", 1}, {"nif_error", 2}};
  bool raises =
      name.module == atoms::erlang && std::any_of(std::begin(raising), std::end(raising), [&](auto& row) {
        return row.first == name.function.text() && row.second == name.arity;
      });
  if (!raises) return false;
  op(Operation::call_ext);
  put(index);
  op(Operation::unreachable);
  end_of_path();
  return true;
}

void Translator::return_() {
  if (frame_ != no_frame) fail("a return with a frame");
  if (!returns_from_fun()) {
    if (last_was(Operation::deallocate)) {
      image_.code[last_] = static_cast<std::uint32_t>(Operation::deallocate_return);
    } else if (moved_to_x0()) {
      image_.code[last_] = static_cast<std::uint32_t>(Operation::move_return);
      image_.code.pop_back();
    } else {
      op(Operation::return_);
    }
  }
  end_of_path();
}

// Whether the last instruction is a move to x0: it goes into the instruction that leaves the function.
bool Translator::moved_to_x0() const {
  return last_was(Operation::move) && image_.code[last_ + 2] == Operand::of(Operand::x, 0);
}

// Files have no tail call of a fun; it is compiled as a call, a deallocate and a return.
bool Translator::returns_from_fun() {
  if (!last_was(Operation::deallocate) || before_last_ == 0) return false;
  auto& call = image_.code[before_last_];
  bool spelled = call == static_cast<std::uint32_t>(Operation::call_fun2);
  if (!spelled && call != static_cast<std::uint32_t>(Operation::call_fun)) return false;
  call = static_cast<std::uint32_t>(spelled ? Operation::call_fun2_last : Operation::call_fun_last);
  image_.code.erase(image_.code.begin() + last_);  // the number of words moves behind the call's fields
  return true;
}

// --- frames

void Translator::allocate() {
  if (frame_ != no_frame) fail("a frame inside of a frame");
  if (value(0) > max_y) fail("a frame is too large");
  frame_ = static_cast<int>(value(0));
  by_row();
}

void Translator::trim() {
  auto words = value(0);
  if (frame_ < 0 || words > static_cast<std::uint64_t>(frame_)) return fail("a frame is trimmed too far");
  by_row();
  frame_ -= static_cast<int>(words);
}

// allocate has done the same.
void Translator::init_yregs() {
  if (last_was(Operation::allocate)) return;
  for (std::size_t i = 0, size = list_size(args_[0]); i < size; ++i) {
    op(Operation::init_y);
    destination(*element(i));
  }
}

// --- data

// The elements follow as instructions `put`.
void Translator::put_tuple() {
  by_row();
  puts_expected_ = value(0);
}

void Translator::put_element() { source(args_[0]); }

// A field is counted from 1 on, behind the record's name.
void Translator::update_record() {
  std::size_t size = list_size(args_[4]);
  op(Operation::update_record);
  number(args_[1]);
  source(args_[2]);
  destination(args_[3]);
  put(size / 2);
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    auto index = static_cast<std::uint64_t>(element(i)->value);
    if (index == 0 || index > value(1)) fail("a field of a record is out of range");
    put(index - 1);
    source(*element(i + 1));
  }
}

// The free variables are in x0 and further; so is the fun.
void Translator::make_fun2() {
  if (value(0) >= image_.lambdas.size()) return fail("a fun does not exist");
  op(Operation::make_fun);
  destination({Tag::x, 0, 0});
  put(value(0));
  std::uint32_t count = image_.lambdas[value(0)].free_count;
  put(count);
  for (std::uint32_t i = 0; i < count; ++i) source({Tag::x, i, 0});
}

void Translator::make_fun3() {
  if (value(0) >= image_.lambdas.size()) return fail("a fun does not exist");
  if (list_size(args_[2]) != image_.lambdas[value(0)].free_count)
    fail("a fun with another number of free variables");
  by_row();
}

void Translator::fmove() {
  if (args_[0].tag == Tag::float_register) {
    op(Operation::fstore);
    put(float_register(args_[0]));
    destination(args_[1]);
  } else {
    op(Operation::fload);
    source(args_[0]);
    put(float_register(args_[1]));
  }
}

// --- tests and choices

static_assert(operation_row(Operation::is_same_word).fields == operation_row(Operation::is_eq_exact).fields);
static_assert(operation_row(Operation::is_other_word).fields == operation_row(Operation::is_ne_exact).fields);

// Terms that fit a word are compared as words.
void Translator::compare_exactly() {
  auto immediate = [&](const Arg& arg) { return is_constant(arg) && is_immediate(term_of(arg)); };
  if (!immediate(args_[1]) && !immediate(args_[2])) return by_row();
  by_row(row_->operation == Operation::is_eq_exact ? Operation::is_same_word : Operation::is_other_word);
}

Translator::Choices Translator::choices(const Arg& list) {
  std::size_t size = list_size(list);
  if (size % 2 != 0) fail("a choice without a label");
  Choices choices;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    if (element(i + 1)->tag != Tag::label) fail("a label was expected");
    choices.emplace_back(term_of(*element(i)), static_cast<std::uint64_t>(element(i + 1)->value));
  }
  return choices;
}

void Translator::select_arity() {
  auto arities = choices(args_[2]);
  op(Operation::select_arity);
  source(args_[0]);
  target(args_[1]);
  put(arities.size());
  for (auto& [arity, label] : arities) {
    if (!arity.is_small()) fail("an arity was expected");
    put(static_cast<std::uint64_t>(arity.as_small()));
    target_label(label);
  }
  end_of_path();
}

// Small integers that lie close together get a table of labels. Other values that fit a word get a hash table; if that
// takes too much room, they are sorted, to be found in log(n) steps. A few, and all others, are compared one after the
// other.
void Translator::select_value() {
  auto rows = choices(args_[2]);
  bool words = std::all_of(rows.begin(), rows.end(), [](auto& row) { return is_immediate(row.first); });
  bool smalls = std::all_of(rows.begin(), rows.end(), [](auto& row) { return row.first.is_small(); });
  auto by_word = [](auto& a, auto& b) { return word_of(a.first) < word_of(b.first); };
  if (words) std::sort(rows.begin(), rows.end(), by_word);
  if (smalls && rows.size() > 3) {
    std::sort(rows.begin(), rows.end(),
              [](auto& a, auto& b) { return a.first.as_small() < b.first.as_small(); });
    auto span = static_cast<std::uint64_t>(rows.back().first.as_small() - rows.front().first.as_small());
    if (span < 4 * rows.size()) return select_dense(rows, span);
    std::sort(rows.begin(), rows.end(), by_word);
  }
  if (words && rows.size() > 3 && select_hashed(rows)) return;
  op(!words ? Operation::select_term : rows.size() > 3 ? Operation::select_word : Operation::select_few);
  source(args_[0]);
  target(args_[1]);
  put(rows.size());
  put(image_.constants.size());
  for (auto& row : rows) image_.constants.push_back(row.first);
  for (auto& row : rows) target_label(row.second);
  end_of_path();
}

// False: two of the values have the same place in all tables that were tried.
bool Translator::select_hashed(const Choices& choices) {
  constexpr int factors = 16;  // tried for each size
  constexpr std::size_t none = SIZE_MAX;
  std::size_t most = 4 * std::bit_ceil(choices.size());
  std::vector<std::size_t> choice_at;
  std::uint32_t factor = 1;
  auto fits = [&](std::size_t size) {
    choice_at.assign(size, none);
    factor = factor * 0x9E3779B1 | 1;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      auto& at = choice_at[SelectTable{static_cast<std::uint32_t>(size), factor}.place_of(choices[i].first)];
      if (at == none) at = i;
      if (choices[at].first != choices[i].first) return false;  // of equal values the first counts
    }
    return true;
  };
  std::size_t size = std::bit_ceil(choices.size());
  for (int tried = 1; !fits(size); ++tried) {
    if (tried % factors == 0) size *= 2;
    if (size > most) return false;
  }
  op(Operation::select_hashed);
  source(args_[0]);
  target(args_[1]);
  put(size);
  put(image_.constants.size());
  put(factor);
  auto used = [&](std::size_t place) { return choice_at[place] != none; };
  std::size_t other = 0;  // a used place
  while (!used(other)) ++other;
  for (std::size_t place = 0; place < size; ++place)
    image_.constants.push_back(choices[choice_at[used(place) ? place : other]].first);
  for (std::size_t place = 0; place < size; ++place) {
    if (used(place))
      target_label(choices[choice_at[place]].second);
    else
      target(args_[1]);
  }
  end_of_path();
  return true;
}

// The choices are sorted; `span` is the last value less the first.
void Translator::select_dense(const Choices& choices, std::uint64_t span) {
  auto low = choices.front().first.as_small();
  op(Operation::select_dense);
  source(args_[0]);
  target(args_[1]);
  put(span + 1);
  put(constant(Term::small(low)) >> 3);
  std::size_t next = 0;
  for (std::uint64_t i = 0; i <= span; ++i) {
    auto here = [&] { return choices[next].first.as_small() == low + static_cast<std::int64_t>(i); };
    if (!here()) {
      target(args_[1]);
      continue;
    }
    target_label(choices[next].second);
    while (next < choices.size() && here()) ++next;  // of equal values the first counts
  }
  end_of_path();
}

// --- built-in functions

namespace {

struct Inlined {
  std::string_view name;
  std::uint32_t arity;
  Operation operation;
};
constexpr Inlined inlined[] = {
    {"self", 0, Operation::self},
    {"+", 2, Operation::add},
    {"-", 2, Operation::subtract},
    {"*", 2, Operation::multiply},
    {"/", 2, Operation::divide},
    {"div", 2, Operation::int_div},
    {"rem", 2, Operation::int_rem},
    {"band", 2, Operation::band},
    {"bor", 2, Operation::bor},
    {"bxor", 2, Operation::bxor},
    {"bsl", 2, Operation::bsl},
    {"bsr", 2, Operation::bsr},
    {"element", 2, Operation::element},
    {"-", 1, Operation::negate},
    {"bnot", 1, Operation::bnot},
    {"hd", 1, Operation::hd},
    {"tl", 1, Operation::tl},
    {"tuple_size", 1, Operation::tuple_size},
    {"byte_size", 1, Operation::byte_size},
    {"bit_size", 1, Operation::bit_size},
};

// Their fields: label, arguments, result.
static_assert(std::all_of(std::begin(inlined), std::end(inlined), [](auto& row) {
  auto fields = operation_row(row.operation).fields;
  return fields.size() == row.arity + (fields.front() == 'e' ? 2 : 1) && fields.back() == 'd';
}));

const Inlined* find_inlined(const FunctionName& name) {
  if (name.module != atoms::erlang) return nullptr;
  auto text = name.function.text();
  for (auto& row : inlined)
    if (row.arity == name.arity && row.name == text) return &row;
  return nullptr;
}

}  // namespace

// The operations for frequent functions have the fields of the general ones, but no import; self/0, which
// cannot fail, has no label either.
void Translator::built_in() {
  // The fields of the row: label, import, arguments, result.
  constexpr std::uint32_t import_at = 1, around_arguments = 3;
  auto index = link(args_[row_->fields[import_at].operand]);
  if (!problem_.empty()) return;
  auto& name = image_.imports[index];
  if (name.arity != row_->field_count - around_arguments)
    return fail("a built-in function has another arity");
  auto* found = find_inlined(name);
  if (!found) return by_row();
  op(found->operation);
  if (operation_row(found->operation).fields.front() == 'e') field(row_->fields[0]);
  for (std::size_t i = import_at + 1; i < row_->field_count; ++i) field(row_->fields[i]);
}

}  // namespace noderuntime
