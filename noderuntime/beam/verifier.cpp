// The analysis, and the rows of operations.h: what an instruction reads, where it goes, what it writes. What
// rows do not say is in verifier_special.cpp.
#include "noderuntime/beam/verifier.h"

#include <algorithm>
#include <string_view>

#include "noderuntime/beam/verifier_paths.h"

namespace noderuntime {

Outcome verify(Image& image) {
  Verifier verifier{image};
  if (auto outcome = verifier.run(); !outcome) return outcome;
  image.results_on_failure = verifier.results_on_failure();
  image.raises_in_receive = verifier.raises_in_receive();
  return done;
}

constexpr Verifier::Check Verifier::checks[] = {
#define NODERUNTIME_CHECKED_BY(name, fields, repeated, x, effects, check) &Verifier::check,
    NODERUNTIME_OPERATIONS(NODERUNTIME_CHECKED_BY)
#undef NODERUNTIME_CHECKED_BY
};

// --- the analysis

Outcome Verifier::run() {
  // More steps than compiled code needs; bounds memory and time for all other code.
  steps_left_ = 64 * code_.size() + 1'000'000;
  constexpr std::uint32_t of_exceptions = 4;
  x_count_ = std::max(image_.x_registers, of_exceptions);
  find_entries();
  looks_with_calls_ = image_.module.text() == "prim_eval";
  for (auto& row : image_.exports) enter(row.entry, row.arity), rounds_.next();
  for (auto& row : image_.lambdas) enter(row.entry, row.arity + row.free_count);
  while (!open_.empty() && problem_.empty()) {
    auto place = open_.back();
    open_.pop_back();
    auto& entry = states_[static_cast<std::size_t>(known_at_[place])];
    entry.open = false;
    state_ = entry.state;
    follow(place);
  }
  if (problem_.empty()) return done;
  auto* function = image_.function_at(at_);
  return Error{Errc::bad_module, problem_ + " in " + (function ? std::string{function->name.text()} : "") +
                                     ": " + operation_row(static_cast<Operation>(code_[at_])).name + " at " +
                                     std::to_string(at_)};
}

void Verifier::find_entries() {
  for (auto& function : image_.functions) {
    if (function.entry != 0) entries_.push_back({function.entry, function.arity});
    x_count_ = std::max<std::size_t>(x_count_, function.arity);
  }
}

const std::uint32_t* Verifier::arity_of_entry(std::uint32_t place) const {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), place,
                             [](auto& row, std::uint32_t wanted) { return row.first < wanted; });
  return at != entries_.end() && at->first == place ? &at->second : nullptr;
}

void Verifier::enter(std::uint32_t entry, std::uint32_t arity) {
  PathState state;
  state.x.assign(x_count_, content::nothing);
  std::fill_n(state.x.begin(), arity, Content{content::term | content::known});
  flow(entry, state);
}

// A path with this state reaches the place.
void Verifier::flow(std::uint32_t place, const PathState& state) {
  auto& index = known_at_[place];
  if (index < 0) {
    constexpr std::size_t most_registers = std::size_t{1} << 28;
    registers_ += state.x.size() + state.y.size();
    if (registers_ > most_registers) return fail("too many registers at too many labels");
    index = static_cast<std::int32_t>(states_.size());
    states_.push_back({state, true});
    open_.push_back(place);
    return;
  }
  auto& known_here = states_[static_cast<std::size_t>(index)];
  if (!known_here.state.merge(state) || known_here.open) return;
  known_here.open = true;
  open_.push_back(place);
}

// Follows a path until it ends or reaches a place that has a state.
void Verifier::follow(std::uint32_t place) {
  handlers_told_ = false;
  for (bool first = true; problem_.empty(); first = false) {
    if (!first && (known_at_[place] >= 0 || arity_of_entry(place))) return flow(place, state_);
    if (steps_left_-- == 0) return fail("too many paths");
    rounds_.next();
    at_ = place;
    auto operation = static_cast<Operation>(code_[at_]);
    row_ = &operation_row(operation);
    touched_ = 0;
    tell_handlers();
    instruction(operation);
    if (row_->ends) return;
    place = at_ + instruction_size(&code_[at_], *row_);
    if (place >= code_.size()) return fail("the code ends");
  }
}

