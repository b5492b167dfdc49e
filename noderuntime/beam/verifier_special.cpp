// The checks that rows of operations.h name, of instructions that do more than a row can say.
#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "noderuntime/beam/verifier_paths.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

// --- functions, calls and frames

void Verifier::function_clause() {
  reads_x(image_.functions[field(1)].arity, content::argument);
  raises();
}

void Verifier::move_call_only() {
  reads(field(1), content::argument);
  writes(Operand::of(Operand::x, 0), content_of(field(1)));
  passes(3, field(2));
}

// The result of setelement/3 is not known to others. A call that never returns needs no frame.
void Verifier::call_ext() {
  static const Atom setelement = Atom::of("setelement");
  auto& name = image_.imports[field(1)];
  reads_x(name.arity);
  if (static_cast<Operation>(code_[at_ + row_->size]) != Operation::unreachable) framed();
  calls();
  bool makes_tuple = name.module == atoms::erlang && name.function == setelement && name.arity == 3;
  returns(makes_tuple ? content::term : Content{content::term | content::known});
}

void Verifier::allocate() {
  state_.frame = static_cast<int>(field(1));
  state_.y.assign(field(1), Content{content::term | content::known});
}

void Verifier::trim() {
  auto words = field(1);
  if (words > state_.y.size()) return fail("a frame is trimmed too far");
  state_.frame -= static_cast<int>(words);
  state_.y.erase(state_.y.begin(), state_.y.begin() + words);
  std::erase_if(state_.handlers, [&](auto& handler) { return handler.slot < words; });
  for (auto& handler : state_.handlers) handler.slot -= words;
}

// --- data

void Verifier::move() {
  reads(field(1), content::argument);
  writes(field(2), content_of(field(1)));
}

void Verifier::swap() {
  reads(field(1), content::argument);
  reads(field(2), content::argument);
  auto first = content_of(field(1)), second = content_of(field(2));
  writes(field(1), second);
  writes(field(2), first);
}

void Verifier::set_tuple_element() {
  reads(field(1));
  reads(field(2));
  require((content_of(field(2)) & content::known) == 0, "a tuple is changed that others may know");
  require((content_of(field(1)) & content::known) != 0, "a tuple is put into itself");
}

// Each value is written before the next key is read.
void Verifier::get_map_elements() {
  reads(field(2));
  for (std::size_t i = 0; i < field(3); ++i) {
    reads(field(4 + 2 * i));
    jumps(1);
    writes_term(field(5 + 2 * i));
  }
}

// --- exceptions

void Verifier::catch_() {
  if ((field(1) & Operand::file_mask) != Operand::y || field(2) == 0)
    return fail("a catch outside of a frame");
  writes(field(1), content::catch_tag | content::known);
  state_.add_handler({field(1) >> 3, target(2)});
  handlers_told_ = false;
}

void Verifier::ends_catch() {
  auto* held = (field(1) & Operand::file_mask) == Operand::y ? slot(field(1)) : nullptr;
  if (!held || (*held & content::catch_tag) == 0) return fail("no catch is active");
  writes(field(1), content::term | content::known);
}

void Verifier::catch_end() {
  ends_catch();
  reads_exception();
  returns();
}

void Verifier::try_end() { ends_catch(); }

void Verifier::try_case() {
  ends_catch();
  reads_exception();
  state_.forget_x();
  std::fill_n(state_.x.begin(), 3, Content{content::term | content::known});
}

// --- built-in functions

// Where the compiler knows that a guard cannot fail, it reads the result behind the failure label too: the
// interpreter puts a term there.
void Verifier::built_in() {
  auto otherwise = never_fails(image_.imports[field(2)]) ? Otherwise::goes_on : Otherwise::raises;
  auto* result = slot(field(row_->fields.size()));
  if (field(1) == 0 || !result || (*result & content::nothing) == 0) return by_row(otherwise);
  reads_sources();
  *result = content::term | content::known;
  results_on_failure_.insert(at_);
  follows_labels(otherwise);
  writes_results();
}

// A built-in function without a label, inside the patterns of a receive.
bool Verifier::never_fails(const FunctionName& name) const {
  constexpr std::string_view names[] = {"=:=", "=/=", "==",   "/=",   "<",  "=<",
                                        ">",   ">=",  "self", "node", "get"};
  auto text = name.function.text();
  bool plain_test = text.starts_with("is_") && name.arity == 1;
  bool listed = std::find(std::begin(names), std::end(names), text) != std::end(names);
  return name.module == atoms::erlang && (plain_test || (listed && !(text == "node" && name.arity == 1)));
}

// --- messages

void Verifier::send() {
  by_row();
  state_.x[0] = state_.x[1];
}

// A waiting process keeps only its y registers.
void Verifier::waits() {
  require(state_.frame != PathState::any_frame && !state_.looking, "waiting while a message is looked at");
  state_.forget_x();
}

void Verifier::loop_rec() {
  waits();
  jumps(1);
  state_.looking = true;
  touched_ = content::in_message;
  writes_term(field(2));
}

void Verifier::remove_message() {
  require(state_.looking, "no message is looked at");
  state_.looking = false;
  for (auto* registers : {&state_.x, &state_.y})
    for (auto& held : *registers) held &= static_cast<Content>(~content::in_message);
  handlers_told_ = false;
}

void Verifier::loop_rec_end() {
  require(state_.looking, "no message is looked at");
  for (auto held : state_.y) require((held & content::in_message) == 0, "a part of a message is kept");
  state_.forget_x();
  state_.looking = false;
  jumps_back(1);
}

void Verifier::wait() {
  waits();
  jumps_back(1);
}

void Verifier::wait_timeout() {
  reads(field(2));
  auto held = content_of(field(2));
  waits();
  raises();
  PathState behind = state_;
  // A wait that jumps to itself keeps only its timeout.
  if (target(1) == at_ && (field(2) & Operand::file_mask) == Operand::x) *slot(field(2)) = held;
  jumps_back(1);
  state_ = std::move(behind);
}

void Verifier::timeout() { require(!state_.looking, "time does not end while a message is looked at"); }

// --- binaries

// The second and third unit of a string are no operands. The operand of private_append gets the result too.
void Verifier::bs_create_bin() {
  for (std::size_t i = 0; i < field(3); ++i) {
    if (Segment::kind(field(4 + 3 * i)) == Segment::string) continue;
    reads(field(5 + 3 * i));
    reads(field(6 + 3 * i));
  }
  jumps(1, Otherwise::raises);
  bool appends = field(3) > 0 && Segment::kind(field(4)) == Segment::private_append;
  if (appends && !Operand::is_constant(field(5))) writes_term(field(5));
  writes_term(field(2));
}

// Code of OTP 27 and later asks it also of a match context, of which it is true.
void Verifier::is_bitstring() {
  reads(field(2), content::argument);
  jumps_without_context(1, field(2));
}

// What the operand holds is no match context on the path to the label.
void Verifier::jumps_without_context(std::size_t number, std::uint32_t operand) {
  auto* held = slot(operand);
  auto before = held ? *held : content::nothing;
  if (held) *held = static_cast<Content>((before & content::remarks) | content::term);
  PathState there = state_;
  if (held) *held = before;
  jumps(number, there);
}

void Verifier::bs_start_match() {
  reads(field(2), content::argument);
  if (field(1) != 0) jumps_without_context(1, field(2));
  writes(field(3), static_cast<Content>(content::context | content::known | touched_));
}

void Verifier::bs_context_to_binary() {
  reads(field(1), content::argument);
  writes_term(field(1));
}

}  // namespace noderuntime
