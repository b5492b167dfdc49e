#include "noderuntime/process/exits.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

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
  if (&process == scheduler_.current() || process.is_paused()) return;  // its time slice ends first
  begin_end(process);
  if (leaves_much(process)) return scheduler_.run_end_of(process);
  process.next_exiting_ = nullptr;
  *last_exiting_ = &process;
  last_exiting_ = &process.next_exiting_;
  drain_exits();
}

void Exits::kill_without_memory(Process* process) {
  if (process && !process->essential) exit(*process, Term::atom(atoms::killed));
}

void Exits::end_after_slice(Process& process) {
  if (!process.has_exit_) process.exit_reason_ = Term::atom(atoms::normal);
  begin_end(process);
  finish_in_slices(process);
}

void Exits::finish_in_slices(Process& process) {
  finish(process, leaves_much(process) ? Pauses::yes : Pauses::no);
}

// --- the cascade

// At most: of the heap that has the reason.
std::size_t Exits::words_of_reason(const Process& process) {
  if (!process.has_pending_exit_) return is_immediate(process.exit_reason_) ? 0 : process.heap.used_words();
  return process.pending_exit_heap_ ? process.pending_exit_heap_->used_words() : 0;
}

bool Exits::leaves_much(const Process& process) {
  return (process.relations_ && process.relations_->rows() > many_rows) ||
         (process.relations_ && process.relations_->rows() > 0 && words_of_reason(process) > many_words) ||
         process.mailbox.size() > many_messages || process.timer_bytes > many_timer_bytes;
}

// From now on nobody finds the process.
void Exits::begin_end(Process& process) {
  table_.hide(process);
  scheduler_.cancel_timeout(process);
  if (end_hook_ && !has_memory_for([&] { end_hook_(process); }))
    host_.log(LogLevel::error, "no memory is left to clear up after a process");
  if (process.relations_) names_.forget(*process.relations_);
}

void Exits::drain_exits() {
  if (draining_) return;
  draining_ = true;
  for (int ends = 0; first_exiting_ && ends < ends_at_once; ++ends) {
    Process& process = *first_exiting_;
    first_exiting_ = process.next_exiting_;
    if (!first_exiting_) last_exiting_ = &first_exiting_;
    finish(process, Pauses::no);
  }
  draining_ = false;
}

namespace {

// What the delivery of a signal, or the destruction of a message, takes.
constexpr std::int64_t steps_per_signal = 100, steps_per_message = 50;

void breathe(std::int64_t steps) {
  MayPause here;
  pace.spend(steps);
}

}  // namespace

// Notifies links, monitors and the exit hook, then destroys the contents of the process. If it is still in
// the run queue, its slot is freed when its time slice comes. The reason lies on a heap of its own or on the
// process's heap until then.
void Exits::finish(Process& process, Pauses pauses) {
  Term reason = process.has_pending_exit_ ? process.pending_exit_ : process.exit_reason_;
  Breathe breathe_if_many = [pauses] {
    if (pauses == Pauses::yes) breathe(steps_per_signal);
  };
  if (auto* events = process.traced(trace_flag::procs)) {
    static const Atom unregister = Atom::of("unregister");
    if (pauses == Pauses::yes) {
      MayPause here;
      events->happened(process, atoms::exit, reason);
    } else {
      events->happened(process, atoms::exit, reason);
    }
    if (process.relations_ && process.relations_->name != Atom{})
      events->happened(process, unregister, Term::atom(process.relations_->name));
  }
  if (exit_hook_ && !has_memory_for([&] { exit_hook_(process, breathe_if_many); }))
    host_.log(LogLevel::error, "no memory is left to clear up after a process");
  if (process.relations_) {
    announce_exit(process, reason, pauses);
    relations_.forget(process);
  }
  process.relations_.reset();
  if (pauses == Pauses::yes)
    while (process.mailbox.drop_first()) breathe(steps_per_message);
  process.mailbox.clear();
  process.body_.reset();
  process.heap.clear();
  process.pending_exit_heap_.reset();
  process.ended_ = true;
  if (!process.queued_) table_.release(process);
}

namespace {

// Empties the table row by row. Meanwhile others may take rows out of it.
template <class Table, class Visit>
void take_each(Table& table, Visit visit) {
  while (!table.empty()) {
    auto row = table.extract(table.begin());
    visit(row.key(), row.mapped());
  }
}

}  // namespace

// A reason that is long is copied for a process here at the pace of the one that ends.
void Exits::tell(Atom node, SignalBody body, Term reason, Pauses pauses) {
  if (pauses == Pauses::no || is_immediate(reason)) return signals_.route(nullptr, node, body);
  if (!signals_.is_for_this_node(node)) {
    MayPause here;
    return signals_.route(nullptr, node, body);
  }
  Heap terms;
  bool copied = has_memory_for([&] {
    MayPause here;
    Term copy_of_reason = copy(reason, terms);
    if (auto* exit = std::get_if<signal::Exit>(&body)) exit->reason = copy_of_reason;
    if (auto* down = std::get_if<signal::Down>(&body)) down->reason = copy_of_reason;
  });
  if (!copied) return signals_.route(nullptr, node, body);
  signals_.deliver({std::move(body), std::move(terms)});
}

