// Reading and writing the fields of control tuples.
#include "noderuntime/distribution/control_table.h"

namespace noderuntime::distribution::control_table {

bool read(Term term, const NodeIdentity& self, Pid& value) {
  if (!term.is_pid()) return false;
  value = to_pid(self, term);
  return true;
}

bool read(Term term, const NodeIdentity&, Atom& value) {
  if (!term.is_atom()) return false;
  value = term.as_atom();
  return true;
}

bool read(Term term, const NodeIdentity& self, Reference& value) {
  if (!term.is_reference()) return false;
  value = to_reference(self, term);
  return true;
}

bool read(Term term, const NodeIdentity& self, std::variant<Pid, Atom>& value) {
  if (term.is_atom()) return value = term.as_atom(), true;
  if (term.is_pid()) return value = to_pid(self, term), true;
  return false;
}

// An unlink id: 1 to 2^64 - 1.
bool read(Term term, const NodeIdentity&, std::uint64_t& value) {
  auto number = to_uint64(term);
  if (!number || *number == 0) return false;
  value = *number;
  return true;
}

bool read(Term term, const NodeIdentity&, std::uint32_t& value) {
  auto number = to_uint64(term);
  if (!number || *number > 0xFFFFFFFF) return false;
  value = static_cast<std::uint32_t>(*number);
  return true;
}

bool read(Term term, const NodeIdentity&, std::uint8_t& value) {
  auto number = to_uint64(term);
  if (!number || *number > 0xFF) return false;
  value = static_cast<std::uint8_t>(*number);
  return true;
}

bool read(Term term, const NodeIdentity&, Term& value) {
  value = term;
  return true;
}

Term write(const Pid& value, const NodeIdentity& self, Heap& heap) { return make_pid(heap, self, value); }
Term write(Atom value, const NodeIdentity&, Heap&) { return Term::atom(value); }
Term write(const Reference& value, const NodeIdentity& self, Heap& heap) {
  return make_reference(heap, self, value);
}
Term write(const std::variant<Pid, Atom>& value, const NodeIdentity& self, Heap& heap) {
  if (auto* name = std::get_if<Atom>(&value)) return Term::atom(*name);
  return make_pid(heap, self, std::get<Pid>(value));
}
Term write(std::uint64_t value, const NodeIdentity&, Heap& heap) { return make_unsigned(heap, value); }
Term write(std::uint32_t value, const NodeIdentity&, Heap&) { return Term::small(value); }
Term write(std::uint8_t value, const NodeIdentity&, Heap&) { return Term::small(value); }
Term write(Term value, const NodeIdentity&, Heap&) { return value; }

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

bool FunctionField::read_into(signal::SpawnRequest& body, Term term, const ControlContext& between) const {
  return term.is_tuple(3) && read(term.element(0), between.self, body.module) &&
         read(term.element(1), between.self, body.function) &&
         read(term.element(2), between.self, body.arity);
}

Term FunctionField::written(const signal::SpawnRequest& body, const ControlContext&, Heap& heap) const {
  return make_tuple(heap, {Term::atom(body.module), Term::atom(body.function), Term::small(body.arity)});
}

namespace {

bool read_target(Term term, std::uint32_t flags, const NodeIdentity& self, Target& target) {
  using Form = AlternateActionForm;
  Pid pid;
  Atom name;
  Reference alias;
  switch (flags & (Form::to_alias | Form::to_name)) {
    case 0: return read(term, self, pid) && (target = pid, true);
    case Form::to_alias: return read(term, self, alias) && (target = alias, true);
    case Form::to_name: return read(term, self, name) && (target = name, true);
  }
  return false;
}

std::uint32_t target_flag(const Target& target) {
  if (std::holds_alternative<Reference>(target)) return AlternateActionForm::to_alias;
  if (std::holds_alternative<Atom>(target)) return AlternateActionForm::to_name;
  return 0;
}

}  // namespace

std::size_t AlternateActionForm::read_into(SignalBody& signal, Term control, Term payload,
                                           const ControlContext& between) const {
  std::uint32_t flags;
  Pid from;
  Target to;
  if (!read(control.element(1), between.self, flags)) return 2;
  if (control.arity() != (flags & has_token ? 5u : 4u)) return 2;
  if (!read(control.element(2), between.self, from)) return 3;
  if (!read_target(control.element(3), flags, between.self, to)) return 4;
  bool urgent = flags & priority;
  if (flags & is_exit)
    signal = signal::Exit2{from, to, payload, urgent};
  else
    signal = signal::Message{from, to, payload, urgent};
  return 0;
}

EncodedControl AlternateActionForm::written(const ControlForm& form, const SignalBody& signal,
                                            const ControlContext& between, Heap& heap) const {
  auto compose = [&](const auto& body, Term payload, std::uint32_t flags) {
    flags |= target_flag(body.to) | (body.priority ? std::uint32_t{priority} : 0);
    Term to = std::visit([&](const auto& target) { return write(target, between.self, heap); }, body.to);
    Term from = write(body.from, between.self, heap);
    return EncodedControl{&form, make_tuple(heap, {Term::small(opcode), Term::small(flags), from, to}),
                          payload};
  };
  if (auto* exit = std::get_if<signal::Exit2>(&signal)) return compose(*exit, exit->reason, is_exit);
  const auto& message = std::get<signal::Message>(signal);
  return compose(message, message.message, 0);
}

}  // namespace noderuntime::distribution::control_table
