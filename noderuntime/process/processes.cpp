#include "noderuntime/process/processes.h"

#include <algorithm>

#include "noderuntime/term/order.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// A slot is given out again only after so many others were freed behind it.
constexpr std::size_t slots_kept_free = 1024;

Term target_term(Heap& heap, const NodeIdentity& self, const PidOrName& who, Atom node) {
  if (auto* pid = std::get_if<Pid>(&who)) return make_pid(heap, self, *pid);
  return make_tuple(heap, {Term::atom(std::get<Atom>(who)), Term::atom(node)});
}

Atom node_of(const PidOrName& who, Atom otherwise) {
  auto* pid = std::get_if<Pid>(&who);
  return pid ? pid->node.name : otherwise;
}

// {Name, Node} as processes write it.
struct NameAtNode {
  Atom name, node;
};
std::optional<NameAtNode> name_at_node(Term term) {
  if (!term.is_tuple(2) || !term.element(0).is_atom() || !term.element(1).is_atom()) return std::nullopt;
  return NameAtNode{term.element(0).as_atom(), term.element(1).as_atom()};
}

}  // namespace

Process::~Process() = default;

Processes::Processes(NodeIdentity self, Surroundings& surroundings, Limits limits)
    : self_{self}, surroundings_{surroundings}, limits_{limits}, references_{surroundings.random() >> 8} {}

Processes::~Processes() = default;

// --- life
// ---------------------------------------------------------------------------------------------------------

Process* Processes::add(Process* parent, const SpawnOptions& options) {
  std::uint32_t index;
  if (free_slots_.size() > slots_kept_free || (slots_.size() >= limits_.processes && !free_slots_.empty())) {
    index = free_slots_.front();
    free_slots_.pop_front();
  } else if (slots_.size() < limits_.processes) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    return nullptr;
  }
  auto& slot = slots_[index];
  slot.process = std::make_unique<Process>(index, slot.serial++);
  ++count_;
  Process& process = *slot.process;
  process.heap.set_limit(std::min(options.max_heap_words, limits_.heap_words));
  process.group_leader = options.leader ? *options.leader : parent ? parent->group_leader : pid_of(process);
  process.origin = parent ? parent->origin : self_.name;
  if (parent && options.link) {
    process.relations().links.emplace(pid_of(*parent), Relations::LinkState{});
    parent->relations().links.emplace(pid_of(process), Relations::LinkState{});
  }
  if (parent && options.monitor) {
    Pid pid = pid_of(process);
    process.relations().watchers.emplace(*options.monitor, Relations::Watcher{pid_of(*parent), pid});
    parent->relations().monitors.emplace(*options.monitor, Relations::Monitoring{pid, self_.name, nullptr});
  }
  return &process;
}

void Processes::start(Process& process, std::unique_ptr<Body> body) {
  process.body_ = std::move(body);
  enqueue(process);
}

Process* Processes::spawn(Process* parent, std::unique_ptr<Body> body, const SpawnOptions& options) {
  Process* process = add(parent, options);
  if (process) start(*process, std::move(body));
  return process;
}

Process* Processes::spawn(Process* parent, Atom module, Atom function, Term arguments,
                          const SpawnOptions& options) {
  Process* process = add(parent, options);
  if (!process) return nullptr;
  try {
    Term copied = copy(arguments, process->heap);
    start(*process, surroundings_.start_function(*process, module, function, copied));
  } catch (const HeapLimitExceeded&) { exit(*process, Term::atom(atoms::killed)); }
  return process;
}

Process* Processes::find(Term pid) {
  if (!pid.is_local_pid() || pid.pid_slot() >= slots_.size()) return nullptr;
  Process* process = slots_[pid.pid_slot()].process.get();
  bool alive = process && process->serial() == pid.pid_serial() && process->state_ != Process::State::exiting;
  return alive ? process : nullptr;
}

Process* Processes::find(const Pid& pid) {
  return is_local(pid) ? find(Term::local_pid(pid.id, pid.serial)) : nullptr;
}

Pid Processes::pid_of(const Process& process) const { return {self_, process.slot(), process.serial()}; }

std::vector<Term> Processes::all() const {
  std::vector<Term> pids;
  for (auto& slot : slots_)
    if (slot.process && slot.process->state_ != Process::State::exiting) pids.push_back(slot.process->self());
  return pids;
}