void Exits::announce_exit(Process& process, Term reason, Pauses pauses) {
  auto next = [&] {
    if (pauses == Pauses::yes) breathe(steps_per_signal);
  };
  auto& relations = *process.relations_;
  Pid self = table_.pid_of(process);
  take_each(relations.monitors, [&](const Reference& reference, const Relations::Monitor& monitoring) {
    if (!relations_.is_lost(monitoring.node, monitoring.era))
      signals_.route(nullptr, node_of(monitoring.target, monitoring.node),
                     signal::Demonitor{self, monitoring.target, reference});
    next();
  });
  take_each(relations.links, [&](const Pid& pid, const Relations::LinkState& state) {
    relations_.note_removed(relations, pid, state);
    if (state.active && !relations_.is_lost(pid.node.name, state.era))
      tell(pid.node.name, signal::Exit{self, pid, reason}, reason, pauses);
    next();
  });
  take_each(relations.monitored_by, [&](const Reference& reference, const Relations::MonitoredBy& watcher) {
    relations_.note_removed(relations, reference, watcher);
    if (!relations_.is_lost(watcher.pid.node.name, watcher.era))
      tell(watcher.pid.node.name, signal::Down{watcher.as, watcher.pid, reference, reason}, reason, pauses);
    next();
  });
  take_each(relations.suspending, [&](const Pid& pid, std::uint32_t) {
    scheduler_.resume_for_ended(pid);
    next();
  });
  while (!relations.aliases.empty()) {
    relations_.drop_alias(process, Reference{relations.aliases.begin()->first});
    next();
  }
}

// --- memory

// Ends the largest holder, if it holds a fair share of the bound or the bound is exceeded by far. If that is a
// connection and the bound is exceeded by far, other connections end with it: thousands of them may hold little each.
void Exits::end_largest(Relief when) {
  constexpr std::size_t share = 16;  // of the bound: smaller holders are not ended
  bool is_over = when == Relief::above_bound, is_full = is_over && held_memory.is_full();
  std::size_t used = held_memory.used(), bound = is_over ? held_memory.bound() : used;
  if (is_over && used <= relieve_above_) return;
  Process* largest = nullptr;
  bool ends_already = false;
  std::size_t most = is_full ? 0 : bound / share;
  table_.for_each([&](Process& process) {
    if (process.essential) return;
    ends_already = ends_already || (process.has_pending_exit_ && process.ends_for_memory);
    if (process.has_pending_exit_) return;
    auto bytes = process.held_bytes();
    if (bytes <= most) return;
    largest = &process;
    most = bytes;
  });
  if (ends_already) return;  // in its next time slice
  auto peers = host_.held_for_peers();
  for (auto& row : peers) row.bytes += relations_.rows_set_up_by(row.node) * Relations::row_bytes;
  std::erase_if(peers, [&](auto& row) { return row.bytes <= most; });
  std::sort(peers.begin(), peers.end(), [](auto& a, auto& b) { return a.bytes > b.bytes; });
  bool none = !largest && peers.empty();
  relieve_above_ = none || !peers.empty() ? used + bound / share : 0;
  std::string about =
      "processes and connections hold " + std::to_string(used) + " bytes, " +
      (is_over ? "more than " + std::to_string(bound) : "and the system gives no more memory");
  if (none && !is_over) return;  // ended holders are freed soon, or the program ends
  if (none) return host_.log(LogLevel::warning, about + "; none of them is large");
  if (!peers.empty()) return end_connections(peers, about, is_full ? used - bound : 0);
  host_.log(LogLevel::warning,
            about + ": process " + to_text(largest->self()) + " with " + std::to_string(most) + " is killed");
  largest->ends_for_memory = true;
  exit(*largest, Term::atom(atoms::killed));
}

// Ends the first of `peers`, and the following ones until they have held `wanted` bytes together.
void Exits::end_connections(const std::vector<Host::HeldForPeer>& peers, const std::string& about,
                            std::size_t wanted) {
  std::size_t count = 0, bytes = 0;
  while (count < peers.size() && (count == 0 || bytes < wanted)) bytes += peers[count++].bytes;
  bool strangers = peers[0].node == Atom{};
  std::string who = strangers ? "the connections that have not proved the cookie"
                              : "the connection to " + std::string{peers[0].node.text()};
  if (count > 1) who += " and " + std::to_string(count - 1) + " others";
  host_.log(LogLevel::warning, about + ": " + who + " with " + std::to_string(bytes) +
                                   (strangers || count > 1 ? " end" : " ends"));
  for (auto& row : std::span{peers}.first(count))
    host_.end_connection(row.node, "it makes this node hold " + std::to_string(row.bytes) + " bytes");
}

}  // namespace noderuntime
