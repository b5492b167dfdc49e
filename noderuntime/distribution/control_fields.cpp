// Reading and writing the fields of control tuples.
#include "noderuntime/distribution/control_table.h"

namespace noderuntime::distribution::control_table {

// Measured on OTP 25 and 29; the node's name decides, except for exits of links to our past.
bool obeys(Rule rule, const Pid& pid, const ControlContext& between) {
  switch (rule) {
    case Rule::any: return true;
    case Rule::of_peer: return pid.node.name == between.peer.name;
    case Rule::of_us: return pid.node.name == between.self.name;
    case Rule::not_of_our_past:
      return pid.node.name != between.self.name || pid.node.creation == between.self.creation;
  }
  return false;
}

// {Module, Function, Arity}: a tuple inside of the tuple.
bool FunctionField::read_into(signal::SpawnRequest& body, ControlReader& in, const ControlContext&) const {
  Term term;
  if (!in.read(term) || !term.is_tuple(3)) return false;
  Term module = term.element(0), function = term.element(1);
  auto arity = to_uint64(term.element(2));
  if (!module.is_atom() || !function.is_atom() || !arity || *arity > 0xFFFFFFFF) return false;
  body.module = module.as_atom(), body.function = function.as_atom();
  body.arity = static_cast<std::uint32_t>(*arity);
  return true;
}

void FunctionField::write(const signal::SpawnRequest& body, ControlWriter& out) const {
  out.tuple(3);
  out.write(body.module), out.write(body.function), out.write(body.arity);
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
                                           const ControlContext&) const {
  std::uint32_t flags;
  Pid from;
  Target to;
  if (!in.read(flags) || size != (flags & has_token ? 5u : 4u)) return 2;
  if (!in.read(from)) return 3;
  if (!read_target(in, flags, to)) return 4;
  if (flags & has_token && !in.skip()) return 5;
  bool urgent = flags & priority;
  if (flags & is_exit)
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
    out.write(opcode), out.write(flags), out.write(body.from);
    std::visit([&](const auto& target) { out.write(target); }, body.to);
  };
  if (auto* exit = std::get_if<signal::Exit2>(&signal)) return compose(*exit, is_exit);
  compose(std::get<signal::Message>(signal), 0);
}

}  // namespace noderuntime::distribution::control_table
