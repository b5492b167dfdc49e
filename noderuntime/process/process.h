// One process: identity plus a body.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/process/mailbox.h"
#include "noderuntime/process/settings.h"
#include "noderuntime/process/signal.h"

namespace noderuntime {

class Process;
class Processes;

// Tables whose rows processes and peers make us hold.
template <class Key, class Value>
using HeldMap = std::unordered_map<Key, Value, std::hash<Key>, std::equal_to<Key>,
                                   HeldAllocator<std::pair<const Key, Value>>>;
template <class Key>
using HeldSet = std::unordered_set<Key, std::hash<Key>, std::equal_to<Key>, HeldAllocator<Key>>;

// What runs in a process. Owned by it; dies with it.
class Body : public HeldObject {
 public:
  virtual ~Body() = default;

  enum class Next {
    again,  // the budget is used up, there is more to do
    wait,   // nothing to do before a message, a timeout or a wake-up
    done,   // ended with the reason given to Process::set_exit()
  };
  // Runs for at most about `budget` reductions and lowers it by what it used. Loop thread, never re-entered.
  // It may be called with nothing new to do.
  virtual Next run(Process& self, int& budget) = 0;

  // Calls `visit` with each term the body holds outside of the process's heap.
  virtual void visit(const std::function<void(Term)>& visit) { (void)visit; }

  // For process_info/2: the function it is in and the one it was started with.
  struct Description {
    Atom module, function;
    std::uint32_t arity = 0;
    Atom initial_module, initial_function;
    std::uint32_t initial_arity = 0;
  };
  virtual Description describe() const { return {}; }
  virtual std::size_t stack_words() const { return 0; }  // in use, outside of the process's heap
};

// Names, links, monitors and dictionary: made when first needed, so that an idle process stays small.
struct Relations : HeldObject {
  Relations();
  ~Relations();
  enum class AliasEnd : std::uint8_t { unalias, demonitor, reply_demonitor, reply };  // what ends an alias
  struct Alias {
    AliasEnd end;
    bool priority = false;  // what is sent to it with priority goes in front
  };
  struct LinkState {
    bool active = true;
    bool by_peer = false;         // the other process made it, from another node
    bool priority = false;        // its exit message goes in front
    std::uint64_t unlink_id = 0;  // of our unlink that is not acknowledged yet
  };
  struct Monitoring {  // we watch
    PidOrName target;
    Atom node;                       // where the target is
    std::shared_ptr<OwnedTerm> tag;  // null: 'DOWN'
    bool of_node = false;   // of monitor_node/2: told when the connection is lost, as {nodedown, Node}
    bool priority = false;  // its message goes in front
  };
  struct Watcher {  // somebody watches us
    Pid pid;
    PidOrName as;  // what the monitor named: answered in the same terms
  };
  struct PendingSpawn {  // a spawn request of ours that is not answered yet
    Atom node;
    bool link = false, monitor = false, reply_on_success = true, reply_on_error = true;
    bool link_priority = false, monitor_priority = false;
    std::optional<AliasEnd> alias;                      // of the monitor
    std::shared_ptr<OwnedTerm> reply_tag, monitor_tag;  // null: spawn_reply, 'DOWN'
  };
  Atom name;  // registered name, or ''
  HeldMap<Pid, LinkState> links;
  HeldMap<Reference, Monitoring> monitors;
  HeldMap<Reference, Watcher> watchers;
  HeldMap<Reference, PendingSpawn> spawns;
  HeldMap<Reference, Alias> aliases;
  std::uint64_t next_unlink_id = 1;
  std::size_t peer_rows = 0;  // links and watchers that processes of other nodes made

  // About what one row of these tables takes, in bytes, with its part of the table.
  static constexpr std::size_t row_bytes = 128;
  std::size_t rows() const {
    return links.size() + monitors.size() + watchers.size() + spawns.size() + aliases.size();
  }
};

class Process : public HeldObject {
 public:
  Process();
  ~Process();

  std::uint32_t slot() const { return slot_; }
  std::uint32_t serial() const { return serial_; }
  Term self() const { return Term::local_pid(slot_, serial_); }

  Heap heap;
  Mailbox mailbox;
  Pid group_leader;
  Pid parent;   // who spawned it, wherever; of no node: nobody
  Atom origin;  // the node whose spawn request made it; ours: made here
  bool trap_exit = false;
  bool essential = false;          // a service: not ended for its size
  bool ends_for_memory = false;    // it is the one that was too large: nothing of it may be left
  std::uint64_t reductions = 0;    // used so far
  std::uint64_t next_timeout = 0;  // timer of a waiting receive; 0: none
  bool timed_out = false;          // set when that timer fires, cleared by whoever sets a new one
  std::size_t timer_bytes = 0;     // what timers take that are to send a message to it

  // The body says why it ends, then returns Next::done. `reason` is kept on the process's heap.
  void set_exit(Term reason) { exit_reason_ = reason, has_exit_ = true; }

  // Words of its heap and of the messages that wait.
  std::size_t words() const { return heap.used_words() + mailbox.words(); }
  // Bytes of all that it makes the program hold: heap, stack, messages, counted binaries, timers, links,
  // monitors and aliases, without the links and monitors that processes of other nodes made.
  std::size_t held_bytes() const;

  bool has_exit() const { return has_exit_; }
  bool is_waiting() const { return state_ == State::waiting; }

  // True once an exit signal hit the process while it was running: the body
  // returns as soon as it can (any Next).
  bool doomed() const { return doomed_; }
  // A connection that it sent to is busy: it is not run again before that has drained.
  bool suspended() const { return suspended_on_.has_value(); }

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
  friend class Processes;
  enum class State : std::uint8_t { waiting, runnable, running, exiting };
  Relations& make_relations();

  std::uint32_t slot_ = 0, serial_ = 0;
  State state_ = State::waiting;
  bool has_exit_ = false, doomed_ = false;
  bool woken_ = false;  // something came while it was running
  Term exit_reason_;
  std::unique_ptr<Body> body_;
  std::unique_ptr<Relations> relations_;
  std::unique_ptr<Settings> settings_;  // null: the defaults
  Term doom_;                           // the reason that came from outside
  std::unique_ptr<Heap> doom_heap_;     // where it lies; null: it is an immediate
  Process* next_runnable_ = nullptr;
  Process* next_exiting_ = nullptr;
  std::optional<Atom> suspended_on_;  // the node whose connection is busy
};

}  // namespace noderuntime
