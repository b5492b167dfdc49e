// The life of processes, their names and references.
#include "noderuntime/process/processes.h"

#include <algorithm>

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// A slot is given out again only after so many others were freed behind it.
constexpr std::size_t slots_kept_free = 32768;

Atom node_of(const PidOrName& who, Atom otherwise) {
  auto* pid = std::get_if<Pid>(&who);
  return pid ? pid->node.name : otherwise;
}

}  // namespace

Process::~Process() = default;

Processes::Processes(NodeIdentity self, Surroundings& surroundings, Limits limits)
    : self_{self}, surroundings_{surroundings}, limits_{limits}, references_{surroundings.random() >> 8} {}

Processes::~Processes() = default;

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
  if (options.settings) apply(*options.settings, process);
  process.group_leader = options.leader ? *options.leader
                         : parent       ? parent->group_leader
                         : leader_      ? *leader_
                                        : pid_of(process);
  if (parent) process.parent = pid_of(*parent);
  process.origin = options.origin ? *options.origin : parent ? parent->origin : self_.name;
  if (parent && options.link) {
    process.relations().links.emplace(pid_of(*parent), Relations::LinkState{});
    parent->relations().links.emplace(pid_of(process),
                                      Relations::LinkState{.priority = options.linking.priority});
  }
  if (parent && options.monitor) {
    Pid pid = pid_of(process);
    process.relations().watchers.emplace(*options.monitor, Relations::Watcher{pid_of(*parent), pid});
    watch(*parent, *options.monitor, pid, self_.name, options.monitoring);
  }
  return &process;
}

void Processes::apply(const Settings& settings, Process& process) {
  process.set(settings);
  process.heap.set_limit(std::min(settings.heap_words(), limits_.heap_words));
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
  if (exit_hook_) exit_hook_(process);
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

}  // namespace noderuntime
