// One process: its identity, heap and mailbox, and the body that runs in it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "noderuntime/process/mailbox.h"
#include "noderuntime/process/settings.h"
#include "noderuntime/process/signal.h"
#include "noderuntime/process/trace.h"

namespace noderuntime {

class CallStack;
class Process;
struct ErlangState;

// An order for the tables below; it is not Erlang's.
class TableOrder {
  static auto of(const Pid& pid) {
    return std::tuple{pid.id, pid.serial, pid.node.name, pid.node.creation.value()};
  }
  static auto of(const Reference& reference) {
    return std::tuple{reference.words, reference.count, reference.node.name, reference.node.creation.value()};
  }

 public:
  template <class Key>
  bool operator()(const Key& a, const Key& b) const {
    return a < b;
  }
  bool operator()(const Pid& a, const Pid& b) const { return of(a) < of(b); }
  bool operator()(const Reference& a, const Reference& b) const { return of(a) < of(b); }
};

// Tables whose rows processes and peers create; they count as held memory. Trees, because a hash table that grows
// takes long: a hundred milliseconds for a million rows.
template <class Key, class Value>
using HeldMap = std::map<Key, Value, TableOrder, HeldAllocator<std::pair<const Key, Value>>>;
template <class Key>
using HeldSet = std::set<Key, TableOrder, HeldAllocator<Key>>;

// The code that runs in a process. Owned by the process and destroyed with it.
class Body : public HeldObject {
 public:
  virtual ~Body() = default;

  enum class Next {
    again,  // the budget is used up; there is more to do
    wait,   // nothing to do until a message, a timeout or a wake-up
    done,   // it ended, with the reason given to Process::set_exit()
  };
  // Runs for about `budget` reductions at most, and subtracts those it used. Called on the loop thread, never
  // recursively, possibly with nothing new to do.
  virtual Next run(Process& self, int& budget) = 0;

  // Calls `visit` with each term that the body holds outside the process's heap.
  virtual void visit(const std::function<void(Term)>& visit) { (void)visit; }

  // For process_info/2: the current function and the initial one.
  struct Description {
    Atom module, function;
    std::uint32_t arity = 0;
    Atom initial_module, initial_function;
    std::uint32_t initial_arity = 0;
  };
  virtual Description describe() const { return {}; }
  virtual std::size_t stack_words() const { return 0; }  // in use, outside the process's heap

  // A collection moves what is on the process's heap, and is paused: others may not look at the heap,
  // the dictionary or the stack before the process has run again.
  virtual bool is_collecting() const { return false; }

  // Of a body that runs Erlang code; others have none.
  virtual ErlangState* erlang_state() { return nullptr; }
  virtual Term stack_trace(Heap& heap) { return (void)heap, Term::nil(); }
  // Collects garbage when the process runs next. `all`: the old generation too.
  virtual void collect_soon(bool all = true) { (void)all; }
  virtual bool collects_soon() const { return false; }
};

// Names, links, monitors and so on of a process. Created when first needed, so that an
// idle process stays small.
struct Relations : HeldObject {
  Relations();
  ~Relations();
  enum class AliasEnd : std::uint8_t { unalias, demonitor, reply_demonitor, reply };  // what deactivates it
  struct Alias {
    AliasEnd end;
    bool priority = false;  // priority messages sent to it overtake others
  };
  struct LinkState {
    bool active = true;
    bool by_peer = false;         // set up by the other process, on another node
    bool priority = false;        // its 'EXIT' message is a priority message
    std::uint32_t era = 0;        // RelationIndex::era() when the row was made; so in the other tables
    std::uint64_t unlink_id = 0;  // of our unlink, not acknowledged yet; 0: none
  };
  struct Monitor {  // a monitor of this process on another one
    PidOrName target;
    Atom node;                       // where the target is
    std::shared_ptr<OwnedTerm> tag;  // null: 'DOWN'
    bool of_node = false;            // monitor_node/2: only reports a lost connection, as {nodedown, Node}
    bool priority = false;           // its message is a priority message
    std::uint32_t era = 0;
  };
  struct MonitoredBy {  // a monitor of another process on this one
    Pid pid;
    PidOrName as;  // as the monitor named it; 'DOWN' names it likewise
    std::uint32_t era = 0;
  };
  struct PendingSpawn {  // a spawn request of this process, not answered yet
    Atom node;
    bool link = false, monitor = false, reply_on_success = true, reply_on_error = true;
    bool link_priority = false, monitor_priority = false;
    std::uint32_t era = 0;
    std::optional<AliasEnd> alias;                      // of the monitor
    std::shared_ptr<OwnedTerm> reply_tag, monitor_tag;  // null: spawn_reply, 'DOWN'
  };
  Atom name;  // registered name, or ''
  HeldMap<Pid, LinkState> links;
  HeldMap<Reference, Monitor> monitors;
  HeldMap<Reference, MonitoredBy> monitored_by;
  HeldMap<Reference, PendingSpawn> spawns;
  HeldMap<Reference, Alias> aliases;
  HeldMap<Pid, std::uint32_t> suspending;  // processes here that this one suspends, and how often
  std::uint64_t next_unlink_id = 1;
  std::size_t peer_rows = 0;  // links and monitors set up by processes of other nodes

