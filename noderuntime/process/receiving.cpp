// Signals that reach processes of ours, from here and from peers, and what a lost connection stands for.
#include "noderuntime/process/processes.h"

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

Term target_term(Heap& heap, const NodeIdentity& self, const PidOrName& who, Atom node) {
  if (auto* pid = std::get_if<Pid>(&who)) return make_pid(heap, self, *pid);
  return make_tuple(heap, {Term::atom(std::get<Atom>(who)), Term::atom(node)});
}

}  // namespace

void Processes::deliver(Signal&& signal) {
  std::visit([&](const auto& body) { on(body, std::move(signal.terms)); }, signal.body);
}

void Processes::on(const signal::Message& message, Heap&& terms) {
  Process* process = nullptr;
  bool priority = false;
  if (auto* pid = std::get_if<Pid>(&message.to)) {
    process = find(*pid);
  } else if (auto* name = std::get_if<Atom>(&message.to)) {
    process = whereis(*name);
  } else {
    auto& reference = std::get<Reference>(message.to);
    auto found = aliases_.find(reference);
    if (found == aliases_.end()) return;
    process = slots_[found->second].process.get();
    auto [end, takes_priority] = process->relations().aliases.at(reference);
    priority = message.priority && takes_priority;
    if (end == Relations::AliasEnd::reply_demonitor) drop_monitor(*process, reference);
    if (end == Relations::AliasEnd::reply_demonitor || end == Relations::AliasEnd::reply)
      drop_alias(*process, reference);
  }
  if (!process) return;
  push_message(
      *process,
      terms.empty() ? OwnedTerm::copy_of(message.message) : OwnedTerm{std::move(terms), message.message},
      priority);
}

void Processes::on(const signal::Link& link, Heap&&) {
  Process* process = find(link.to);
  if (!process) {
    emit(nullptr, link.from.node.name, signal::Exit{link.to, link.from, Term::atom(atoms::noproc)});
    return;
  }
  process->relations().links.try_emplace(
      link.from);  // an entry that waits for our unlink's ack stays as it is
  relate(*process, link.from.node.name);
}

// Facts, 4.3: the ack goes out even for a process that is dead or was never linked.
void Processes::on(const signal::Unlink& unlink, Heap&&) {
  if (Process* process = find(unlink.to); process && process->has_relations()) {
    auto& links = process->relations().links;
    auto found = links.find(unlink.from);
    if (found != links.end() && found->second.active) links.erase(found);
  }
  emit(nullptr, unlink.from.node.name, signal::UnlinkAck{unlink.to, unlink.from, unlink.id});
}

