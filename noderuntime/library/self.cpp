// What a process does on its own node; requests to other nodes are in calls.cpp.
#include <stdexcept>

#include "noderuntime/library/process_body.h"
#include "noderuntime/library/spawn.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// Delivers the message of a timer; the process that started it may have ended.
void deliver(Processes& processes, const Pid& from, Term to, Term message) {
  auto& self = processes.self();
  if (to.is_pid())
    return processes.signals().send_message(from, to_pid(self, to), OwnedTerm::copy_of(message));
  if (to.is_reference())
    return processes.signals().send_message(from, to_reference(self, to), OwnedTerm::copy_of(message));
  if (to.is_atom()) return processes.signals().send_message(from, to.as_atom(), OwnedTerm::copy_of(message));
  if (!to.is_tuple(2) || !to.element(0).is_atom() || !to.element(1).is_atom()) return;
  Atom name = to.element(0).as_atom(), node = to.element(1).as_atom();
  if (node == self.name) return processes.signals().send_message(from, name, OwnedTerm::copy_of(message));
  processes.host().send(node, signal::Message{from, name, message});
}

}  // namespace

void NativeProcess::on_start(Self&) {}

Self::Self(Process& process, ProcessBody& body)
    : Terms{process.heap, body.node().processes().self()}, process_{process}, body_{body} {}

Term Self::pid() const { return process_.self(); }
LocalNode& Self::node() { return *body_.node().self; }

bool Self::send_term(Term to, Term message, bool priority) {
  return body_.signals().send(process_, to, message, priority) == SignalRouter::Sent::ok;
}

Timer Self::send_term_after(Milliseconds delay, Term to, Term message) {
  auto& processes = body_.node().processes();
  auto now = processes.host().monotonic_milliseconds();
  return Timer{processes.timers().start(
      now + delay.count() + 1,
      [&processes, from = processes.table().pid_of(process_), to = Value::of(to),
       message = Value::of(message)] { deliver(processes, from, to.term(), message.term()); })};
}

bool Self::cancel(Timer timer) { return body_.node().processes().timers().stop(timer.id_); }

void Self::exit_with(Term reason) { process_.set_exit(reason); }

void Self::exit_other(Term who, Term reason) {
  auto& processes = body_.node().processes();
  if (who.is_atom()) {
    Process* named = processes.names().whereis(who.as_atom());
    who = named ? named->self() : Term::nil();
  }
  if (who.is_pid() || who.is_reference()) processes.signals().exit_signal(process_, who, reason);
}

void Self::trap_exit(bool yes) { process_.trap_exit = yes; }
void Self::set_group_leader(const Pid& leader) { process_.group_leader = leader; }

Pid Self::spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options) {
  return spawn_native(body_.node(), &process_, std::move(code), options);
}

bool Self::link(Term pid) { return pid.is_pid() && body_.signals().link(process_, pid); }
void Self::unlink(Term pid) {
  if (pid.is_pid()) body_.signals().unlink(process_, pid);
}

Reference Self::monitor_term(Term who) {
  auto reference = body_.signals().monitor(process_, who, {});
  if (!reference) throw std::invalid_argument{"what is monitored is a pid, a name, or {Name, Node}"};
  return *reference;
}

void Self::demonitor(const Reference& reference) { body_.signals().demonitor(process_, reference, true); }
Reference Self::alias(bool for_one_reply) {
  auto end = for_one_reply ? Relations::AliasEnd::reply : Relations::AliasEnd::unalias;
  return body_.signals().alias(process_, {.end = end});
}
Reference Self::priority_alias() { return body_.signals().alias(process_, {.priority = true}); }
bool Self::unalias(const Reference& alias) { return body_.signals().unalias(process_, alias); }

bool Self::register_name(Atom name, const Pid& pid) {
  Process* process = body_.node().processes().table().find(Terms::pid(pid));
  return process && body_.node().processes().names().register_name(name, *process);
}
bool Self::register_name(Atom name) { return body_.node().processes().names().register_name(name, process_); }
bool Self::unregister_name(Atom name) { return body_.node().processes().names().unregister_name(name); }

std::optional<Pid> Self::whereis(Atom name) const {
  Process* process = body_.node().processes().names().whereis(name);
  return process ? std::optional{body_.node().processes().table().pid_of(*process)} : std::nullopt;
}

}  // namespace noderuntime
