// The life of processes; their names and references.
#include "noderuntime/process/processes.h"

#include <algorithm>

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// A freed slot is reused only after this many others have been freed after it.
constexpr std::size_t slots_kept_free = 32768;

Atom node_of(const PidOrName& who, Atom otherwise) {
  auto* pid = std::get_if<Pid>(&who);
  return pid ? pid->node.name : otherwise;
}

}  // namespace

Relations::Relations() = default;
Relations::~Relations() = default;

Process::Process() = default;
Process::~Process() = default;

Relations& Process::make_relations() {
  relations_ = std::make_unique<Relations>();
  return *relations_;
}

Processes::Processes(NodeIdentity self, Host& host, Limits limits)
    : self_{self}, host_{host}, limits_{limits}, references_{host.random() >> 8} {}

Processes::~Processes() = default;

std::size_t Process::held_bytes() const {
  std::size_t bytes =
      sizeof(Process) + heap.held_bytes() + mailbox.held_bytes() + stack_words() * sizeof(Word) + timer_bytes;
  if (relations_) bytes += (relations_->rows() - relations_->peer_rows) * Relations::row_bytes;
  return bytes;
}

// Null: all slots are in use, or memory is short.
Process* Processes::add(Process* parent, const SpawnOptions& options) {
  if (parent && held_memory.is_full()) return nullptr;
  std::unique_ptr<Process> fresh;
  bool has_slot = has_memory_for([&] {
    fresh = std::make_unique<Process>();
    bool reuses = free_count_ > slots_kept_free || (slots_.size() >= limits_.processes && free_count_ > 0);
    if (!reuses && slots_.size() < limits_.processes) {
      slots_.emplace_back();
      fresh->slot_ = static_cast<std::uint32_t>(slots_.size() - 1);
    } else if (reuses) {
      fresh->slot_ = first_free_;
      first_free_ = std::exchange(slots_[first_free_].next_free, no_slot);
      if (--free_count_ == 0) last_free_ = no_slot;
    } else {
      fresh.reset();
    }
  });
  if (!has_slot || !fresh) return nullptr;
  auto& slot = slots_[fresh->slot_];
  fresh->serial_ = slot.serial++;
  slot.process = std::move(fresh);
  ++count_;
  Process& process = *slot.process;
  process.heap.set_limit(std::min(options.max_heap_words, limits_.heap_words));
  process.group_leader = options.leader ? *options.leader
                         : parent       ? parent->group_leader
                         : leader_      ? *leader_
                                        : pid_of(process);
  if (parent) process.parent = pid_of(*parent);
  process.origin = options.origin ? *options.origin : parent ? parent->origin : self_.name;
  bool related = has_memory_for([&] {
    if (options.settings) apply(*options.settings, process);
    if (parent && options.link) {
      process.relations().links.emplace(pid_of(*parent), Relations::LinkState{});
      parent->relations().links.emplace(pid_of(process),
                                        Relations::LinkState{.priority = options.linking.priority});
    }
    if (parent && options.monitor) {
      Pid pid = pid_of(process);
      add_watcher(process, *options.monitor, {pid_of(*parent), pid});
      watch(*parent, *options.monitor, pid, self_.name, options.monitoring);
    }
  });
  if (related) return &process;
  exit(process, Term::atom(atoms::killed));
  return nullptr;
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
  bool started = has_memory_for([&] {
    Term copied = copy(arguments, process->heap);
    start(*process, host_.start_function(*process, parent, module, function, copied));
  });
  if (!started) exit(*process, Term::atom(atoms::killed));
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

// `terms` is the heap with the reason, which is then kept without a copy; if empty, the reason is copied.
void Processes::exit(Process& process, Term reason, Heap&& terms) {
  if (process.doomed_ || process.state_ == Process::State::exiting) return;
  process.doomed_ = true;
  process.doom_ = Term::atom(atoms::killed);
  if (reason.is_immediate()) {
    process.doom_ = reason;
  } else {
    (void)has_memory_for([&] {
      auto heap = std::make_unique<Heap>();
      Term kept = terms.empty() ? copy(reason, *heap) : reason;
      if (!terms.empty()) *heap = std::move(terms);
      process.doom_heap_ = std::move(heap);
      process.doom_ = kept;
    });
  }
  if (&process == current_) return;  // its turn ends first
  queue_exit(process);
  drain_exits();
}

void Processes::queue_exit(Process& process) {
  process.next_exiting_ = nullptr;
  *last_exiting_ = &process;
  last_exiting_ = &process.next_exiting_;
}

void Processes::drain_exits() {
  if (draining_) return;
  draining_ = true;
  while (first_exiting_) {
    Process& process = *first_exiting_;
    first_exiting_ = process.next_exiting_;
    if (!first_exiting_) last_exiting_ = &first_exiting_;
    finish(process);
  }
  draining_ = false;
}

// Notifies links, monitors and the exit hook, then destroys the contents of the process. If it is still in
// the run queue, its slot is freed when its turn comes. The reason lies on a heap of its own or on the
// process's heap until then.
void Processes::finish(Process& process) {
  Term reason = process.doomed_ ? process.doom_ : process.exit_reason_;
  bool queued = process.state_ == Process::State::runnable;
  process.state_ = Process::State::exiting;
  --count_;
  cancel_timeout(process);
  if (exit_hook_ && !has_memory_for([&] { exit_hook_(process); }))
    host_.log(LogLevel::error, "no memory is left to clear up after a process");
  if (process.relations_) {
    if (process.relations_->name != Atom{}) names_.erase(process.relations_->name);
    announce_exit(process, reason);
    forget_references(process);
  }
  process.relations_.reset();
  process.mailbox.clear();
  process.body_.reset();
  process.heap.clear();
  process.doom_heap_.reset();
  if (!queued) release_slot(process.slot());
}

void Processes::release_slot(std::uint32_t slot) {
  slots_[slot].process.reset();
  (last_free_ == no_slot ? first_free_ : slots_[last_free_].next_free) = slot;
  last_free_ = slot;
  ++free_count_;
}

void Processes::announce_exit(Process& process, Term reason) {
  auto& relations = *process.relations_;
  auto links = std::move(relations.links);
  auto monitors = std::move(relations.monitors);
  auto watchers = std::move(relations.watchers);
  relations.links.clear(), relations.monitors.clear(), relations.watchers.clear();
  Pid self = pid_of(process);
  for (auto& [reference, monitoring] : monitors)
    emit(nullptr, node_of(monitoring.target, monitoring.node),
         signal::Demonitor{self, monitoring.target, reference});
  for (auto& [pid, state] : links) {
    if (state.by_peer) count_row_of(pid.node.name, relations, false);
    if (state.active) emit(nullptr, pid.node.name, signal::Exit{self, pid, reason});
  }
  for (auto& [reference, watcher] : watchers) {
    if (!is_ours(watcher.pid.node.name)) count_row_of(watcher.pid.node.name, relations, false);
    if (std::holds_alternative<Atom>(watcher.as)) watchers_of_names_.erase(reference);
    emit(nullptr, watcher.pid.node.name, signal::Down{watcher.as, watcher.pid, reference, reason});
  }
}

void Processes::forget_references(Process& process) {
  for (auto& [reference, end] : process.relations_->aliases) aliases_.erase(reference);
  shrink(aliases_), shrink(watchers_of_names_), shrink(names_);
  for (auto& [node, remote] : remote_) remote.slots.erase(process.slot());
}

// --- links and watchers that other processes set up

// Counts a row for the node of the process that set it up.
void Processes::count_row_of(Atom node, Relations& relations, bool more) {
  auto& remote = remote_[node];
  more ? ++remote.rows : --remote.rows;
  more ? ++relations.peer_rows : --relations.peer_rows;
}

void Processes::add_watcher(Process& process, const Reference& reference, Relations::Watcher watcher) {
  Atom node = watcher.pid.node.name;
  bool by_name = std::holds_alternative<Atom>(watcher.as);
  auto& relations = process.relations();
  relate(process, node);
  bool added = relations.watchers.emplace(reference, std::move(watcher)).second;
  if (added && !is_ours(node)) count_row_of(node, relations, true);
  if (added && by_name) watchers_of_names_.emplace(reference, process.slot());
}

bool Processes::remove_watcher(Process& process, const Reference& reference) {
  if (!process.has_relations()) return false;
  auto& relations = process.relations();
  auto found = relations.watchers.find(reference);
  if (found == relations.watchers.end()) return false;
  Atom node = found->second.pid.node.name;
  if (!is_ours(node)) count_row_of(node, relations, false);
  if (std::holds_alternative<Atom>(found->second.as)) watchers_of_names_.erase(reference);
  relations.watchers.erase(found);
  return true;
}

// For a link that the other process sets up. One that waits for the acknowledgement of our
// unlink stays as it is.
void Processes::add_link_of(Process& process, const Pid& other) {
  Atom node = other.node.name;
  bool by_peer = !is_ours(node);
  relate(process, node);
  bool added = process.relations().links.try_emplace(other, Relations::LinkState{.by_peer = by_peer}).second;
  if (added && by_peer) count_row_of(node, process.relations(), true);
}

void Processes::remove_link(Process& process, Links::iterator link) {
  if (link->second.by_peer) count_row_of(link->first.node.name, process.relations(), false);
  process.relations().links.erase(link);
}

// --- names and references

bool Processes::register_name(Atom name, Process& process) {
  if (name == atoms::undefined || names_.contains(name) || process.relations().name != Atom{}) return false;
  auto& relations = process.relations();
  names_.emplace(name, process.slot());
  relations.name = name;
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

// The first word of this node's references is below 2^18 (erl_ext_dist, NEWER_REFERENCE_EXT).
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
