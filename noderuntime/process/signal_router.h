// The signals between processes: carries each one from its sender to the process or the node that it is for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "noderuntime/process/exits.h"
#include "noderuntime/process/host.h"
#include "noderuntime/process/options.h"
#include "noderuntime/process/process_table.h"
#include "noderuntime/process/registered_names.h"
#include "noderuntime/process/relation_index.h"
#include "noderuntime/process/scheduler.h"
#include "noderuntime/process/spawner.h"

namespace noderuntime {

//     a local process ──► send(), link() … ──► route() ──► another node ──► Host::send()
//                                                 └──► this node ──┐
//     from the wire, or on a peer's behalf ──► deliver() ──────────┴──► on(signal)
//
// A signal to a local process takes effect before the call returns, except that exits cascade over a work
// list (exits.h). So the order of signals between two processes is the order of calls.
//
// If memory is short, the methods of the first group throw HeapLimitExceeded or std::bad_alloc into the time
// slice of the process that calls them. The methods of the second group throw nothing (processes.h).
//
// Owned by Processes, and lives as long. Loop thread only. sending.cpp has what local processes send,
// receiving.cpp what reaches them, spawn_requests.cpp both for spawn requests.
class SignalRouter final : public SignalReceiver {
 public:
  SignalRouter(Host& host, ThisNode& node, ProcessTable& table, RegisteredNames& names,
               RelationIndex& relations, Scheduler& scheduler, Exits& exits, Spawner& spawner)
      : host_{host},
        node_{node},
        table_{table},
        names_{names},
        relations_{relations},
        scheduler_{scheduler},
        exits_{exits},
        spawner_{spawner} {}

  // --- from a local process

  // Sends a copy of `message` to a pid, an atom (a local name), {Name, Node} or an alias.
  enum class Sent { ok, badarg };  // badarg: an unregistered local name, or no destination
  Sent send(Process& from, Term to, Term message) { return send(from, to, message, false); }
  // A priority message overtakes others if `to` is an alias that was made for it.
  Sent send(Process& from, Term to, Term message, bool priority);
  // False: raise noproc (a dead local pid, without trap_exit). An existing link takes the new options.
  bool link(Process& from, Term to, const LinkOptions& options = {});
  void unlink(Process& from, Term to);
  std::optional<Reference> monitor(Process& from, Term to, const MonitorOptions& options);  // nullopt: badarg
  bool demonitor(Process& from, const Reference& reference, bool flush);  // false: no such monitor
  void monitor_node(Process& from, Atom node, bool on);
  void exit_signal(Process& from, Term to, Term reason, bool priority = false);  // to a pid or an alias
  void set_group_leader(Term leader, Term to);
  Reference alias(Process& from, const AliasOptions& options = {});
  bool unalias(Process& from, const Reference& alias);
  // As erlang:spawn_request/5, with the same `options`. nullopt: badarg.
  std::optional<Reference> spawn_request(Process& from, Atom node, Atom module, Atom function, Term arguments,
                                         Term options);
  // False: the request was answered already, or is not one of `from`.
  bool abandon_spawn_request(Process& from, const Reference& request);

  // --- from elsewhere

  // Sends a message that no process sends: from timers and services.
  void send_message(const Pid& from, const Target& to, OwnedTerm message);
  // Handles a signal that a peer sent, or one made on its behalf. Its target is on this node.
  void deliver(Signal&& signal) override;
  // Breaks links, monitors and spawn requests to it with noconnection. Of a large loss, most is told in the time slices
  // of the next turns; what is set up meanwhile, over a new connection, is not touched.
  void node_down(Atom node);

  // --- for the other parts of Processes

  // Passes a signal to its target on `node`. `from`: the running process that sends it, which is suspended if
  // the connection is busy; throws into its time slice if memory is short. Null: throws nothing.
  void route(Process* from, Atom node, const SignalBody& body);
  bool is_for_this_node(Atom node) const { return is_ours(node); }
  // Adds a message that is about other messages: it is not traced itself.
  void push_untraced(Process& to, OwnedTerm&& message);

 private:
  void act_on(const SignalBody& body, Heap&& terms);
  void answer_without_memory(const SignalBody& body);
  Process* target_of(const Target& target);
  void push_message(Process& to, OwnedTerm&& message, const Pid* from = nullptr);
  void push_message(Process& to, OwnedTerm&& message, bool priority, const Pid* from);
  void message_came(Process& to);
  template <class Build>
  void post(Process& to, Heap&& terms, bool priority, Build build, const Pid* from = nullptr);
  // The tag of a message: one that nobody else keeps moves to `heap`; null: `otherwise`.
  static Term tag_on(Heap& heap, const std::shared_ptr<OwnedTerm>& tag, Atom otherwise);
  void exit_message(Process& to, const Pid& from, Term reason, Heap&& terms, bool priority);
  void drop_monitor(Process& process, const Reference& reference);
  void tell_of_link(Process& process, Atom event, const Pid& other);
  class LossWalk;
  void lose_link(Process& process, RelationIndex::Links::iterator link);
  void tell_lost_link(Process& process, const Pid& other);
  bool is_ours(Atom node) const { return node_.is(node); }

  void on(const signal::Message&, Heap&&);
  void on(const signal::Link&, Heap&&);
  void on(const signal::Unlink&, Heap&&);
  void on(const signal::UnlinkAck&, Heap&&);
  void on(const signal::Exit&, Heap&&);
  void on(const signal::Exit2&, Heap&&);
  void on(const signal::Monitor&, Heap&&);
  void on(const signal::Demonitor&, Heap&&);
  void on(const signal::Down&, Heap&&);
  void on(const signal::GroupLeader&, Heap&&);
  void on(const signal::SpawnRequest&, Heap&&);
  void on(const signal::SpawnReply&, Heap&&);

  Host& host_;
  ThisNode& node_;
  ProcessTable& table_;
  RegisteredNames& names_;
  RelationIndex& relations_;
  Scheduler& scheduler_;
  Exits& exits_;
  Spawner& spawner_;
};

// Sends `to` the message that `build` makes on a heap. `terms` becomes that heap, if it has
// the terms of the signal.
template <class Build>
void SignalRouter::post(Process& to, Heap&& terms, bool priority, Build build, const Pid* from) {
  bool posted = has_memory_for([&] {
    Heap heap = std::move(terms);
    Term message = build(heap);
    push_message(to, OwnedTerm{std::move(heap), message}, priority, from);
  });
  if (!posted) exits_.kill_without_memory(&to);
}

}  // namespace noderuntime
