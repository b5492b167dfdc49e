#include "noderuntime/beam/verifier.h"

#include <algorithm>
#include <string>

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

using O = Operation;

// What a register may hold, as a set, so that paths meet by union.
using Content = std::uint8_t;
constexpr Content term = 1, context = 2, exception = 4, catch_tag = 8, nothing = 16;
constexpr Content in_message = 32;  // a part of a message that is looked at
constexpr Content known = 64;       // others may refer to it: not a tuple that setelement/3 has just made
constexpr Content remarks = in_message | known;

constexpr bool holds_only(Content content, Content allowed) {
  return (content & ~remarks) != 0 && (content & ~remarks & ~allowed) == 0;
}

constexpr int no_frame = -1, any_frame = -2;  // any: paths with different frames; they may only raise

struct Handler {
  std::uint32_t slot, place;
  friend auto operator<=>(const Handler&, const Handler&) = default;
};

struct State {
  int frame = no_frame;
  bool looking = false;   // at a message that is still in the mailbox
  bool building = false;  // a binary, by bs_put
  std::vector<Content> x, y;
  std::vector<Handler> handlers;  // sorted: the catch places named by tags in y registers

  void forget_x(std::size_t keep = 0) {
    if (keep < x.size()) std::fill(x.begin() + static_cast<std::ptrdiff_t>(keep), x.end(), nothing);
  }
};

// Adds the state of a path to the known state of a place. Returns whether that changed.
bool merge(State& to, const State& from) {
  bool changed = false;
  if (to.frame != from.frame && to.frame != any_frame) {
    to.frame = any_frame, changed = true;
    to.handlers.clear();
  }
  if (from.y.size() < to.y.size()) to.y.resize(from.y.size()), changed = true;
  auto add = [&](Content& into, Content content) {
    if ((into | content) != into) into |= content, changed = true;
  };
  for (std::size_t i = 0; i < to.x.size(); ++i) add(to.x[i], from.x[i]);
  for (std::size_t i = 0; i < to.y.size(); ++i) add(to.y[i], from.y[i]);
  if (to.frame != any_frame)
    for (auto& handler : from.handlers) {
      auto at = std::lower_bound(to.handlers.begin(), to.handlers.end(), handler);
      if (at != to.handlers.end() && *at == handler) continue;
      to.handlers.insert(at, handler), changed = true;
    }
  if (from.looking && !to.looking) to.looking = changed = true;
  if (to.building && !from.building) to.building = false, changed = true;
  return changed;
}

class Verifier {
 public:
  explicit Verifier(const Image& image)
      : image_{image}, code_{image.code}, known_at_(image.code.size(), -1) {}