void Processes::on(const signal::UnlinkAck& ack, Heap&&) {
  Process* process = find(ack.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(ack.from);
  if (found != links.end() && !found->second.active && found->second.unlink_id == ack.id) links.erase(found);
}

void Processes::on(const signal::Exit& exit, Heap&&) {
  Process* process = find(exit.to);
  if (!process || !process->has_relations()) { return; }
  auto& links = process->relations().links;
  auto found = links.find(exit.from);
  if (found == links.end()) return;
  auto [active, priority, unlink_id] = found->second;
  if (active) links.erase(found);
  if (!active) return;
  if (process->trap_exit)
    exit_message(*process, exit.from, exit.reason, priority);
  else if (!exit.reason.is(atoms::normal))
    this->exit(*process, exit.reason);
}

void Processes::on(const signal::Exit2& exit, Heap&&) {
  Process* process = nullptr;
  bool priority = false;
  if (auto* pid = std::get_if<Pid>(&exit.to)) process = find(*pid);
  if (auto* name = std::get_if<Atom>(&exit.to)) process = whereis(*name);
  if (auto* alias = std::get_if<Reference>(&exit.to))
    if (auto found = aliases_.find(*alias); found != aliases_.end()) {
      process = slots_[found->second].process.get();
      priority = exit.priority && process->relations().aliases.at(*alias).priority;
    }
  if (!process) return;
  if (exit.reason.is(atoms::kill)) {
    this->exit(*process, Term::atom(atoms::killed));
  } else if (process->trap_exit) {
    exit_message(*process, exit.from, exit.reason, priority);
  } else if (!exit.reason.is(atoms::normal) || exit.to == Target{exit.from}) {
    this->exit(*process, exit.reason);
  }
}

void Processes::exit_message(Process& to, const Pid& from, Term reason, bool priority) {
  Heap heap;
  Term copied = copy(reason, heap);
  Term pid = make_pid(heap, self_, from);
  Term message = make_tuple(heap, {Term::atom(atoms::EXIT), pid, copied});
  push_message(to, OwnedTerm{std::move(heap), message}, priority);
}

void Processes::on(const signal::Monitor& monitor, Heap&&) {
  auto* pid = std::get_if<Pid>(&monitor.to);
  Process* process = pid ? find(*pid) : whereis(std::get<Atom>(monitor.to));
  if (!process) {
    emit(nullptr, monitor.from.node.name,
         signal::Down{monitor.to, monitor.from, monitor.reference, Term::atom(atoms::noproc)});
    return;
  }
  process->relations().watchers.emplace(monitor.reference, Relations::Watcher{monitor.from, monitor.to});
  relate(*process, monitor.from.node.name);
}

void Processes::on(const signal::Demonitor& demonitor, Heap&&) {
  auto* pid = std::get_if<Pid>(&demonitor.to);
  Process* process = pid ? find(*pid) : whereis(std::get<Atom>(demonitor.to));
  if (process && process->has_relations() && process->relations().watchers.erase(demonitor.reference) > 0)
    return;
  if (pid) return;
  // The name may belong to another process by now, or to none: the reference alone tells.
  for (auto& slot : slots_)
    if (slot.process && slot.process->has_relations() &&
        slot.process->relations().watchers.erase(demonitor.reference) > 0)
      return;
}

void Processes::on(const signal::Down& down, Heap&&) {
  Process* process = find(down.to);
  if (!process || !process->has_relations()) return;
  auto& relations = process->relations();
  auto found = relations.monitors.find(down.reference);
  if (found == relations.monitors.end()) return;
  if (found->second.of_node && !down.reason.is(atoms::noconnection)) return;
  auto monitoring = std::move(found->second);
  relations.monitors.erase(found);
  if (auto alias = relations.aliases.find(down.reference);
      alias != relations.aliases.end() && alias->second.end != Relations::AliasEnd::unalias)
    drop_alias(*process, down.reference);
  Heap heap;
  if (monitoring.of_node) {
    Term message = make_tuple(heap, {Term::atom(atoms::nodedown), Term::atom(monitoring.node)});
    return push_message(*process, OwnedTerm{std::move(heap), message});
  }
  Term tag = monitoring.tag ? copy(monitoring.tag->term(), heap) : Term::atom(atoms::DOWN);
  Term reference = noderuntime::make_reference(heap, self_, down.reference);
  Term who = target_term(heap, self_, monitoring.target, monitoring.node);
  Term reason = copy(down.reason, heap);
  Term message = make_tuple(heap, {tag, reference, Term::atom(atoms::process), who, reason});
  push_message(*process, OwnedTerm{std::move(heap), message}, monitoring.priority);
}

void Processes::on(const signal::GroupLeader& change, Heap&&) {
  if (Process* process = find(change.to)) process->group_leader = change.leader;
}

void Processes::node_down(Atom node) {
  if (auto related = remote_.extract(node))
    for (std::uint32_t slot : related.mapped())
      if (slots_[slot].process) node_down_for(*slots_[slot].process, node);
  node_drained(node);
}

// A lost connection synthesizes what the processes over there would have sent last (facts, 4.8).
void Processes::node_down_for(Process& process, Atom node) {
  if (!process.has_relations()) return;
  auto& relations = process.relations();
  Term noconnection = Term::atom(atoms::noconnection);
  Pid self = pid_of(process);

  std::erase_if(relations.watchers, [&](auto& row) { return row.second.pid.node.name == node; });
  std::erase_if(relations.links,
                [&](auto& row) { return row.first.node.name == node && !row.second.active; });
  std::vector<SignalBody> lost;
  for (auto& [reference, monitoring] : relations.monitors)
    if (monitoring.node == node)
      lost.push_back(signal::Down{monitoring.target, self, reference, noconnection});
  for (auto& [request, spawn] : relations.spawns)
    if (spawn.node == node) lost.push_back(signal::SpawnReply{request, self, 0, atoms::noconnection});
  for (auto& [pid, state] : relations.links)
    if (pid.node.name == node) lost.push_back(signal::Exit{pid, self, noconnection});
  for (auto& body : lost) deliver({std::move(body), Heap{}});
}

void Processes::node_drained(Atom node) {
  auto waiting = suspended_.extract(node);
  if (!waiting) return;
  for (auto slot : waiting.mapped()) {
    Process* process = slots_[slot].process.get();
    if (!process || process->suspended_on_ != node) continue;  // it has ended
    if (surroundings_.busy(node, pid_of(*process))) {
      suspended_[node].push_back(slot);
      continue;
    }
    process->suspended_on_.reset();
    if (process->state_ != Process::State::runnable) wake(*process);
  }
}

}  // namespace noderuntime
