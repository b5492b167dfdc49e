// Signals that reach this node's processes, from here and from peers, and those that a
// lost connection implies.
#include "noderuntime/process/processes.h"

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

Term target_term(Heap& heap, const NodeIdentity& self, const PidOrName& who, Atom node) {
  if (auto* pid = std::get_if<Pid>(&who)) return make_pid(heap, self, *pid);
  return make_tuple(heap, {Term::atom(std::get<Atom>(who)), Term::atom(node)});
}

}  // namespace

void Processes::deliver(Signal&& signal) { act_on(signal.body, std::move(signal.terms)); }

// --- without memory

void Processes::act_on(const SignalBody& body, Heap&& terms) {
  auto act = [&](const auto& signal) { on(signal, std::move(terms)); };
  if (!has_memory_for([&] { std::visit(act, body); })) answer_without_memory(body);
}

Process* Processes::target_of(const Target& target) {
  if (auto* pid = std::get_if<Pid>(&target)) return find(*pid);
  if (auto* name = std::get_if<Atom>(&target)) return whereis(*name);
  auto found = aliases_.find(std::get<Reference>(target));
  return found == aliases_.end() ? nullptr : slots_[found->second].process.get();
}

// A service continues without the signal.
void Processes::kill_without_memory(Process* process) {
  if (process && !process->essential) exit(*process, Term::atom(atoms::killed));
}

// Handles a signal that could not be carried out: its sender is answered as if the target were dead.
void Processes::answer_without_memory(const SignalBody& body) {
  Term noproc = Term::atom(atoms::noproc);
  std::visit(
      [&](const auto& signal) {
        if constexpr (requires { Target{signal.to}; }) kill_without_memory(target_of(Target{signal.to}));
      },
      body);
  if (auto* link = std::get_if<signal::Link>(&body))
    emit(nullptr, link->from.node.name, signal::Exit{link->to, link->from, noproc});
  if (auto* monitor = std::get_if<signal::Monitor>(&body))
    emit(nullptr, monitor->from.node.name,
         signal::Down{monitor->to, monitor->from, monitor->reference, noproc});
}

namespace {

// `term` itself if `is_there`, that is, on `heap` already; otherwise a copy.
Term taken(Term term, bool is_there, Heap& heap) { return is_there ? term : copy(term, heap); }

}  // namespace

// --- signals

void Processes::on(const signal::Message& message, Heap&& terms) {
  Process* process = target_of(message.to);
  if (!process) return;
  bool priority = false;
  if (auto* reference = std::get_if<Reference>(&message.to)) {
    auto [end, takes_priority] = process->relations().aliases.at(*reference);
    priority = message.priority && takes_priority;
    if (end == Relations::AliasEnd::reply_demonitor) drop_monitor(*process, *reference);
    if (end == Relations::AliasEnd::reply_demonitor || end == Relations::AliasEnd::reply)
      drop_alias(*process, *reference);
  }
  bool is_there = !terms.empty();
  post(*process, std::move(terms), priority,
       [&](Heap& heap) { return taken(message.message, is_there, heap); });
}

void Processes::on(const signal::Link& link, Heap&&) {
  Process* process = find(link.to);
  if (!process) {
    emit(nullptr, link.from.node.name, signal::Exit{link.to, link.from, Term::atom(atoms::noproc)});
    return;
  }
  add_link_of(*process, link.from);
}

// The ack goes out even for a process that is dead or was never linked.
// Source: docs/protocol/distribution.md, "Links".
void Processes::on(const signal::Unlink& unlink, Heap&&) {
  if (Process* process = find(unlink.to); process && process->has_relations()) {
    auto& links = process->relations().links;
    auto found = links.find(unlink.from);
    if (found != links.end() && found->second.active) remove_link(*process, found);
  }
  emit(nullptr, unlink.from.node.name, signal::UnlinkAck{unlink.to, unlink.from, unlink.id});
}