void Processes::exit(Process& process, Term reason) {
  if (process.doomed_ || process.state_ == Process::State::exiting) return;
  process.doomed_ = true;
  auto owned = OwnedTerm::copy_of(reason);
  if (&process == current_) {
    process.doom_ = std::make_unique<OwnedTerm>(std::move(owned));
    return;  // its turn ends first
  }
  exits_.emplace_back(process.self(), std::move(owned));
  drain_exits();
}

void Processes::drain_exits() {
  if (draining_) return;
  draining_ = true;
  while (!exits_.empty()) {
    auto [pid, reason] = std::move(exits_.front());
    exits_.pop_front();
    finish(*slots_[pid.pid_slot()].process, reason.term());
  }
  draining_ = false;
}

// Everybody who has to know is told; then the process is gone. It may stand in the run queue still: its slot
// is freed when its turn comes.
void Processes::finish(Process& process, Term reason) {
  bool queued = process.state_ == Process::State::runnable;
  process.state_ = Process::State::exiting;
  --count_;
  cancel_timeout(process);
  if (process.relations_) {
    if (process.relations_->name != Atom{}) names_.erase(process.relations_->name);
    announce_exit(process, reason);
    forget_references(process);
  }
  process.relations_.reset();
  process.mailbox.clear();
  process.body_.reset();
  process.heap.clear();
  if (queued) return;
  free_slots_.push_back(process.slot());
  slots_[process.slot()].process.reset();
}

void Processes::announce_exit(Process& process, Term reason) {
  Relations relations = std::move(*process.relations_);
  process.relations_ = std::make_unique<Relations>();
  process.relations_->aliases = relations.aliases;
  Pid self = pid_of(process);
  for (auto& [reference, monitoring] : relations.monitors)
    emit(nullptr, node_of(monitoring.target, monitoring.node),
         signal::Demonitor{self, monitoring.target, reference});
  for (auto& [pid, state] : relations.links)
    if (state.active) emit(nullptr, pid.node.name, signal::Exit{self, pid, reason});
  for (auto& [reference, watcher] : relations.watchers)
    emit(nullptr, watcher.pid.node.name, signal::Down{watcher.as, watcher.pid, reference, reason});
}

void Processes::forget_references(Process& process) {
  for (auto& [reference, end] : process.relations_->aliases) aliases_.erase(reference);
  for (auto& [node, slots] : remote_) slots.erase(process.slot());
}

// --- names and references
// ---------------------------------------------------------------------------------------------

bool Processes::register_name(Atom name, Process& process) {
  if (name == atoms::undefined || names_.contains(name) || process.relations().name != Atom{}) return false;
  names_.emplace(name, process.slot());
  process.relations().name = name;
  return true;
}

bool Processes::unregister_name(Atom name) {
  Process* process = whereis(name);
  if (!process) return false;
  process->relations().name = Atom{};
  return names_.erase(name) > 0;
}

Process* Processes::whereis(Atom name) {
  auto found = names_.find(name);
  return found == names_.end() ? nullptr : slots_[found->second].process.get();
}

std::vector<Atom> Processes::registered() const {
  std::vector<Atom> all;
  for (auto& [name, slot] : names_) all.push_back(name);
  return all;
}

// The first word of a reference of ours is below 2^18 (erl_ext_dist, NEWER_REFERENCE_EXT).
Reference Processes::make_reference() {
  std::uint64_t next = references_++;
  return {self_,
          3,
          {static_cast<std::uint32_t>(next & 0x3FFFF), static_cast<std::uint32_t>(next >> 18),
           static_cast<std::uint32_t>(next >> 50)}};
}

Term Processes::make_reference_term(Heap& heap) {
  return noderuntime::make_reference(heap, self_, make_reference());
}

// --- signals that a process sends
// -------------------------------------------------------------------------------------

void Processes::emit(Process* from, Atom node, const SignalBody& body) {
  if (!is_ours(node)) {
    if (surroundings_.send(node, body) && from) from->suspended_on_ = node;
    return;
  }
  std::visit([&](const auto& local) { on(local, Heap{}); }, body);
}

Processes::Sent Processes::send(Process& from, Term to, Term message) {
  if (to.is_local_pid()) {
    if (Process* process = find(to)) push_message(*process, OwnedTerm::copy_of(message));
    return Sent::ok;
  }
  if (to.is_atom()) {
    Process* process = whereis(to.as_atom());
    if (!process) return Sent::badarg;
    push_message(*process, OwnedTerm::copy_of(message));
    return Sent::ok;
  }
  Pid self = pid_of(from);
  if (auto name = name_at_node(to)) {
    emit(&from, name->node, signal::Message{self, name->name, message});
  } else if (to.is_pid()) {
    Pid pid = to_pid(self_, to);
    emit(&from, pid.node.name, signal::Message{self, pid, message});
  } else if (to.is_reference()) {
    Reference alias = to_reference(self_, to);
    emit(&from, alias.node.name, signal::Message{self, alias, message});
  } else {
    return Sent::badarg;
  }
  return Sent::ok;
}

