// Reading and writing the fields of control tuples.
#include "noderuntime/distribution/control_table.h"

namespace noderuntime::distribution::control_table {

namespace {

constexpr std::uint32_t own_first_word = 1u << 18;  // of our references: it is below this, as on OTP

bool node_obeys(Rule rule, const NodeIdentity& node, const ControlContext& between) {
  switch (rule) {
    case Rule::any:
    case Rule::not_zero: return true;
    case Rule::of_peer: return node.name == between.peer.name;
    case Rule::of_us: return node.name == between.self.name;
    case Rule::of_us_now: return node == between.self;
  }
  return false;
}

}  // namespace

// The node's name decides. Source: docs/protocol/distribution.md, "What closes the connection".
bool obeys(Rule rule, const Pid& pid, const ControlContext& between) {
  return node_obeys(rule, pid.node, between);
}

bool obeys(Rule rule, const Reference& reference, const ControlContext& between) {
  bool forged = reference.node == between.self &&
                (reference.count > between.reference_words || reference.words[0] >= own_first_word);
  return !forged && node_obeys(rule, reference.node, between);
}

// {Module, Function, Arity}, a tuple inside the tuple.
bool FunctionField::read_into(signal::SpawnRequest& body, ControlReader& in, const ControlContext&) const {
  Term term;
  if (!in.read(term) || !term.is_tuple(3)) return false;
  Term module = term.element(0), function = term.element(1);
  Term arity = term.element(2);
  if (!module.is_atom() || !function.is_atom() || !arity.is_small()) return false;
  body.module = module.as_atom(), body.function = function.as_atom();
  body.arity = arity.as_small();
  return true;
}

void FunctionField::write(const signal::SpawnRequest& body, ControlWriter& out) const {
  out.tuple(3);
  out.write(body.module), out.write(body.function), out.write(Term::small(body.arity));
}

namespace {

bool read_target(ControlReader& in, std::uint32_t flags, Target& target) {
  using Form = AlternateActionForm;
  Pid pid;
  Atom name;
  Reference alias;
  switch (flags & (Form::to_alias | Form::to_name)) {
    case 0: return in.read(pid) && (target = pid, true);
    case Form::to_alias: return in.read(alias) && (target = alias, true);
    case Form::to_name: return in.read(name) && (target = name, true);
  }
  return false;
}

std::uint32_t target_flag(const Target& target) {
  if (std::holds_alternative<Reference>(target)) return AlternateActionForm::to_alias;
  if (std::holds_alternative<Atom>(target)) return AlternateActionForm::to_name;
  return 0;
}

}  // namespace

std::size_t AlternateActionForm::read_into(SignalBody& signal, ControlReader& in, std::size_t size,
                                           const ControlContext& between) const {
  std::uint32_t flags;
  Pid from;
  Target to;
  if (!in.read(flags) || size != (flags & has_token ? 5u : 4u)) return 2;
  bool exit = flags & is_exit;
  if (!in.read(from) || !obeys(exit ? Rule::of_peer : Rule::any, from, between)) return 3;
  if (!read_target(in, flags, to)) return 4;
  if (!obeys(Rule::any, to, between)) return 4;
  if (flags & has_token && !in.skip()) return 5;
  bool urgent = flags & priority;
  if (exit)
    signal = signal::Exit2{from, to, Term::nil(), urgent};
  else
    signal = signal::Message{from, to, Term::nil(), urgent};
  return 0;
}

void AlternateActionForm::set_payload(SignalBody& signal, Term payload) const {
  if (auto* exit = std::get_if<signal::Exit2>(&signal))
    exit->reason = payload;
  else
    std::get<signal::Message>(signal).message = payload;
}

std::optional<Term> AlternateActionForm::payload_of(const SignalBody& signal) const {
  if (auto* exit = std::get_if<signal::Exit2>(&signal)) return exit->reason;
  return std::get<signal::Message>(signal).message;
}

void AlternateActionForm::write(const SignalBody& signal, ControlWriter& out) const {
  auto compose = [&](const auto& body, std::uint32_t flags) {
    flags |= target_flag(body.to) | (body.priority ? std::uint32_t{priority} : 0);
    out.tuple(4);
    out.write(operation.number), out.write(flags), out.write(body.from);
    std::visit([&](const auto& target) { out.write(target); }, body.to);
  };
  if (auto* exit = std::get_if<signal::Exit2>(&signal)) return compose(*exit, is_exit);
  compose(std::get<signal::Message>(signal), 0);
}

}  // namespace noderuntime::distribution::control_table