void Processes::on(const signal::UnlinkAck& ack, Heap&&) {
  Process* process = find(ack.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(ack.from);
  if (found != links.end() && !found->second.active && found->second.unlink_id == ack.id)
    remove_link(*process, found);
}

void Processes::on(const signal::Exit& exit, Heap&& terms) {
  Process* process = find(exit.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(exit.from);
  if (found == links.end()) return;
  if (!found->second.active) return;
  bool priority = found->second.priority;
  remove_link(*process, found);
  if (process->trap_exit)
    exit_message(*process, exit.from, exit.reason, std::move(terms), priority);
  else if (!exit.reason.is(atoms::normal))
    this->exit(*process, exit.reason, std::move(terms));
}

void Processes::on(const signal::Exit2& exit, Heap&& terms) {
  Process* process = target_of(exit.to);
  if (!process) return;
  bool priority = false;
  if (auto* alias = std::get_if<Reference>(&exit.to))
    priority = exit.priority && process->relations().aliases.at(*alias).priority;
  if (exit.reason.is(atoms::kill)) {
    this->exit(*process, Term::atom(atoms::killed));
  } else if (process->trap_exit) {
    exit_message(*process, exit.from, exit.reason, std::move(terms), priority);
  } else if (!exit.reason.is(atoms::normal) || exit.to == Target{exit.from}) {
    this->exit(*process, exit.reason, std::move(terms));
  }
}

void Processes::exit_message(Process& to, const Pid& from, Term reason, Heap&& terms, bool priority) {
  bool is_there = !terms.empty();
  post(to, std::move(terms), priority, [&](Heap& heap) {
    Term kept = taken(reason, is_there, heap);
    Term pid = make_pid(heap, self_, from);
    return make_tuple(heap, {Term::atom(atoms::EXIT), pid, kept});
  });
}

void Processes::on(const signal::Monitor& monitor, Heap&&) {
  auto* pid = std::get_if<Pid>(&monitor.to);
  Process* process = pid ? find(*pid) : whereis(std::get<Atom>(monitor.to));
  if (!process) {
    emit(nullptr, monitor.from.node.name,
         signal::Down{monitor.to, monitor.from, monitor.reference, Term::atom(atoms::noproc)});
    return;
  }
  add_watcher(*process, monitor.reference, {monitor.from, monitor.to});
}

void Processes::on(const signal::Demonitor& demonitor, Heap&&) {
  if (auto* pid = std::get_if<Pid>(&demonitor.to)) {
    if (Process* process = find(*pid)) {
      remove_watcher(*process, demonitor.reference);
      if (process->has_relations()) shrink(process->relations().watchers);
    }
    return;
  }
  // The name may belong to another process by now, or to none: the reference finds the process watched.
  auto found = watchers_of_names_.find(demonitor.reference);
  if (found == watchers_of_names_.end()) return;
  Process& process = *slots_[found->second].process;
  remove_watcher(process, demonitor.reference);
  shrink(watchers_of_names_), shrink(process.relations().watchers);
}

void Processes::on(const signal::Down& down, Heap&& terms) {
  Process* process = find(down.to);
  if (!process || !process->has_relations()) return;
  auto& relations = process->relations();
  auto found = relations.monitors.find(down.reference);
  if (found == relations.monitors.end()) return;
  bool by_peer = down.said_by != Atom{};
  if (by_peer && (found->second.of_node || found->second.node != down.said_by)) return;
  if (found->second.of_node && !down.reason.is(atoms::noconnection)) return;
  auto monitoring = std::move(found->second);
  relations.monitors.erase(found);
  if (auto alias = relations.aliases.find(down.reference);
      alias != relations.aliases.end() && alias->second.end != Relations::AliasEnd::unalias)
    drop_alias(*process, down.reference);
  if (monitoring.of_node)
    return post(*process, Heap{}, false, [&](Heap& heap) {
      return make_tuple(heap, {Term::atom(atoms::nodedown), Term::atom(monitoring.node)});
    });
  bool is_there = !terms.empty();
  post(*process, std::move(terms), monitoring.priority, [&](Heap& heap) {
    Term reason = taken(down.reason, is_there, heap);
    Term tag = monitoring.tag ? copy(monitoring.tag->term(), heap) : Term::atom(atoms::DOWN);
    Term reference = noderuntime::make_reference(heap, self_, down.reference);
    Term who = target_term(heap, self_, monitoring.target, monitoring.node);
    return make_tuple(heap, {tag, reference, Term::atom(atoms::process), who, reason});
  });
}

void Processes::on(const signal::GroupLeader& change, Heap&&) {
  if (Process* process = find(change.to)) process->group_leader = change.leader;
}

void Processes::node_down(Atom node) {
  if (auto found = remote_.find(node); found != remote_.end()) {
    auto slots = std::move(found->second.slots);
    found->second.slots.clear();
    for (std::uint32_t slot : slots)
      if (slots_[slot].process && slots_[slot].process->has_relations())
        node_down_for(*slots_[slot].process, node);
    shrink(watchers_of_names_);
    found = remote_.find(node);
    if (found->second.slots.empty() && found->second.rows == 0) remote_.erase(found);
  }
  node_drained(node);
}

// A lost connection synthesizes what the processes over there would have sent last. Source:
// docs/protocol/distribution.md, "Lost connections".
void Processes::node_down_for(Process& process, Atom node) {
  auto& relations = process.relations();
  Term noconnection = Term::atom(atoms::noconnection);
  Pid self = pid_of(process);

  for (auto at = relations.watchers.begin(); at != relations.watchers.end();) {
    auto watcher = at++;
    if (watcher->second.pid.node.name == node) remove_watcher(process, Reference{watcher->first});
  }
  for (auto at = relations.links.begin(); at != relations.links.end();) {
    auto link = at++;
    if (link->first.node.name == node && !link->second.active) remove_link(process, link);
  }
  shrink(relations.watchers), shrink(relations.links);
  std::vector<SignalBody> lost;
  bool all = has_memory_for([&] {
    for (auto& [reference, monitoring] : relations.monitors)
      if (monitoring.node == node)
        lost.push_back(signal::Down{monitoring.target, self, reference, noconnection});
    for (auto& [request, spawn] : relations.spawns)
      if (spawn.node == node) lost.push_back(signal::SpawnReply{request, self, 0, atoms::noconnection});
    for (auto& [pid, state] : relations.links)
      if (pid.node.name == node) lost.push_back(signal::Exit{pid, self, noconnection});
  });
  for (auto& body : lost) act_on(body, Heap{});
  if (!all) kill_without_memory(find(self));
}

void Processes::node_drained(Atom node) {
  auto waiting = suspended_.extract(node);
  if (!waiting) return;
  auto goes_on = [&](std::uint32_t slot) {
    Process* process = slots_[slot].process.get();
    if (!process || process->suspended_on_ != node) return true;  // it has ended
    if (host_.busy(node, pid_of(*process))) return false;
    process->suspended_on_.reset();
    if (process->state_ != Process::State::runnable) wake(*process);
    return true;
  };
  if (std::erase_if(waiting.mapped(), goes_on); !waiting.mapped().empty())
    suspended_.insert(std::move(waiting));
}

}  // namespace noderuntime
