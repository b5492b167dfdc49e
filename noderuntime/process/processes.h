// All processes of a node: their table, names, signals and turns.
//
//     from the wire ──► deliver() ──► local process ──► Host::send() ──► to the wire
//
// Signals between local processes take effect at once, except that exits cascade over a work list.
//
// Without memory: what a process of this node does by itself (send, link, spawn) throws HeapLimitExceeded
// or std::bad_alloc into its turn, and that process ends. Incoming signals (deliver(), node_down()) and the
// end of a process throw neither. A process that a signal cannot be delivered to for lack of memory is
// killed, because it might wait for that signal for ever; the processes linked to it or monitoring it are
// answered as if it were dead.
//
// Owned by the node. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "noderuntime/process/host.h"
#include "noderuntime/process/options.h"
#include "noderuntime/process/process.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

struct SpawnOptions {
  bool link = false;  // to the parent
  LinkOptions linking;
  std::optional<Reference> monitor;  // by the parent
  MonitorOptions monitoring;
  std::size_t max_heap_words = Heap::unlimited;
  std::optional<Settings> settings;
  std::optional<Pid> leader;   // default: the parent's
  std::optional<Atom> origin;  // default: the parent's
};

class Processes {
 public:
  struct Limits {
    std::uint32_t processes = 262'144;         // as OTP's +P
    std::size_t heap_words = Heap::unlimited;  // of a process without a limit of its own
    int slice = 4000;                          // reductions of one turn
  };
  Processes(NodeIdentity self, Host& host, Limits limits);
  ~Processes();

  const NodeIdentity& self() const { return self_; }
  void set_identity(NodeIdentity self) { self_ = self; }  // once, before any pid leaves the node
  Host& host() { return host_; }
  Timers& timers() { return timers_; }
  const Limits& limits() const { return limits_; }
  struct Counters {
    std::uint64_t turns = 0, reductions = 0;
  };
  const Counters& counters() const { return counters_; }

  // --- life

  // Spawns a process with a native body. Null: the table is full, or memory is short.
  Process* spawn(Process* parent, std::unique_ptr<Body> body, const SpawnOptions& options);
  // Spawns a process that runs module:function(arguments); copies `arguments`. Null: as above.
  Process* spawn(Process* parent, Atom module, Atom function, Term arguments, const SpawnOptions& options);
  Process* find(Term local_pid);  // null: dead
  Process* find(const Pid& pid);  // null: dead, or of another node or incarnation
  Pid pid_of(const Process& process) const;
  std::size_t count() const { return count_; }
  std::vector<Term> all() const;
  // Sets the group leader of processes without a parent. Until then each of them leads itself.
  void set_leader(const Process& process) { leader_ = pid_of(process); }
  // `hook` is called with each process that ends, before links and monitors are notified.
  void on_exit(std::function<void(Process&)> hook) { exit_hook_ = std::move(hook); }
  // `hook` is called with each process whose heap and mailbox exceed its limit (max_heap_size).
  void on_heap_exceeded(std::function<void(Process&)> hook) { heap_hook_ = std::move(hook); }
  void heap_exceeded(Process& process) {
    if (heap_hook_) heap_hook_(process);
  }
  void apply(const Settings& settings, Process& process);
  // Ends the process, whether it is running or not; `reason` may lie on its heap. If memory is too short to
  // copy the reason, it is `killed`. Never throws.
  void exit(Process& process, Term reason) { exit(process, reason, Heap{}); }

  // --- names and references

  bool register_name(Atom name, Process& process);  // false: one of them is registered already
  bool unregister_name(Atom name);
  Process* whereis(Atom name);  // null: not registered
  std::vector<Atom> registered() const;
  Reference make_reference();
  Term make_reference_term(Heap& heap);

  // --- signals from a local process

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
  // False: the request was answered already, or is not one of `from`.
  bool abandon_spawn_request(Process& from, const Reference& request);
  void exit_signal(Process& from, Term to, Term reason, bool priority = false);  // to a pid or an alias
  void set_group_leader(Term leader, Term to);
  Reference alias(Process& from, const AliasOptions& options = {});
  bool unalias(Process& from, const Reference& alias);
  // As erlang:spawn_request/5, with the same `options`. nullopt: badarg.
  std::optional<Reference> spawn_request(Process& from, Atom node, Atom module, Atom function, Term arguments,
                                         Term options);

  // Sends a message that no process sends: from timers and services.
  void send_message(const Pid& from, const Target& to, OwnedTerm message);

  // --- signals from elsewhere

  // Handles a signal that a peer sent, or one made on its behalf. Its target is on this node.
  void deliver(Signal&& signal);
  void node_down(Atom node);     // breaks links, monitors and spawn requests to it with noconnection
  void node_drained(Atom node);  // its connection takes signals again: resumes suspended senders

  // --- receive

  void set_timeout(Process& process, std::int64_t milliseconds);  // wakes it with timed_out set
  void cancel_timeout(Process& process);
  void wake(Process& process);  // makes it runnable if it waits

