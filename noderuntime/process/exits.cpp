#include "noderuntime/process/exits.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "noderuntime/process/scheduler.h"
#include "noderuntime/process/signal_router.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

Atom node_of(const PidOrName& who, Atom otherwise) {
  auto* pid = std::get_if<Pid>(&who);
  return pid ? pid->node.name : otherwise;
}

}  // namespace

void Exits::exit(Process& process, Term reason, Heap&& terms) {
  if (process.has_pending_exit_ || process.state_ == Process::State::exiting) return;
  process.has_pending_exit_ = true;
  process.pending_exit_ = Term::atom(atoms::killed);
  if (is_immediate(reason)) {
    process.pending_exit_ = reason;
  } else {
    (void)has_memory_for([&] {
      auto heap = std::make_unique<Heap>();
      Term kept = terms.empty() ? copy(reason, *heap) : reason;
      if (!terms.empty()) *heap = std::move(terms);
      process.pending_exit_heap_ = std::move(heap);
      process.pending_exit_ = kept;
    });
  }
  if (&process == scheduler_.current()) return;  // its time slice ends first
  queue_exit(process);
  drain_exits();
}

void Exits::kill_without_memory(Process* process) {
  if (process && !process->essential) exit(*process, Term::atom(atoms::killed));
}

void Exits::end_after_slice(Process& process) {
  if (!process.has_exit_) process.exit_reason_ = Term::atom(atoms::normal);
  queue_exit(process);
  drain_exits();
}

// --- the cascade

void Exits::queue_exit(Process& process) {
  process.next_exiting_ = nullptr;
  *last_exiting_ = &process;
  last_exiting_ = &process.next_exiting_;
}

void Exits::drain_exits() {
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
// the run queue, its slot is freed when its time slice comes. The reason lies on a heap of its own or on the
// process's heap until then.
void Exits::finish(Process& process) {
  Term reason = process.has_pending_exit_ ? process.pending_exit_ : process.exit_reason_;
  bool queued = scheduler_.is_queued(process);
  table_.hide(process);
  scheduler_.cancel_timeout(process);
  if (exit_hook_ && !has_memory_for([&] { exit_hook_(process); }))
    host_.log(LogLevel::error, "no memory is left to clear up after a process");
  if (process.relations_) {
    names_.forget(*process.relations_);
    announce_exit(process, reason);
    relations_.forget(process);
  }
  process.relations_.reset();
  process.mailbox.clear();
  process.body_.reset();
  process.heap.clear();
  process.pending_exit_heap_.reset();
  if (!queued) table_.release(process);
}

void Exits::announce_exit(Process& process, Term reason) {
  auto& relations = *process.relations_;
  auto links = std::move(relations.links);
  auto monitors = std::move(relations.monitors);
  auto monitored_by = std::move(relations.monitored_by);
  relations.links.clear();
  relations.monitors.clear();
  relations.monitored_by.clear();
  Pid self = table_.pid_of(process);
  for (auto& [reference, monitoring] : monitors)
    signals_.route(nullptr, node_of(monitoring.target, monitoring.node),
                   signal::Demonitor{self, monitoring.target, reference});
  for (auto& [pid, state] : links) {
    relations_.note_removed(relations, pid, state);
    if (state.active) signals_.route(nullptr, pid.node.name, signal::Exit{self, pid, reason});
  }
  for (auto& [reference, watcher] : monitored_by) {
    relations_.note_removed(relations, reference, watcher);
    signals_.route(nullptr, watcher.pid.node.name, signal::Down{watcher.as, watcher.pid, reference, reason});
  }
}

// --- memory

// Ends the largest holder, if it holds a fair share of the bound or the bound is exceeded by far.
void Exits::end_largest(Relief when) {
  constexpr std::size_t share = 16;  // of the bound: smaller holders are not ended
  bool is_over = when == Relief::above_bound;
  std::size_t used = held_memory.used(), bound = is_over ? held_memory.bound() : used;
  if (is_over && used <= relieve_above_) return;
  Process* largest = nullptr;
  std::size_t most = is_over && held_memory.is_full() ? 0 : bound / share;
  table_.for_each([&](Process& process) {
    if (process.has_pending_exit_ || process.essential) return;
    auto bytes = process.held_bytes();
    if (bytes <= most) return;
    largest = &process;
    most = bytes;
  });
  std::optional<Atom> peer;
  for (auto& row : host_.held_for_peers()) {
    auto bytes = row.bytes + relations_.rows_set_up_by(row.node) * Relations::row_bytes;
    if (bytes <= most) continue;
    peer = row.node;
    most = bytes;
  }
  bool none = !largest && !peer;
  relieve_above_ = none || peer ? used + bound / share : 0;
  std::string about =
      "processes and connections hold " + std::to_string(used) + " bytes, " +
      (is_over ? "more than " + std::to_string(bound) : "and the system gives no more memory");
  if (none && !is_over) return;  // ended holders are freed soon, or the program ends
  if (none) return host_.log(LogLevel::warning, about + "; none of them is large");
  std::string with = " with " + std::to_string(most);
  if (peer) {
    bool strangers = *peer == Atom{};
    host_.log(LogLevel::warning, about + ": " +
                                     (strangers ? "the connections that have not proved the cookie"
                                                : "the connection to " + std::string{peer->text()}) +
                                     with + (strangers ? " end" : " ends"));
    return host_.end_connection(*peer, "it makes this node hold " + std::to_string(most) + " bytes");
  }
  host_.log(LogLevel::warning, about + ": process " + to_text(largest->self()) + with + " is killed");
  largest->ends_for_memory = true;
  exit(*largest, Term::atom(atoms::killed));
}

}  // namespace noderuntime
