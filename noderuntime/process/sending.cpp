// Signals that this node's processes send: to each other, or to other nodes.
#include "noderuntime/process/signal_router.h"

#include "noderuntime/term/copy_at_pace.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// {Name, Node} in terms of Erlang.
struct NameAtNode {
  Atom name, node;
};
std::optional<NameAtNode> name_at_node(Term term) {
  if (!term.is_tuple(2) || !term.element(0).is_atom() || !term.element(1).is_atom()) return std::nullopt;
  return NameAtNode{term.element(0).as_atom(), term.element(1).as_atom()};
}

}  // namespace

void SignalRouter::route(Process* from, Atom node, const SignalBody& body) {
  if (!is_ours(node)) {
    if (!from) return void(host_.send(node, body));
    MayPause here;  // the terms of the signal are the sender's
    bool busy = host_.send(node, body);
    // a service must not wait: it serves other nodes too
    if (busy && !from->essential) scheduler_.suspend(*from, node);
    return;
  }
  if (!from) return act_on(body, Heap{});
  std::visit([&](const auto& signal) { on(signal, Heap{}); }, body);  // without memory the sender ends
}

namespace {

// Tells of a message that is sent.
class SendTrace {
 public:
  SendTrace(const ThisNode& node, const ProcessTable& table, const RegisteredNames& names)
      : node_{node}, table_{table}, names_{names} {}
  void tell(TraceEvents& events, Process& from, Term to, Term message) const {
    bool exists = true;
    if (to.is_local_pid()) exists = table_.find(to) != nullptr;
    if (auto name = name_at_node(to); name && node_.is(name->node))
      exists = names_.whereis(name->name) != nullptr;
    events.sent(from, to, message, exists);
  }

 private:
  const ThisNode& node_;
  const ProcessTable& table_;
  const RegisteredNames& names_;
};

}  // namespace

SignalRouter::Sent SignalRouter::send(Process& from, Term to, Term message, bool priority) {
  if (auto* events = from.traced(trace_flag::send)) [[unlikely]]
    SendTrace{node_, table_, names_}.tell(*events, from, to, message);
  if (to.is_local_pid()) {
    if (!table_.find(to)) return Sent::ok;
    auto copied = copy_at_pace(message);
    Process* process = table_.find(to);
    if (!process) return Sent::ok;
    if (process->trace) [[unlikely]] {
      Pid self = table_.pid_of(from);
      push_message(*process, std::move(copied), &self);
    } else {
      push_untraced(*process, std::move(copied));
    }
    return Sent::ok;
  }
  if (to.is_atom()) {
    if (!names_.whereis(to.as_atom())) return Sent::badarg;
    auto copied = copy_at_pace(message);
    Pid self = table_.pid_of(from);
    if (Process* process = names_.whereis(to.as_atom())) push_message(*process, std::move(copied), &self);
    return Sent::ok;
  }
  Pid self = table_.pid_of(from);
  auto say = [&](Atom node, const Target& target) {
    if (!is_ours(node)) return route(&from, node, signal::Message{self, target, message, priority});
    auto copied = copy_at_pace(message);  // copied here, so that the sender ends if memory is short
    Term term = copied.term();
    act_on(signal::Message{self, target, term, priority}, std::move(copied).take_heap());
  };
  if (auto name = name_at_node(to)) {
    say(name->node, name->name);
  } else if (to.is_pid()) {
    Pid pid = to_pid(node_.identity(), to);
    say(pid.node.name, pid);
  } else if (to.is_reference()) {
    Reference alias = to_reference(node_.identity(), to);
    say(alias.node.name, alias);
  } else {
    return Sent::badarg;
  }
  return Sent::ok;
}

void SignalRouter::send_message(const Pid& from, const Target& to, OwnedTerm message) {
  if (auto* pid = std::get_if<Pid>(&to); pid && !is_ours(pid->node.name)) {
    host_.send(pid->node.name, signal::Message{from, to, message.term()});
    return;
  }
  if (auto* alias = std::get_if<Reference>(&to); alias && !is_ours(alias->node.name)) {
    host_.send(alias->node.name, signal::Message{from, to, message.term()});
    return;
  }
  Term term = message.term();
  act_on(signal::Message{from, to, term}, std::move(message).take_heap());
}

bool SignalRouter::link(Process& from, Term to, const LinkOptions& options) {
  if (to == from.self()) return true;
  if (auto* events = from.traced(trace_flag::procs)) events->happened(from, atoms::link, to);
  Pid pid = to_pid(node_.identity(), to);
  if (is_ours(pid.node.name) && !table_.find(pid)) {
    if (!from.trap_exit) return false;
    exit_message(from, pid, Term::atom(atoms::noproc), Heap{}, options.priority);
    return true;
  }
  tell_lost_link(from, pid);
  auto fresh = Relations::LinkState{.active = false, .era = relations_.era()};
  auto& state = from.relations().links.try_emplace(pid, fresh).first->second;
  bool linked = state.active;
  state.active = true;
  state.unlink_id = 0;
  state.priority = options.priority;
  if (linked) return true;
  relations_.relate(from, pid.node.name);
  route(&from, pid.node.name, signal::Link{table_.pid_of(from), pid});
  return true;
}

