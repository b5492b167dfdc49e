// The building blocks of the control table: which field of a signal is in which slot of a
// tuple. For control.cpp only.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/control_reader.h"
#include "noderuntime/distribution/control_writer.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::distribution::control_table {

// A slot that is ignored by the reader and written as ''.
struct Unused {
  template <class Body>
  bool read_into(Body&, ControlReader& in, const ControlContext&) const {
    return in.skip();
  }
  template <class Body>
  void write(const Body&, ControlWriter& out) const {
    out.write(atoms::empty);
  }
};

// What must hold for a field; otherwise the connection is closed. A peer speaks only for itself: the sender
// is of the peer, and the receiver of this node. A name has no node, so it satisfies all of these rules.
enum class Rule {
  any,
  of_peer,    // the peer, also an older incarnation of it
  of_us,      // this node, also an older incarnation of it, which has no processes any more
  of_us_now,  // this node, in its current incarnation
  not_zero,
};
bool obeys(Rule rule, const Pid& pid, const ControlContext& between);
bool obeys(Rule rule, const Reference& reference, const ControlContext& between);
inline bool obeys(Rule, Atom, const ControlContext&) { return true; }
inline bool obeys(Rule, Term, const ControlContext&) { return true; }
inline bool obeys(Rule rule, std::uint64_t number, const ControlContext&) {
  return rule != Rule::not_zero || number != 0;
}
template <class... Kinds>
bool obeys(Rule rule, const std::variant<Kinds...>& value, const ControlContext& between) {
  return std::visit([&](const auto& it) { return obeys(rule, it, between); }, value);
}

template <class Body, class Value>
struct Field {
  Value Body::*member;
  Rule rule = Rule::any;

  bool read_into(Body& body, ControlReader& in, const ControlContext& between) const {
    return in.read(body.*member) && obeys(rule, body.*member, between);
  }
  void write(const Body& body, ControlWriter& out) const { out.write(body.*member); }
};

// A Target that this form restricts to one kind.
template <class Body, class Kind>
struct TargetField {
  Target Body::*member;
  Rule rule = Rule::any;

  bool read_into(Body& body, ControlReader& in, const ControlContext& between) const {
    Kind value;
    if (!in.read(value) || !obeys(rule, value, between)) return false;
    body.*member = value;
    return true;
  }
  void write(const Body& body, ControlWriter& out) const { out.write(std::get<Kind>(body.*member)); }
};

// The slot {Module, Function, Arity}.
struct FunctionField {
  bool read_into(signal::SpawnRequest& body, ControlReader& in, const ControlContext& between) const;
  void write(const signal::SpawnRequest& body, ControlWriter& out) const;
};

template <class Body, class Value>
constexpr Field<Body, Value> field(Value Body::*member, Rule rule = Rule::any) {
  return {member, rule};
}
template <class Kind, class Body>
constexpr TargetField<Body, Kind> to_a(Target Body::*member, Rule rule = Rule::any) {
  return {member, rule};
}
inline constexpr Unused unused;
inline constexpr Unused token;  // a sequential trace token: dropped; forms that have one are never sent

// An operation of the distribution protocol, as its specification numbers and names it.
struct Operation {
  std::uint8_t number;
  std::string_view name;
};

// A row of the table: the signal of a form, and the slots after the opcode.
template <class Body, class... Slots>
struct Form {
  Operation operation;
  Term Body::*payload;  // null: none
  std::tuple<Slots...> slots;

  constexpr ControlLayout form() const {
    constexpr auto size = static_cast<std::uint8_t>(1 + sizeof...(Slots));
    return {operation.number, operation.name, size, size, payload != nullptr};
  }

  // Reads the elements behind the opcode. Returns 0, or the number of the wrong element
  // (from 1, as in Erlang).
  std::size_t read_into(SignalBody& signal, ControlReader& in, std::size_t,
                        const ControlContext& between) const {
    auto& body = signal.emplace<Body>();
    if constexpr (requires { body.said_by; }) body.said_by = between.peer.name;
    std::size_t element = 1;
    auto read_slot = [&](const auto& slot) { return ++element, slot.read_into(body, in, between); };
    return std::apply([&](const auto&... slot) { return (read_slot(slot) && ...); }, slots) ? 0 : element;
  }

  void set_payload(SignalBody& signal, Term term) const {
    if (payload) std::get<Body>(signal).*payload = term;
  }

  std::optional<Term> payload_of(const SignalBody& signal) const {
    return payload ? std::optional{std::get<Body>(signal).*payload} : std::nullopt;
  }

  void write(const SignalBody& signal, ControlWriter& out) const {
    const auto& body = std::get<Body>(signal);
    out.tuple(1 + sizeof...(Slots));
    out.write(operation.number);
    std::apply([&](const auto&... slot) { (slot.write(body, out), ...); }, slots);
  }
};

template <class Body, class... Slots>
constexpr auto form(const Operation& operation, Slots... slots) {
  return Form<Body, Slots...>{operation, nullptr, {slots...}};
}
template <class Body, class... Slots>
constexpr auto form_with(Term Body::*payload, const Operation& operation, Slots... slots) {
  return Form<Body, Slots...>{operation, payload, {slots...}};
}

// {37, Flags, From, To} or {37, Flags, From, To, Token}, from OTP 28 on. The flags say what To is, and
// whether the payload is a message or the reason of an exit/2.
struct AlternateActionForm {
  enum : std::uint32_t { priority = 1, has_token = 2, to_alias = 4, to_name = 8, is_exit = 16 };
  Operation operation;

  constexpr ControlLayout form() const { return {operation.number, operation.name, 4, 5, true}; }
  std::size_t read_into(SignalBody& signal, ControlReader& in, std::size_t size,
                        const ControlContext& between) const;
  void set_payload(SignalBody& signal, Term payload) const;
  std::optional<Term> payload_of(const SignalBody& signal) const;
  void write(const SignalBody& signal, ControlWriter& out) const;
};

}  // namespace noderuntime::distribution::control_table