  Outcome run() {
    // More steps than compiled code needs; bounds memory and time for all other code.
    steps_left_ = 64 * code_.size() + 1'000'000;
    constexpr std::uint32_t of_exceptions = 4;
    x_count_ = std::max(image_.x_registers, of_exceptions);
    find_entries();
    looks_with_calls_ = image_.module.text() == "prim_eval";
    for (auto& row : image_.exports) enter(row.entry, row.arity);
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
                                       ": " + operation_row(static_cast<O>(code_[at_])).name + " at " +
                                       std::to_string(at_)};
  }

 private:
  struct Known {
    State state;
    bool open;
  };

  void fail(const char* what) {
    if (problem_.empty()) problem_ = what;
  }
  void require(bool condition, const char* what) {
    if (!condition) fail(what);
  }

  void find_entries() {
    for (auto& function : image_.functions) {
      if (function.entry != 0) entries_.push_back({function.entry, function.arity});
      x_count_ = std::max<std::size_t>(x_count_, function.arity);
    }
  }
  const std::uint32_t* arity_of_entry(std::uint32_t place) const {
    auto at = std::lower_bound(entries_.begin(), entries_.end(), place,
                               [](auto& row, std::uint32_t wanted) { return row.first < wanted; });
    return at != entries_.end() && at->first == place ? &at->second : nullptr;
  }

  void enter(std::uint32_t entry, std::uint32_t arity) {
    State state;
    state.x.assign(x_count_, nothing);
    std::fill_n(state.x.begin(), arity, Content{term | known});
    flow(entry, state);
  }

  void flow(std::uint32_t place, const State& state) {
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
    if (!merge(known_here.state, state) || known_here.open) return;
    known_here.open = true;
    open_.push_back(place);
  }

  // --- fields
  std::uint32_t field(std::size_t number) const { return code_[at_ + number]; }
  std::uint32_t target(std::size_t number) const {
    return at_ + static_cast<std::uint32_t>(number) + field(number);
  }

  Content* slot(std::uint32_t operand) {
    std::size_t index = operand >> 3;
    if ((operand & Operand::file_mask) == Operand::x && index < state_.x.size()) return &state_.x[index];
    if ((operand & Operand::file_mask) == Operand::y && index < state_.y.size()) return &state_.y[index];
    return nullptr;
  }
  Content content(std::uint32_t operand) {
    if ((operand & Operand::file_mask) == Operand::constant) return term | known;
    auto* found = slot(operand);
    return found ? *found : nothing;
  }
  void reads(std::uint32_t operand, Content allowed = term) {
    auto held = content(operand);
    require(holds_only(held, allowed), "a register is read that holds no such value");
    touched_ |= held & in_message;
  }
  void reads_x(std::size_t count, Content allowed = term) {
    require(count <= state_.x.size(), "too many registers");
    for (std::size_t i = 0; i < count && i < state_.x.size(); ++i)
      reads(Operand::of(Operand::x, static_cast<std::uint32_t>(i)), allowed);
  }
  void writes(std::uint32_t operand, Content held) {
    auto* found = slot(operand);
    if (!found) return fail("a register lies outside of its frame");
    if ((operand & Operand::file_mask) == Operand::y) {
      if (state_.frame == any_frame) return fail("a register of different frames is written");
      std::erase_if(state_.handlers, [&](auto& handler) { return handler.slot == operand >> 3; });
      handlers_told_ = false;
    }
    bool behind_mark = operand >= Operand::of(Operand::x, 1) && operand <= Operand::of(Operand::x, 3) &&
                       (operand & Operand::file_mask) == Operand::x && (state_.x[0] & exception) != 0;
    if (behind_mark) require(holds_only(held, term), "an exception is changed");
    *found = held;
  }
  void writes_term(std::uint32_t operand) {
    writes(operand, static_cast<Content>(term | known | (state_.looking ? touched_ : 0)));
  }

  // What the instruction does without a label.
  enum class Otherwise { damaged, raises, goes_on };

  void jumps(std::size_t number, const State& state, Otherwise otherwise = Otherwise::damaged) {
    if (field(number) == 0) {
      if (otherwise == Otherwise::damaged) fail("a label is missing");
      if (otherwise == Otherwise::raises) raises();
      return;
    }
    auto place = target(number);
    bool back = static_cast<std::int32_t>(field(number)) < 0;
    if (back && static_cast<O>(code_[place]) != O::function_clause) return fail("a jump back");
    flow(place, state);
  }
  void jumps(std::size_t number, Otherwise otherwise = Otherwise::damaged) {
    State there = state_;
    there.building = false;
    jumps(number, there, otherwise);
  }
  void jumps_back(std::size_t number) {
    if (field(number) == 0) return fail("a label is missing");
    flow(target(number), state_);
  }
  void raises() { require(!state_.looking, "an exception inside of a receive's patterns"); }
  // A built-in function without a label, inside the patterns of a receive.
  bool never_fails(const FunctionName& name) const {
    constexpr std::string_view names[] = {"=:=", "=/=", "==",   "/=",   "<",  "=<",
                                          ">",   ">=",  "self", "node", "get"};
    auto text = name.function.text();
    bool plain_test = text.starts_with("is_") && name.arity == 1;
    bool listed = std::find(std::begin(names), std::end(names), text) != std::end(names);
    return name.module == atoms::erlang && (plain_test || (listed && !(text == "node" && name.arity == 1)));
  }

  // Merges the state in which this instruction raises into that of the handlers.
  void tell_handlers() {
    if (handlers_told_ || state_.looking || state_.handlers.empty()) return;
    handlers_told_ = true;
    State there = state_;
    there.forget_x();
    there.building = false;
    there.x[0] = exception | known;
    for (std::size_t i = 1; i < 4; ++i) there.x[i] = term | known;
    // The first tag in the frame counts; a slot may hold one on some paths only.
    std::uint32_t last = UINT32_MAX;
    for (auto& handler : state_.handlers) {
      if (handler.slot > last) break;
      if (holds_only(state_.y[handler.slot], catch_tag)) last = handler.slot;
      auto index = known_at_[handler.place];
      if (index >= 0 && states_[static_cast<std::size_t>(index)].state.frame != there.frame)
        return fail("a handler with another frame");
      flow(handler.place, there);
    }
  }

  // --- calls
  void framed() { require(state_.frame >= 0, "a frame is missing"), calls(); }
  void frameless() { require(state_.frame == no_frame, "a frame is left over"), calls(); }
  // Only the receive of evaluators, a module of our own, calls functions with a message that it looks at.
  void calls() { require(!state_.looking || looks_with_calls_, "a call inside of a receive's patterns"); }
  void leaves(std::uint32_t words) {
    require(state_.frame >= 0 && static_cast<std::uint32_t>(state_.frame) == words,
            "a frame of another size");
    state_.frame = no_frame;
    state_.y.clear(), state_.handlers.clear();
  }
  void passes(std::size_t label, std::size_t live) {
    auto place = target(label);
    auto* arity = arity_of_entry(place);
    if (!arity || *arity != live) return fail("a call of no function of this arity");
    reads_x(live, term | context);
    State there = state_;
    there.frame = no_frame;
    there.y.clear(), there.handlers.clear();
    there.building = false;
    there.forget_x(live);
    flow(place, there);
  }
  void returns(Content result = term | known) {
    state_.forget_x();
    state_.x[0] = static_cast<Content>(result | (state_.looking ? in_message : 0));
  }
  bool is_setelement(const FunctionName& name) const {
    static const Atom setelement = Atom::of("setelement");
    return name.module == atoms::erlang && name.function == setelement && name.arity == 3;
  }

  // --- instructions
  // Follows a path until it ends or reaches a place whose state it does not change.
  void follow(std::uint32_t place) {
    handlers_told_ = false;
    for (bool first = true; problem_.empty(); first = false) {
      if (!first && known_at_[place] >= 0) return flow(place, state_);
      if (!first && arity_of_entry(place)) return flow(place, state_);
      if (steps_left_-- == 0) return fail("too many paths");
      at_ = place;
      auto operation = static_cast<O>(code_[at_]);
      auto* layout = operation_row(operation).layout;
      std::uint32_t size = 1;
      for (; *layout && *layout != 'v'; ++layout) ++size;
      size += operation_rest(code_.data(), at_ + size, operation);
      touched_ = 0;
      tell_handlers();
      if (!instruction(operation)) return;
      place = at_ + size;
      if (place >= code_.size()) return fail("the code ends");
    }
  }

  // Sources first, then labels, then destinations, as the layout says.
  void plain(O operation, Otherwise otherwise) {
    const char* layout = operation_row(operation).layout;
    auto each = [&](char kind, auto act) {
      std::size_t number = 1;
      for (const char* at = layout; *at && *at != 'v'; ++at, ++number)
        if (*at == kind) act(number);
    };
    each('s', [&](std::size_t number) { reads(field(number)); });
    each('l', [&](std::size_t number) { jumps(number, otherwise); });
    each('d', [&](std::size_t number) { writes_term(field(number)); });
  }

  // As plain(), for instructions whose first source is a match context.
  void matches(O operation) {
    const char* layout = operation_row(operation).layout;
    bool seen = false;
    std::size_t number = 1;
    for (const char* at = layout; *at; ++at, ++number) {
      if (*at != 's') continue;
      reads(field(number), seen ? term : context);
      seen = true;
    }
    number = 1;
    for (const char* at = layout; *at; ++at, ++number)
      if (*at == 'l') jumps(number);
    number = 1;
    for (const char* at = layout; *at; ++at, ++number)
      if (*at == 'd') writes_term(field(number));
  }

  void reads_rest(std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) reads(field(from + i));
  }

  void moves(std::size_t from, std::size_t to) {
    reads(field(from), term | context);
    writes(field(to), content(field(from)));
  }

  void not_in_message(std::span<const Content> registers) {
    for (auto held : registers) require((held & in_message) == 0, "a part of a message is kept");
  }

  // A tuple that setelement/3 made may be changed until something else may refer to it.
  void everything_known() {
    for (auto* registers : {&state_.x, &state_.y})
      for (auto& held : *registers) held |= known;
  }

  static bool keeps_building(O operation) {
    return operation == O::bs_put || operation == O::bs_put_string || operation == O::move ||
           operation == O::swap || operation == O::init_y || operation == O::bs_init ||
           operation == O::bs_append;
  }
  static bool only_reads(O operation) {
    return operation == O::move || operation == O::swap || operation == O::init_y ||
           operation == O::get_list || operation == O::get_hd || operation == O::get_tl ||
           operation == O::get_tuple_element || operation == O::set_tuple_element;
  }

  // False: the path ends here.
  bool instruction(O operation) {
    if (!only_reads(operation)) everything_known();
    if (!keeps_building(operation)) state_.building = false;
    switch (operation) {
      case O::function_clause:
        reads_x(image_.functions[field(1)].arity, term | context), raises();
        return false;
      case O::call: framed(), passes(2, field(1)), returns(); return true;
      case O::call_last: framed(), leaves(field(3)), passes(2, field(1)); return false;
      case O::move_call_only:
        frameless(), reads(field(1), term | context);
        writes(Operand::of(Operand::x, 0), content(field(1))), passes(3, field(2));
        return false;
      case O::call_only: frameless(), passes(2, field(1)); return false;
      case O::call_ext: {
        auto& name = image_.imports[field(1)];
        reads_x(name.arity);
        if (static_cast<O>(code_[at_ + 2]) != O::unreachable) framed();
        calls(), returns(is_setelement(name) ? term : Content{term | known});
        return true;
      }
      case O::call_ext_last:
        framed(), leaves(field(2)), reads_x(image_.imports[field(1)].arity);
        return false;
      case O::call_ext_only: frameless(), reads_x(image_.imports[field(1)].arity); return false;
      case O::apply: framed(), reads_x(std::size_t{field(1)} + 2), returns(); return true;
      case O::apply_last: framed(), leaves(field(2)), reads_x(std::size_t{field(1)} + 2); return false;
      case O::call_fun: framed(), reads_x(std::size_t{field(1)} + 1), returns(); return true;
      case O::call_fun2: framed(), reads_x(field(1)), reads(field(2)), returns(); return true;
      case O::call_fun_last: framed(), leaves(field(2)), reads_x(std::size_t{field(1)} + 1); return false;
      case O::call_fun2_last: framed(), reads_x(field(1)), reads(field(2)), leaves(field(3)); return false;
      case O::move_return: frameless(), reads(field(1)); return false;
      case O::return_: frameless(), reads_x(1); return false;
      case O::deallocate_return: framed(), leaves(field(1)), reads_x(1); return false;
      case O::allocate:
        frameless();
        state_.frame = static_cast<int>(field(1));
        state_.y.assign(field(1), Content{term | known});
        return true;
      case O::deallocate: framed(), leaves(field(1)); return true;
      case O::trim: {
        auto words = field(1);
        framed();
        if (words > state_.y.size()) return fail("a frame is trimmed too far"), false;
        state_.frame -= static_cast<int>(words);
        state_.y.erase(state_.y.begin(), state_.y.begin() + words);
        std::erase_if(state_.handlers, [&](auto& handler) { return handler.slot < words; });
        for (auto& handler : state_.handlers) handler.slot -= words;
        return true;
      }
      case O::jump: jumps(1); return false;
      case O::unreachable: return false;

      case O::move: moves(1, 2); return true;
      case O::swap: {
        reads(field(1), term | context), reads(field(2), term | context);
        auto first = content(field(1)), second = content(field(2));
        writes(field(1), second), writes(field(2), first);
        return true;
      }
      case O::set_tuple_element:
        reads(field(1)), reads(field(2));
        require((content(field(2)) & known) == 0, "a tuple is changed that others may know");
        require((content(field(1)) & known) != 0, "a tuple is put into itself");
        return true;
      case O::put_tuple: reads_rest(3, field(2)), writes_term(field(1)); return true;
      case O::update_record:
        reads(field(2));
        for (std::size_t i = 0; i < field(4); ++i) reads(field(6 + 2 * i));
        writes_term(field(3));
        return true;
      case O::make_fun: reads_rest(4, field(3)), writes_term(field(1)); return true;

      case O::select_word:
      case O::select_term:
      case O::select_dense:
        reads(field(1)), jumps(2);
        for (std::size_t i = 0; i < field(3); ++i) jumps(5 + i);
        return false;
      case O::select_arity:
        reads(field(1)), jumps(2);
        for (std::size_t i = 0; i < field(3); ++i) jumps(5 + 2 * i);
        return false;

      case O::catch_: {
        if ((field(1) & Operand::file_mask) != Operand::y || field(2) == 0)
          return fail("a catch outside of a frame"), false;
        writes(field(1), catch_tag | known);
        Handler handler{field(1) >> 3, target(2)};
        state_.handlers.insert(std::lower_bound(state_.handlers.begin(), state_.handlers.end(), handler),
                               handler);
        handlers_told_ = false;
        return true;
      }
      case O::catch_end:
        ends_catch();
        reads_exception(), returns();
        return true;
      case O::try_end: ends_catch(); return true;
      case O::try_case:
        ends_catch();
        reads_exception(), state_.forget_x();
        std::fill_n(state_.x.begin(), 3, Content{term | known});
        return true;
      case O::try_case_end:
      case O::badmatch:
      case O::case_end:
      case O::if_end:
      case O::badrecord:
      case O::raise: plain(operation, Otherwise::raises), raises(); return false;
      case O::raw_raise: reads_x(3), raises(), returns(); return true;
      case O::build_stacktrace: reads_x(1), writes_term(Operand::of(Operand::x, 0)); return true;

      case O::bif0:
      case O::bif1:
      case O::bif2:
      case O::bif3:
        plain(operation, never_fails(image_.imports[field(2)]) ? Otherwise::goes_on : Otherwise::raises);
        return true;
      case O::byte_size:
      case O::bit_size:  // compilers since OTP 26 also use it for the rest of a match
        reads(field(2), term | context);
        jumps(1, Otherwise::raises);
        writes_term(field(3));
        return true;
      case O::element:
      case O::hd:
      case O::tl:
      case O::tuple_size:
      case O::add:
      case O::subtract:
      case O::multiply:
      case O::divide:
      case O::int_div:
      case O::int_rem:
      case O::band:
      case O::bor:
      case O::bxor:
      case O::bsl:
      case O::bsr:
      case O::bnot:
      case O::negate:
      case O::fadd:
      case O::fsub:
      case O::fmul:
      case O::fdiv:
      case O::fnegate: plain(operation, Otherwise::raises); return true;
      case O::fconv: raises(), plain(operation, Otherwise::raises); return true;

      case O::put_map_assoc:
      case O::put_map_exact:
        reads(field(2)), reads_rest(5, std::size_t{field(4)} * 2), jumps(1, Otherwise::raises),
            writes_term(field(3));
        return true;
      case O::has_map_fields: reads(field(2)), reads_rest(4, field(3)), jumps(1); return true;
      case O::get_map_elements:
        reads(field(2));
        for (std::size_t i = 0; i < field(3); ++i) {
          reads(field(4 + 2 * i)), jumps(1);
          writes_term(field(5 + 2 * i));
        }
        return true;

      case O::send:
        reads_x(2), raises();
        state_.x[0] = state_.x[1];
        return true;
      case O::loop_rec:
        waits();
        jumps(1);
        state_.looking = true;
        touched_ = in_message;
        writes_term(field(2));
        return true;
      case O::remove_message:
        require(state_.looking, "no message is looked at");
        state_.looking = false;
        for (auto* registers : {&state_.x, &state_.y})
          for (auto& held : *registers) held &= static_cast<Content>(~in_message);
        handlers_told_ = false;
        return true;
      case O::loop_rec_end:
        require(state_.looking, "no message is looked at");
        not_in_message(state_.y);
        state_.forget_x(), state_.looking = false;
        jumps_back(1);
        return false;
      case O::wait: waits(), jumps_back(1); return false;
      case O::wait_timeout: {
        reads(field(2));
        auto held = content(field(2));
        waits(), raises();
        State behind = state_;
        // A wait that jumps to itself keeps only its timeout.
        if (target(1) == at_ && (field(2) & Operand::file_mask) == Operand::x) *slot(field(2)) = held;
        jumps_back(1);
        state_ = std::move(behind);
        return true;
      }
      case O::timeout:
        require(!state_.looking, "time does not end while a message is looked at");
        return true;
      case O::recv_marker_bind: reads(field(1)), reads(field(2)); return true;
      case O::recv_marker_clear:
      case O::recv_marker_use: reads(field(1)); return true;

      case O::bs_create_bin:
        for (std::size_t i = 0; i < field(3); ++i) {
          if (Segment::kind(field(4 + 3 * i)) == Segment::string) continue;
          reads(field(5 + 3 * i)), reads(field(6 + 3 * i));
        }
        jumps(1, Otherwise::raises), writes_term(field(2));
        return true;
      case O::bs_init:
      case O::bs_append:
        plain(operation, Otherwise::raises);
        state_.building = true;
        return true;
      case O::bs_put:
      case O::bs_put_string:
        require(state_.building, "no binary is built");
        plain(operation, Otherwise::raises);
        return true;
      case O::bs_add: plain(operation, Otherwise::raises); return true;
      case O::bs_init_writable: writes_term(Operand::of(Operand::x, 0)); return true;
      case O::bs_start_match: {
        reads(field(2), term | context);
        if (field(1) != 0) {
          State there = state_;
          // A term that is not a binary is not a match context either.
          if (auto* held = slot(field(2))) {
            auto before = *held;
            *held = static_cast<Content>((before & remarks) | term);
            there = state_;
            *held = before;
          }
          jumps(1, there);
        }
        writes(field(3), static_cast<Content>(context | known | touched_));
        return true;
      }
      case O::bs_get_integer:
      case O::bs_get_float:
      case O::bs_get_binary:
      case O::bs_skip_bits:
      case O::bs_test_tail:
      case O::bs_test_unit:
      case O::bs_match_string:
      case O::bs_get_utf8:
      case O::bs_get_utf16:
      case O::bs_get_utf32:
      case O::bs_skip_utf8:
      case O::bs_skip_utf16:
      case O::bs_skip_utf32:
      case O::bs_get_tail:
      case O::bs_get_position:
      case O::bs_set_position:
      case O::bs_save:
      case O::bs_restore:
      case O::bs_ensure:
      case O::bs_equal: matches(operation); return true;
      case O::bs_context_to_binary: reads(field(1), term | context), writes_term(field(1)); return true;

      default: plain(operation, Otherwise::damaged); return true;
    }
  }

  void ends_catch() {
    auto* held = (field(1) & Operand::file_mask) == Operand::y ? slot(field(1)) : nullptr;
    if (!held || (*held & catch_tag) == 0) return fail("no catch is active");
    writes(field(1), term | known);
  }
  // A value, or an exception's mark followed by its class, reason and trace (see writes()).
  void reads_exception() { reads(Operand::of(Operand::x, 0), term | exception); }
  // A waiting process keeps only its y registers.
  void waits() {
    require(state_.frame != any_frame && !state_.looking, "waiting while a message is looked at");
    state_.forget_x();
  }

  const Image& image_;
  const std::vector<std::uint32_t>& code_;
  std::vector<std::int32_t> known_at_;  // the index in states_, by place; -1: none
  std::vector<Known> states_;
  std::vector<std::uint32_t> open_;  // places whose state changed since they were followed
  std::vector<std::pair<std::uint32_t, std::uint32_t>> entries_;  // of functions: place, arity
  std::size_t registers_ = 0, steps_left_ = 0;
  std::size_t x_count_ = 0;  // x registers that the code names or receives as arguments
  State state_;
  std::uint32_t at_ = 0;
  Content touched_ = 0;  // in_message: the instruction read a part of a message
  bool handlers_told_ = false, looks_with_calls_ = false;
  std::string problem_;
};

}  // namespace

Outcome verify(const Image& image) { return Verifier{image}.run(); }

}  // namespace noderuntime