void Verifier::instruction(Operation operation) {
  if (!row_->only_copies) everything_known();
  if (!row_->keeps_building) state_.building = false;
  if (row_->puts) require(state_.building, "no binary is built");
  if (row_->frame) framed();
  if (row_->no_frame) frameless();
  (this->*checks[static_cast<std::size_t>(operation)])();
}

// Merges the state in which this instruction raises into that of the handlers.
void Verifier::tell_handlers() {
  if (handlers_told_ || state_.looking || state_.handlers.empty()) return;
  handlers_told_ = true;
  PathState there = state_;
  there.forget_x();
  there.building = false;
  there.x[0] = content::exception | content::known;
  for (std::size_t i = 1; i < 4; ++i) there.x[i] = content::term | content::known;
  // The first tag in the frame counts; a slot may hold one on some paths only.
  std::uint32_t last = UINT32_MAX;
  for (auto& handler : state_.handlers) {
    if (handler.slot > last) break;
    if (content::holds_only(state_.y[handler.slot], content::catch_tag)) last = handler.slot;
    auto index = known_at_[handler.place];
    if (index >= 0 && states_[static_cast<std::size_t>(index)].state.frame != there.frame)
      return fail("a handler with another frame");
    flow(handler.place, there);
  }
}

// --- rows

// An instruction reads before it jumps, and jumps before it writes: what it writes is not there at its label.
void Verifier::by_row(Otherwise without_label_e) {
  if (!row_->x.empty()) reads_x(x_registers_read());
  reads_sources();
  if (row_->raises) raises();
  follows_labels(without_label_e);
  if (row_->words_field != 0) leaves(field(row_->words_field));
  writes_results();
}

std::uint32_t Verifier::x_registers_read() const {
  if (row_->x_field == 0) return row_->x_more;
  auto counted = field(row_->x_field);
  return row_->x_more + (row_->x_of_import ? image_.imports[counted].arity : counted);
}

void Verifier::reads_sources() {
  auto read = [&](char letter, std::size_t number) {
    switch (letter) {
      case 's':
      case 'r': return reads(field(number));
      case 'a': return reads(field(number), content::argument);
      case 'c': return reads(field(number), content::context);
      default: return;
    }
  };
  std::size_t number = 0;
  for (char letter : row_->fields) read(letter, ++number);
  if (row_->count_field == 0) return;
  for (std::uint32_t left = field(row_->count_field); left > 0; --left)
    for (char letter : row_->repeated) read(letter, ++number);
}

void Verifier::follows_labels(Otherwise without_label_e) {
  std::size_t number = 0;
  for (char letter : row_->fields) {
    ++number;
    if (letter == 'l') jumps(number);
    if (letter == 'e') jumps(number, without_label_e);
    if (letter == 'F') passes(number, field(number - 1));
  }
  if (row_->count_field == 0 || row_->repeated.find('l') == row_->repeated.npos) return;
  for (std::uint32_t left = field(row_->count_field); left > 0; --left)
    for (char letter : row_->repeated) {
      ++number;
      if (letter == 'l') jumps(number);
    }
}

void Verifier::writes_results() {
  std::size_t number = 0;
  for (char letter : row_->fields) {
    ++number;
    if (letter == 'd') writes_term(field(number));
  }
  if (row_->result) writes_term(Operand::of(Operand::x, 0));
  if (row_->result_alone) returns();
  if (row_->begins_binary) state_.building = true;
}

// --- registers

// Null: the register lies outside of the frame.
Content* Verifier::slot(std::uint32_t operand) {
  std::size_t index = operand >> 3;
  if ((operand & Operand::file_mask) == Operand::x && index < state_.x.size()) return &state_.x[index];
  if ((operand & Operand::file_mask) == Operand::y && index < state_.y.size()) return &state_.y[index];
  return nullptr;
}

Content Verifier::content_of(std::uint32_t operand) {
  if ((operand & Operand::file_mask) == Operand::constant) return content::term | content::known;
  auto* found = slot(operand);
  return found ? *found : content::nothing;
}