void Processes::send_message(const Pid& from, const Target& to, OwnedTerm message) {
  if (auto* pid = std::get_if<Pid>(&to); pid && !is_ours(pid->node.name)) {
    surroundings_.send(pid->node.name, signal::Message{from, to, message.term()});
    return;
  }
  if (auto* alias = std::get_if<Reference>(&to); alias && !is_ours(alias->node.name)) {
    surroundings_.send(alias->node.name, signal::Message{from, to, message.term()});
    return;
  }
  Term term = message.term();
  on(signal::Message{from, to, term}, std::move(message).take_heap());
}

void Processes::push_message(Process& to, OwnedTerm message) {
  to.mailbox.push(std::move(message));
  wake(to);
}

bool Processes::link(Process& from, Term to) {
  if (to == from.self()) return true;
  Pid pid = to_pid(self_, to);
  if (is_ours(pid.node.name) && !find(pid)) {
    if (!from.trap_exit) return false;
    exit_message(from, pid, Term::atom(atoms::noproc));
    return true;
  }
  auto& state = from.relations().links.try_emplace(pid, Relations::LinkState{false, 0}).first->second;
  if (state.active) return true;
  state = {};
  relate(from, pid.node.name);
  emit(&from, pid.node.name, signal::Link{pid_of(from), pid});
  return true;
}

void Processes::unlink(Process& from, Term to) {
  if (!from.has_relations()) return;
  Pid pid = to_pid(self_, to);
  auto& links = from.relations().links;
  auto found = links.find(pid);
  if (found == links.end() || !found->second.active) return;
  if (is_ours(pid.node.name)) {
    links.erase(found);
    if (Process* other = find(pid); other && other->has_relations())
      other->relations().links.erase(pid_of(from));
    return;
  }
  found->second = {false, from.relations().next_unlink_id++};
  emit(&from, pid.node.name, signal::Unlink{pid_of(from), pid, found->second.unlink_id});
}