void SignalRouter::unlink(Process& from, Term to) {
  static const Atom event = Atom::of("unlink"), other_end = Atom::of("getting_unlinked");
  if (auto* events = from.traced(trace_flag::procs)) events->happened(from, event, to);
  if (!from.has_relations()) return;
  Pid pid = to_pid(node_.identity(), to);
  auto& links = from.relations().links;
  auto found = links.find(pid);
  if (found == links.end() || !found->second.active) return;
  if (is_ours(pid.node.name)) {
    links.erase(found);
    Process* other = table_.find(pid);
    if (other && other->has_relations() && other->relations().links.erase(table_.pid_of(from)) != 0)
      tell_of_link(*other, other_end, table_.pid_of(from));
    return;
  }
  found->second.active = false;
  found->second.unlink_id = from.relations().next_unlink_id++;
  route(&from, pid.node.name, signal::Unlink{table_.pid_of(from), pid, found->second.unlink_id});
}

std::optional<Reference> SignalRouter::monitor(Process& from, Term to, const MonitorOptions& options) {
  PidOrName target;
  Atom node = node_.identity().name;
  if (to.is_pid()) {
    Pid pid = to_pid(node_.identity(), to);
    target = pid;
    node = pid.node.name;
  } else if (to.is_atom()) {
    target = to.as_atom();
  } else if (auto name = name_at_node(to)) {
    target = name->name;
    node = name->node;
  } else {
    return std::nullopt;
  }
  Reference reference = node_.make_reference();
  relations_.add_monitor(from, reference, target, node, options);
  if (to == from.self()) {  // it never fires
    from.relations().monitors.erase(reference);
    return reference;
  }
  relations_.relate(from, node);
  route(&from, node, signal::Monitor{table_.pid_of(from), target, reference});
  return reference;
}

bool SignalRouter::demonitor(Process& from, const Reference& reference, bool flush) {
  bool existed = from.has_relations() && from.relations().monitors.contains(reference);
  if (existed) drop_monitor(from, reference);
  if (from.has_relations()) {
    auto alias = from.relations().aliases.find(reference);
    if (alias != from.relations().aliases.end() && alias->second.end != Relations::AliasEnd::unalias)
      relations_.drop_alias(from, reference);
  }
  if (flush && !existed) {
    Heap scratch;
    Term wanted = noderuntime::make_reference(scratch, node_.identity(), reference);
    from.mailbox.remove_first(
        [&](Term message) { return message.is_tuple(5) && exactly_equal(message.element(1), wanted); });
  }
  return existed;
}

void SignalRouter::drop_monitor(Process& process, const Reference& reference) {
  auto found = process.relations().monitors.find(reference);
  if (found == process.relations().monitors.end()) return;
  auto monitoring = std::move(found->second);
  process.relations().monitors.erase(found);
  route(&process, monitoring.node, signal::Demonitor{table_.pid_of(process), monitoring.target, reference});
}

// A monitor on net_kernel over there makes a connection and reports its loss; the end of
// that process is ignored.
void SignalRouter::monitor_node(Process& from, Atom node, bool on) {
  if (is_ours(node)) return;
  if (on) {
    Reference reference = node_.make_reference();
    from.relations().monitors.emplace(
        reference,
        Relations::Monitor{
            .target = atoms::net_kernel, .node = node, .tag = {}, .of_node = true, .era = relations_.era()});
    relations_.relate(from, node);
    route(&from, node, signal::Monitor{table_.pid_of(from), atoms::net_kernel, reference});
    return;
  }
  if (!from.has_relations()) return;
  for (auto& [reference, monitoring] : from.relations().monitors)
    if (monitoring.of_node && monitoring.node == node) return drop_monitor(from, Reference{reference});
}

void SignalRouter::exit_signal(Process& from, Term to, Term reason, bool priority) {
  auto say = [&](const auto& target) {
    route(&from, target.node.name, signal::Exit2{table_.pid_of(from), target, reason, priority});
  };
  to.is_reference() ? say(to_reference(node_.identity(), to)) : say(to_pid(node_.identity(), to));
}

void SignalRouter::set_group_leader(Term leader, Term to) {
  Pid pid = to_pid(node_.identity(), to);
  route(scheduler_.current(), pid.node.name, signal::GroupLeader{to_pid(node_.identity(), leader), pid});
}

Reference SignalRouter::alias(Process& from, const AliasOptions& options) {
  Reference reference = node_.make_reference();
  relations_.add_alias(from, reference, {options.end, options.priority});
  return reference;
}

bool SignalRouter::unalias(Process& from, const Reference& reference) {
  if (!from.has_relations() || !from.relations().aliases.contains(reference)) return false;
  relations_.drop_alias(from, reference);
  return true;
}

}  // namespace noderuntime