  // --- turns

  bool has_runnable() const { return first_runnable_ != nullptr; }
  std::size_t runnable() const;
  void run(int slices);  // gives at most this many turns
  // To be called after anything that may have made the program hold more. If that is above --max-memory, the
  // largest holder is ended: a process, or the connection to a peer. Relief::now: the system gives no more
  // memory, so the bound does not matter.
  enum class Relief { above_bound, now };
  void relieve(Relief when = Relief::above_bound) {
    if (when == Relief::now || held_memory.is_over_bound()) end_largest(when);
  }
  Process* current() const { return current_; }
  // The reductions it has used, including the current turn.
  std::uint64_t reductions_of(const Process& process) const;

 private:
  static constexpr std::uint32_t no_slot = 0xFFFFFFFF;
  struct Slot {
    std::unique_ptr<Process> process;
    std::uint32_t serial = 0;
    std::uint32_t next_free = no_slot;
  };
  // What this node's processes have to do with those of another node.
  struct Remote {
    HeldSet<std::uint32_t> slots;  // of processes that may be related to processes there
    std::size_t rows = 0;          // links and monitors that processes there set up
  };

  Process* add(Process* parent, const SpawnOptions& options);
  void start(Process& process, std::unique_ptr<Body> body);
  void enqueue(Process& process);
  void turn(Process& process);
  void exit(Process& process, Term reason, Heap&& terms);
  void queue_exit(Process& process);
  void finish(Process& process);
  void release_slot(std::uint32_t slot);
  void end_largest(Relief when);
  void drain_exits();
  void announce_exit(Process& process, Term reason);
  void forget_references(Process& process);
  void push_message(Process& to, OwnedTerm&& message);
  void push_message(Process& to, OwnedTerm&& message, bool priority);
  void message_came(Process& to);
  template <class Build>
  void post(Process& to, Heap&& terms, bool priority, Build build);
  void exit_message(Process& to, const Pid& from, Term reason, Heap&& terms, bool priority);
  void suspend(Process& process, Atom node);  // until node_drained(node)
  void emit(Process* from, Atom node, const SignalBody& body);
  void act_on(const SignalBody& body, Heap&& terms);
  void answer_without_memory(const SignalBody& body);
  void kill_without_memory(Process* process);
  Process* target_of(const Target& target);
  void watch(Process& from, const Reference& reference, const PidOrName& target, Atom node,
             const MonitorOptions& options);
  void relate(Process& process, Atom node);  // notes that it is related to a process there
  void add_watcher(Process& process, const Reference& reference, Relations::Watcher watcher);
  bool remove_watcher(Process& process, const Reference& reference);
  void add_link_of(Process& process, const Pid& other);
  using Links = decltype(Relations::links);
  void remove_link(Process& process, Links::iterator link);
  void count_row_of(Atom node, Relations& relations, bool more);
  void drop_monitor(Process& process, const Reference& reference);
  void drop_alias(Process& process, const Reference& reference);
  void node_down_for(Process& process, Atom node);
  bool is_local(const Pid& pid) const { return pid.node == self_; }
  bool is_ours(Atom node) const { return node == self_.name; }

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

  NodeIdentity self_;
  Host& host_;
  Limits limits_;
  Timers timers_;
  std::vector<Slot, HeldAllocator<Slot>> slots_;
  std::uint32_t first_free_ = no_slot, last_free_ = no_slot;  // first freed, first reused
  std::size_t free_count_ = 0;
  std::size_t count_ = 0;
  HeldMap<Atom, std::uint32_t> names_;                   // slot by name
  HeldMap<Reference, std::uint32_t> aliases_;            // slot by alias
  HeldMap<Reference, std::uint32_t> watchers_of_names_;  // slot of the watched process, of monitors by name
  std::unordered_map<Atom, Remote> remote_;
  std::unordered_map<Atom, std::vector<std::uint32_t>>
      suspended_;  // slots by the node with the busy connection
  Process* first_runnable_ = nullptr;
  Process** last_runnable_ = &first_runnable_;
  Process* current_ = nullptr;
  int budget_ = 0;  // what is left of current_'s turn
  std::uint64_t references_ = 0;
  Process* first_exiting_ = nullptr;  // processes whose end is still to be carried out
  Process** last_exiting_ = &first_exiting_;
  bool draining_ = false;
  std::optional<Pid> leader_;
  Counters counters_;
  std::function<void(Process&)> exit_hook_, heap_hook_;
  std::size_t relieve_above_ = 0;  // bytes; below, no process or connection is ended for memory
};

// Sends `to` the message that `build` makes on a heap. `terms` becomes that heap, if it has
// the terms of the signal.
template <class Build>
void Processes::post(Process& to, Heap&& terms, bool priority, Build build) {
  bool posted = has_memory_for([&] {
    Heap heap = std::move(terms);
    Term message = build(heap);
    push_message(to, OwnedTerm{std::move(heap), message}, priority);
  });
  if (!posted) kill_without_memory(&to);
}

}  // namespace noderuntime
