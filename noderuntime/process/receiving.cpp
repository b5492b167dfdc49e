// Signals that reach this node's processes, from here and from peers.
#include "noderuntime/process/signal_router.h"

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

const Atom getting_linked = Atom::of("getting_linked"), getting_unlinked = Atom::of("getting_unlinked");

Term target_term(Heap& heap, const NodeIdentity& self, const PidOrName& who, Atom node) {
  if (auto* pid = std::get_if<Pid>(&who)) return make_pid(heap, self, *pid);
  return make_tuple(heap, {Term::atom(std::get<Atom>(who)), Term::atom(node)});
}

}  // namespace

void SignalRouter::deliver(Signal&& signal) { act_on(signal.body, std::move(signal.terms)); }

// --- without memory

void SignalRouter::act_on(const SignalBody& body, Heap&& terms) {
  auto act = [&](const auto& signal) { on(signal, std::move(terms)); };
  if (!has_memory_for([&] { std::visit(act, body); })) answer_without_memory(body);
}

Process* SignalRouter::target_of(const Target& target) {
  if (auto* pid = std::get_if<Pid>(&target)) return table_.find(*pid);
  if (auto* name = std::get_if<Atom>(&target)) return names_.whereis(*name);
  return relations_.of_alias(std::get<Reference>(target));
}

// Handles a signal that could not be carried out: its sender is answered as if the target were dead.
void SignalRouter::answer_without_memory(const SignalBody& body) {
  Term noproc = Term::atom(atoms::noproc);
  std::visit(
      [&](const auto& signal) {
        if constexpr (requires { Target{signal.to}; })
          exits_.kill_without_memory(target_of(Target{signal.to}));
      },
      body);
  if (auto* link = std::get_if<signal::Link>(&body))
    route(nullptr, link->from.node.name, signal::Exit{link->to, link->from, noproc});
  if (auto* monitor = std::get_if<signal::Monitor>(&body))
    route(nullptr, monitor->from.node.name,
          signal::Down{monitor->to, monitor->from, monitor->reference, noproc});
}

namespace {

// `term` itself if `is_there`, that is, on `heap` already; otherwise a copy.
Term taken(Term term, bool is_there, Heap& heap) { return is_there ? term : copy(term, heap); }

}  // namespace

Term SignalRouter::tag_on(Heap& heap, const std::shared_ptr<OwnedTerm>& tag, Atom otherwise) {
  if (!tag) return Term::atom(otherwise);
  if (tag.use_count() > 1) return copy(tag->term(), heap);
  heap.adopt(std::move(*tag).take_heap());
  return tag->term();
}

// --- messages

void SignalRouter::push_untraced(Process& to, OwnedTerm&& message) {
  to.mailbox.push(std::move(message));
  message_came(to);
}

void SignalRouter::push_message(Process& to, OwnedTerm&& message, const Pid* from) {
  if (auto* events = to.traced(trace_flag::receive)) [[unlikely]]
    events->received(to, message, from);
  push_untraced(to, std::move(message));
}

void SignalRouter::push_message(Process& to, OwnedTerm&& message, bool priority, const Pid* from) {
  if (!priority) return push_message(to, std::move(message), from);
  if (auto* events = to.traced(trace_flag::receive)) events->received(to, message, from);
  to.mailbox.push_priority(std::move(message));
  message_came(to);
}

// Erlang code counts waiting messages against max_heap_size when it collects, as on OTP; a process that they bring above it
// collects when it runs next. The limit of the node holds at once, and so does that of a body without Erlang code.
void SignalRouter::message_came(Process& to) {
  if (to.heap.limit() != Heap::unlimited && to.words() > to.heap.limit()) [[unlikely]] {
    bool collects = to.body() && to.body()->erlang_state() && to.words() <= table_.limits().heap_words;
    if (!collects) {
      exits_.heap_exceeded(to);
      return exits_.exit(to, Term::atom(atoms::killed));
    }
    if (to.settings().message_queue_data == atoms::on_heap) to.body()->collect_soon(false);
  }
  scheduler_.wake(to);
}

// --- signals

void SignalRouter::on(const signal::Message& message, Heap&& terms) {
  Process* process = target_of(message.to);
  if (!process) return;
  bool priority = false;
  if (auto* reference = std::get_if<Reference>(&message.to)) {
    auto [end, takes_priority] = process->relations().aliases.at(*reference);
    priority = message.priority && takes_priority;
    if (end == Relations::AliasEnd::reply_demonitor) drop_monitor(*process, *reference);
    if (end == Relations::AliasEnd::reply_demonitor || end == Relations::AliasEnd::reply)
      relations_.drop_alias(*process, *reference);
  }
  bool is_there = !terms.empty();
  post(
      *process, std::move(terms), priority,
      [&](Heap& heap) { return taken(message.message, is_there, heap); }, &message.from);
}

void SignalRouter::on(const signal::Link& link, Heap&&) {
  Process* process = table_.find(link.to);
  if (!process) {
    route(nullptr, link.from.node.name, signal::Exit{link.to, link.from, Term::atom(atoms::noproc)});
    return;
  }
  tell_lost_link(*process, link.from);
  relations_.add_link_of(*process, link.from);
  tell_of_link(*process, getting_linked, link.from);
  Process* from = table_.find(link.from);
  if (from && from->trace) from->trace->events.linked(*from, *process);
}