std::optional<Reference> Processes::monitor(Process& from, Term to, const MonitorOptions& options) {
  PidOrName target;
  Atom node = self_.name;
  if (to.is_pid()) {
    Pid pid = to_pid(self_, to);
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
  Reference reference = make_reference();
  auto tag = options.tag.is_nil() ? nullptr : std::make_shared<OwnedTerm>(OwnedTerm::copy_of(options.tag));
  auto& relations = from.relations();
  if (options.alias) {
    relations.aliases.emplace(reference, *options.alias);
    aliases_.emplace(reference, from.slot());
  }
  if (to == from.self()) return reference;  // a monitor of oneself never fires
  relations.monitors.emplace(reference, Relations::Monitoring{target, node, std::move(tag)});
  relate(from, node);
  emit(&from, node, signal::Monitor{pid_of(from), target, reference});
  return reference;
}

bool Processes::demonitor(Process& from, const Reference& reference, bool flush) {
  bool existed = from.has_relations() && from.relations().monitors.contains(reference);
  if (existed) drop_monitor(from, reference);
  if (from.has_relations()) {
    auto alias = from.relations().aliases.find(reference);
    if (alias != from.relations().aliases.end() && alias->second != Relations::AliasEnd::unalias)
      drop_alias(from, reference);
  }
  if (flush && !existed) {
    Heap scratch;
    Term wanted = noderuntime::make_reference(scratch, self_, reference);
    from.mailbox.remove_first(
        [&](Term message) { return message.is_tuple(5) && exactly_equal(message.element(1), wanted); });
  }
  return existed;
}

void Processes::drop_monitor(Process& process, const Reference& reference) {
  auto found = process.relations().monitors.find(reference);
  if (found == process.relations().monitors.end()) return;
  auto monitoring = std::move(found->second);
  process.relations().monitors.erase(found);
  emit(&process, monitoring.node, signal::Demonitor{pid_of(process), monitoring.target, reference});
}

void Processes::drop_alias(Process& process, const Reference& reference) {
  aliases_.erase(reference);
  process.relations().aliases.erase(reference);
}

void Processes::exit_signal(Process& from, Term to, Term reason) {
  Pid pid = to_pid(self_, to);
  emit(&from, pid.node.name, signal::Exit2{pid_of(from), pid, reason});
}

void Processes::set_group_leader(Term leader, Term to) {
  Pid pid = to_pid(self_, to);
  emit(current_, pid.node.name, signal::GroupLeader{to_pid(self_, leader), pid});
}

Reference Processes::alias(Process& from, bool ends_with_reply) {
  Reference reference = make_reference();
  from.relations().aliases.emplace(
      reference, ends_with_reply ? Relations::AliasEnd::reply : Relations::AliasEnd::unalias);
  aliases_.emplace(reference, from.slot());
  return reference;
}

bool Processes::unalias(Process& from, const Reference& reference) {
  if (!from.has_relations() || !from.relations().aliases.contains(reference)) return false;
  drop_alias(from, reference);
  return true;
}

void Processes::relate(Process& process, Atom node) {
  if (!is_ours(node)) remote_[node].insert(process.slot());
}

// --- signals from outside
// -----------------------------------------------------------------------------------------------

void Processes::deliver(Signal signal) {
  std::visit([&](const auto& body) { on(body, std::move(signal.terms)); }, signal.body);
}

void Processes::on(const signal::Message& message, Heap terms) {
  Process* process = nullptr;
  if (auto* pid = std::get_if<Pid>(&message.to)) {
    process = find(*pid);
  } else if (auto* name = std::get_if<Atom>(&message.to)) {
    process = whereis(*name);
  } else {
    auto& reference = std::get<Reference>(message.to);
    auto found = aliases_.find(reference);
    if (found == aliases_.end()) return;
    process = slots_[found->second].process.get();
    auto end = process->relations().aliases.at(reference);
    if (end == Relations::AliasEnd::reply_demonitor) drop_monitor(*process, reference);
    if (end == Relations::AliasEnd::reply_demonitor || end == Relations::AliasEnd::reply)
      drop_alias(*process, reference);
  }
  if (!process) return;
  push_message(*process, terms.empty() ? OwnedTerm::copy_of(message.message)
                                       : OwnedTerm{std::move(terms), message.message});
}

void Processes::on(const signal::Link& link, Heap) {
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
void Processes::on(const signal::Unlink& unlink, Heap) {
  if (Process* process = find(unlink.to); process && process->has_relations()) {
    auto& links = process->relations().links;
    auto found = links.find(unlink.from);
    if (found != links.end() && found->second.active) links.erase(found);
  }
  emit(nullptr, unlink.from.node.name, signal::UnlinkAck{unlink.to, unlink.from, unlink.id});
}

void Processes::on(const signal::UnlinkAck& ack, Heap) {
  Process* process = find(ack.to);
  if (!process || !process->has_relations()) return;
  auto& links = process->relations().links;
  auto found = links.find(ack.from);
  if (found != links.end() && !found->second.active && found->second.unlink_id == ack.id) links.erase(found);
}

void Processes::on(const signal::Exit& exit, Heap) {
  Process* process = find(exit.to);
  if (!process || !process->has_relations()) { return; }
  auto& links = process->relations().links;
  auto found = links.find(exit.from);
  if (found == links.end()) return;
  bool active = found->second.active;
  if (active) links.erase(found);
  if (!active) return;
  if (process->trap_exit)
    exit_message(*process, exit.from, exit.reason);
  else if (!exit.reason.is(atoms::normal))
    this->exit(*process, exit.reason);
}

void Processes::on(const signal::Exit2& exit, Heap) {
  Process* process = nullptr;
  if (auto* pid = std::get_if<Pid>(&exit.to)) process = find(*pid);
  if (auto* name = std::get_if<Atom>(&exit.to)) process = whereis(*name);
  if (auto* alias = std::get_if<Reference>(&exit.to))
    if (auto found = aliases_.find(*alias); found != aliases_.end())
      process = slots_[found->second].process.get();
  if (!process) return;
  if (exit.reason.is(atoms::kill)) {
    this->exit(*process, Term::atom(atoms::killed));
  } else if (process->trap_exit) {
    exit_message(*process, exit.from, exit.reason);
  } else if (!exit.reason.is(atoms::normal) || exit.from == pid_of(*process)) {
    this->exit(*process, exit.reason);
  }
}

void Processes::exit_message(Process& to, const Pid& from, Term reason) {
  Heap heap;
  Term copied = copy(reason, heap);
  Term pid = make_pid(heap, self_, from);
  Term message = make_tuple(heap, {Term::atom(atoms::EXIT), pid, copied});
  push_message(to, OwnedTerm{std::move(heap), message});
}

void Processes::on(const signal::Monitor& monitor, Heap) {
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

void Processes::on(const signal::Demonitor& demonitor, Heap) {
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

void Processes::on(const signal::Down& down, Heap) {
  Process* process = find(down.to);
  if (!process || !process->has_relations()) return;
  auto& relations = process->relations();
  auto found = relations.monitors.find(down.reference);
  if (found == relations.monitors.end()) return;
  auto monitoring = std::move(found->second);
  relations.monitors.erase(found);
  if (auto alias = relations.aliases.find(down.reference);
      alias != relations.aliases.end() && alias->second != Relations::AliasEnd::unalias)
    drop_alias(*process, down.reference);
  Heap heap;
  Term tag = monitoring.tag ? copy(monitoring.tag->term(), heap) : Term::atom(atoms::DOWN);
  Term reference = noderuntime::make_reference(heap, self_, down.reference);
  Term who = target_term(heap, self_, monitoring.target, monitoring.node);
  Term reason = copy(down.reason, heap);
  Term message = make_tuple(heap, {tag, reference, Term::atom(atoms::process), who, reason});
  push_message(*process, OwnedTerm{std::move(heap), message});
}

void Processes::on(const signal::GroupLeader& change, Heap) {
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
  for (auto& slot : slots_)
    if (slot.process && slot.process->suspended_on_ == node) {
      slot.process->suspended_on_.reset();
      if (slot.process->state_ == Process::State::runnable) continue;
      wake(*slot.process);
    }
}

// --- receive and turns
// ----------------------------------------------------------------------------------------------------

void Processes::set_timeout(Process& process, std::int64_t milliseconds) {
  cancel_timeout(process);
  std::int64_t now = surroundings_.monotonic_nanoseconds() / 1'000'000;
  process.next_timeout = timers_.start(now + milliseconds + 1, [this, pid = process.self()] {
    Process* waiting = find(pid);
    if (!waiting) return;
    waiting->next_timeout = 0;
    waiting->timed_out = true;
    wake(*waiting);
  });
}

void Processes::cancel_timeout(Process& process) {
  if (process.next_timeout != 0) timers_.stop(process.next_timeout);
  process.next_timeout = 0;
  process.timed_out = false;
}

void Processes::wake(Process& process) {
  if (process.state_ != Process::State::waiting) {
    process.woken_ = true;
    return;
  }
  enqueue(process);
}

void Processes::enqueue(Process& process) {
  process.state_ = Process::State::runnable;
  process.next_runnable_ = nullptr;
  *last_runnable_ = &process;
  last_runnable_ = &process.next_runnable_;
}

void Processes::run(int slices) {
  while (slices-- > 0 && first_runnable_) {
    Process& process = *first_runnable_;
    first_runnable_ = process.next_runnable_;
    if (!first_runnable_) last_runnable_ = &first_runnable_;
    turn(process);
  }
}

void Processes::turn(Process& process) {
  if (process.state_ == Process::State::exiting) {  // ended while it stood in the queue
    free_slots_.push_back(process.slot());
    slots_[process.slot()].process.reset();
    return;
  }
  if (process.suspended_on_) {
    process.state_ = Process::State::waiting;
    process.woken_ = true;
    return;
  }
  process.state_ = Process::State::running;
  process.woken_ = false;
  current_ = &process;
  int budget = limits_.slice;
  Body::Next next = Body::Next::done;
  try {
    next = process.body_->run(process, budget);
  } catch (const HeapLimitExceeded&) { process.set_exit(Term::atom(atoms::killed)); }
  process.reductions += static_cast<std::uint64_t>(std::max(0, limits_.slice - budget));
  current_ = nullptr;
  if (process.doomed_ || next == Body::Next::done) {
    process.doomed_ = true;
    Term reason = process.doom_       ? process.doom_->term()
                  : process.has_exit_ ? process.exit_reason_
                                      : Term::atom(atoms::normal);
    exits_.emplace_back(process.self(), OwnedTerm::copy_of(reason));
    drain_exits();
    return;
  }
  bool more = next == Body::Next::again || process.woken_;
  process.state_ = Process::State::waiting;
  if (more && !process.suspended_on_) enqueue(process);
}

}  // namespace noderuntime