void Verifier::reads(std::uint32_t operand, Content allowed) {
  auto held = content_of(operand);
  require(content::holds_only(held, allowed), "a register is read that holds no such value");
  touched_ |= held & content::in_message;
}

void Verifier::reads_x(std::size_t count, Content allowed) {
  require(count <= state_.x.size(), "too many registers");
  for (std::size_t i = 0; i < count && i < state_.x.size(); ++i)
    reads(Operand::of(Operand::x, static_cast<std::uint32_t>(i)), allowed);
}

// A value, or an exception's mark followed by its class, reason and trace (see writes()).
void Verifier::reads_exception() { reads(Operand::of(Operand::x, 0), content::term | content::exception); }

void Verifier::writes(std::uint32_t operand, Content held) {
  auto* found = slot(operand);
  if (!found) return fail("a register lies outside of its frame");
  if ((operand & Operand::file_mask) == Operand::y) {
    if (state_.frame == PathState::any_frame) return fail("a register of different frames is written");
    std::erase_if(state_.handlers, [&](auto& handler) { return handler.slot == operand >> 3; });
    handlers_told_ = false;
  }
  bool behind_mark = operand >= Operand::of(Operand::x, 1) && operand <= Operand::of(Operand::x, 3) &&
                     (operand & Operand::file_mask) == Operand::x && (state_.x[0] & content::exception) != 0;
  if (behind_mark) require(content::holds_only(held, content::term), "an exception is changed");
  *found = held;
}

void Verifier::writes_term(std::uint32_t operand) {
  writes(operand, static_cast<Content>(content::term | content::known | (state_.looking ? touched_ : 0)));
}

// A tuple that setelement/3 made may be changed until something else may refer to it.
void Verifier::everything_known() {
  for (auto* registers : {&state_.x, &state_.y})
    for (auto& held : *registers) held |= content::known;
}

// --- paths

void Verifier::jumps(std::size_t number, const PathState& state, Otherwise otherwise) {
  if (field(number) == 0) {
    if (otherwise == Otherwise::damaged) fail("a label is missing");
    if (otherwise == Otherwise::raises) raises();
    return;
  }
  auto place = target(number);
  bool back = static_cast<std::int32_t>(field(number)) < 0;
  if (back && static_cast<Operation>(code_[place]) != Operation::function_clause) return fail("a jump back");
  flow(place, state);
}

void Verifier::jumps(std::size_t number, Otherwise otherwise) {
  PathState there = state_;
  there.building = false;
  jumps(number, there, otherwise);
}

void Verifier::jumps_back(std::size_t number) {
  if (field(number) == 0) return fail("a label is missing");
  flow(target(number), state_);
}

// An exception would keep parts of a message that stays in the mailbox: the process ends instead.
void Verifier::raises() {
  if (state_.looking) raises_in_receive_.insert(at_);
}

void Verifier::framed() {
  require(state_.frame >= 0, "a frame is missing");
  calls();
}

void Verifier::frameless() {
  require(state_.frame == PathState::no_frame, "a frame is left over");
  calls();
}

// Only the receive of evaluators, a module of our own, calls functions with a message that it looks at.
void Verifier::calls() {
  require(!state_.looking || looks_with_calls_, "a call inside of a receive's patterns");
}

void Verifier::leaves(std::uint32_t words) {
  require(state_.frame >= 0 && static_cast<std::uint32_t>(state_.frame) == words, "a frame of another size");
  state_.drop_frame();
}

// The arguments go to a function of this module.
void Verifier::passes(std::size_t label, std::size_t live) {
  auto place = target(label);
  auto* arity = arity_of_entry(place);
  if (!arity || *arity != live) return fail("a call of no function of this arity");
  reads_x(live, content::argument);
  PathState there = state_;
  there.drop_frame();
  there.building = false;
  there.forget_x(live);
  flow(place, there);
}

void Verifier::returns(Content result) {
  state_.forget_x();
  state_.x[0] = static_cast<Content>(result | (state_.looking ? content::in_message : 0));
}

}  // namespace noderuntime