  // The approximate bytes of one row of these tables, with its share of the table.
  static constexpr std::size_t row_bytes = 128;
  std::size_t rows() const {
    return links.size() + monitors.size() + monitored_by.size() + spawns.size() + aliases.size() +
           suspending.size();
  }
};

// Owned by the ProcessTable, which destroys it after its end. Loop thread only.
class Process : public HeldObject {
 public:
  Process();
  ~Process();

  std::uint32_t slot() const { return slot_; }
  std::uint32_t serial() const { return serial_; }
  Term self() const { return local_pid(slot_, serial_); }

  Heap heap;
  Mailbox mailbox;
  Pid group_leader;
  Pid parent;   // the spawner, on whichever node; without a node: none
  Atom origin;  // the node whose spawn request made it or its ancestor, else this node
  enum class Priority : std::uint8_t { max, high, normal, low };
  Priority priority = Priority::normal;
  bool trap_exit = false;
  bool essential = false;          // a service: never ended because of its size
  bool ends_for_memory = false;    // ended for its size: nothing of it may be kept
  std::uint64_t reductions = 0;    // used so far
  std::uint64_t next_timeout = 0;  // timer of a waiting receive; 0: none
  bool timed_out = false;          // set when that timer fires; cleared when a new one is set
  std::size_t timer_bytes = 0;     // of timers that will send it a message

  std::unique_ptr<ProcessTrace> trace;  // null: it was never traced
  // Whom to tell of an event with one of these flags; null: nobody.
  TraceEvents* traced(std::uint32_t flags) const {
    return trace && trace->has(flags) ? &trace->events : nullptr;
  }

  // Called by the body before it returns Next::done. `reason` must stay valid: an immediate, or
  // on the process's heap.
  void set_exit(Term reason) { exit_reason_ = reason, has_exit_ = true; }

  // The words of its heap and of its waiting messages.
  std::size_t words() const { return heap.used_words() + mailbox.words(); }
  // The bytes that it makes the program hold: heap, stack, messages, counted binaries, timers, links,
  // monitors and aliases, without the links and monitors that processes of other nodes set up.
  std::size_t held_bytes() const;

  bool has_exit() const { return has_exit_; }
  bool is_waiting() const { return state_ == State::waiting; }
  // Its time slice is paused inside of code in C++, and goes on in another slice.
  bool is_paused() const { return call_stack_ != nullptr; }

  // An exit signal reached the process while it was running: its body must return soon, with any Next.
  bool has_pending_exit() const { return has_pending_exit_; }
  // It sent to a busy connection, and does not run before that has drained; or other processes suspend it.
  bool suspended() const { return suspended_on_.has_value() || suspenders_ > 0; }

  bool has_relations() const { return relations_ != nullptr; }
  Relations& relations() { return relations_ ? *relations_ : make_relations(); }

  const Settings& settings() const {
    static const Settings defaults;
    return settings_ ? *settings_ : defaults;
  }
  void set(const Settings& settings) { settings_ = std::make_unique<Settings>(settings); }

  Body* body() const { return body_.get(); }
  std::size_t stack_words() const { return body_ ? body_->stack_words() : 0; }

 private:
  friend class ProcessTable;
  friend class Scheduler;
  friend class Exits;
  enum class State : std::uint8_t { waiting, runnable, running, exiting };
  Relations& make_relations();

  std::uint32_t slot_ = 0, serial_ = 0;
  State state_ = State::waiting;
  bool has_exit_ = false, has_pending_exit_ = false;
  bool woken_ = false;               // it was woken while it was running
  bool queued_ = false;              // in the run queue
  bool ends_in_slices_ = false;      // it has ended, and what it leaves behind takes long to clear up
  bool ended_ = false;               // cleared up; its slot is freed when it leaves the run queue
  CallStack* call_stack_ = nullptr;  // of its paused slice; null: none is paused
  Term exit_reason_;
  std::unique_ptr<Body> body_;
  std::unique_ptr<Relations> relations_;
  std::unique_ptr<Settings> settings_;       // null: the defaults
  Term pending_exit_;                        // the reason of the exit signal
  std::unique_ptr<Heap> pending_exit_heap_;  // that holds pending_exit_; null: pending_exit_ is an immediate
  Process* next_runnable_ = nullptr;
  Process* next_exiting_ = nullptr;
  std::optional<Atom> suspended_on_;  // the node with the busy connection
  std::uint32_t suspenders_ = 0;      // processes that suspend it
};

}  // namespace noderuntime