void SignalRouter::tell_of_link(Process& process, Atom event, const Pid& other) {
  auto* events = process.traced(trace_flag::procs);
  if (!events) return;
  Heap heap;
  if (has_memory_for([&] { (void)make_pid(heap, node_.identity(), other); }))
    events->happened(process, event, make_pid(heap, node_.identity(), other));
}

// The ack goes out even for a process that is dead or was never linked.
// Source: docs/protocol/distribution.md, "Links".
void SignalRouter::on(const signal::Unlink& unlink, Heap&&) {
  if (Process* process = table_.find(unlink.to); process && process->has_relations()) {
    auto& links = process->relations().links;
    auto found = links.find(unlink.from);
    if (found != links.end() && found->second.active) {
      relations_.remove_link(*process, found);
      tell_of_link(*process, getting_unlinked, unlink.from);
    }
  }
  route(nullptr, unlink.from.node.name, signal::UnlinkAck{unlink.to, unlink.from, unlink.id});
}

void SignalRouter::on(const signal::UnlinkAck& ack, Heap&&) {
  Process* process = table_.find(ack.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(ack.from);
  if (found != links.end() && !found->second.active && found->second.unlink_id == ack.id)
    relations_.remove_link(*process, found);
}

void SignalRouter::on(const signal::Exit& exit, Heap&& terms) {
  Process* process = table_.find(exit.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(exit.from);
  if (found == links.end()) return;
  if (!found->second.active) return;
  bool priority = found->second.priority;
  relations_.remove_link(*process, found);
  bool goes_on = process->trap_exit || exit.reason.is(atoms::normal);
  if (process->trap_exit)
    exit_message(*process, exit.from, exit.reason, std::move(terms), priority);
  else if (!exit.reason.is(atoms::normal))
    exits_.exit(*process, exit.reason, std::move(terms));
  if (Process* still = goes_on ? table_.find(exit.to) : nullptr)
    tell_of_link(*still, getting_unlinked, exit.from);
}

void SignalRouter::on(const signal::Exit2& exit, Heap&& terms) {
  Process* process = target_of(exit.to);
  if (!process) return;
  bool priority = false;
  if (auto* alias = std::get_if<Reference>(&exit.to))
    priority = exit.priority && process->relations().aliases.at(*alias).priority;
  if (exit.reason.is(atoms::kill)) {
    exits_.exit(*process, Term::atom(atoms::killed));
  } else if (process->trap_exit) {
    exit_message(*process, exit.from, exit.reason, std::move(terms), priority);
  } else if (!exit.reason.is(atoms::normal) || exit.to == Target{exit.from}) {
    exits_.exit(*process, exit.reason, std::move(terms));
  }
}

void SignalRouter::exit_message(Process& to, const Pid& from, Term reason, Heap&& terms, bool priority) {
  bool is_there = !terms.empty();
  post(to, std::move(terms), priority, [&](Heap& heap) {
    Term kept = taken(reason, is_there, heap);
    Term pid = make_pid(heap, node_.identity(), from);
    return make_tuple(heap, {Term::atom(atoms::EXIT), pid, kept});
  });
}

void SignalRouter::on(const signal::Monitor& monitor, Heap&&) {
  auto* pid = std::get_if<Pid>(&monitor.to);
  Process* process = pid ? table_.find(*pid) : names_.whereis(std::get<Atom>(monitor.to));
  if (!process) {
    route(nullptr, monitor.from.node.name,
          signal::Down{monitor.to, monitor.from, monitor.reference, Term::atom(atoms::noproc)});
    return;
  }
  relations_.add_monitored_by(*process, monitor.reference, {monitor.from, monitor.to});
}

void SignalRouter::on(const signal::Demonitor& demonitor, Heap&&) {
  if (auto* pid = std::get_if<Pid>(&demonitor.to)) {
    if (Process* process = table_.find(*pid)) relations_.remove_monitored_by(*process, demonitor.reference);
    return;
  }
  // The name may belong to another process by now, or to none: the reference finds the process watched.
  Process* process = relations_.watched_by_name(demonitor.reference);
  if (!process) return;
  relations_.remove_monitored_by(*process, demonitor.reference);
}

void SignalRouter::on(const signal::Down& down, Heap&& terms) {
  Process* process = table_.find(down.to);
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
    relations_.drop_alias(*process, down.reference);
  if (monitoring.of_node)
    return post(*process, Heap{}, false, [&](Heap& heap) {
      return make_tuple(heap, {Term::atom(atoms::nodedown), Term::atom(monitoring.node)});
    });
  bool is_there = !terms.empty();
  post(*process, std::move(terms), monitoring.priority, [&](Heap& heap) {
    Term reason = taken(down.reason, is_there, heap);
    Term tag = tag_on(heap, monitoring.tag, atoms::DOWN);
    Term reference = noderuntime::make_reference(heap, node_.identity(), down.reference);
    Term who = target_term(heap, node_.identity(), monitoring.target, monitoring.node);
    return make_tuple(heap, {tag, reference, Term::atom(atoms::process), who, reason});
  });
}

void SignalRouter::on(const signal::GroupLeader& change, Heap&&) {
  if (Process* process = table_.find(change.to)) process->group_leader = change.leader;
}

}  // namespace noderuntime
