// One process: identity plus a body.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "noderuntime/process/mailbox.h"
#include "noderuntime/process/settings.h"
#include "noderuntime/process/signal.h"

namespace noderuntime {

class Process;
class Processes;

// What runs in a process. Owned by it; dies with it.
class Body {
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
struct Relations {
  enum class AliasEnd : std::uint8_t { unalias, demonitor, reply_demonitor, reply };  // what ends an alias
  struct Alias {
    AliasEnd end;
    bool priority = false;  // what is sent to it with priority goes in front
  };
  struct LinkState {
    bool active = true;
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
  std::unordered_map<Pid, LinkState> links;
  std::unordered_map<Reference, Monitoring> monitors;
  std::unordered_map<Reference, Watcher> watchers;
  std::unordered_map<Reference, PendingSpawn> spawns;
  std::unordered_map<Reference, Alias> aliases;
  std::uint64_t next_unlink_id = 1;
};

class Process {
 public:
  Process(std::uint32_t slot, std::uint32_t serial) : slot_{slot}, serial_{serial} {}
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
  std::uint64_t reductions = 0;    // used so far
  std::uint64_t next_timeout = 0;  // timer of a waiting receive; 0: none
  bool timed_out = false;          // set when that timer fires, cleared by whoever sets a new one

  // The body says why it ends, then returns Next::done. `reason` is kept on the process's heap.
  void set_exit(Term reason) { exit_reason_ = reason, has_exit_ = true; }

  // Words of its heap and of the messages that wait.
  std::size_t words() const { return heap.used_words() + mailbox.words(); }

  bool has_exit() const { return has_exit_; }
  bool is_waiting() const { return state_ == State::waiting; }

  // True once an exit signal hit the process while it was running: the body returns as soon as it can (any
  // Next).
  bool doomed() const { return doomed_; }
  // A connection that it sent to is busy: it is not run again before that has drained.
  bool suspended() const { return suspended_on_.has_value(); }

  bool has_relations() const { return relations_ != nullptr; }
  Relations& relations() {
    if (!relations_) relations_ = std::make_unique<Relations>();
    return *relations_;
  }

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
  std::uint32_t slot_, serial_;
  State state_ = State::waiting;
  bool has_exit_ = false, doomed_ = false;
  bool woken_ = false;  // something came while it was running
  Term exit_reason_;
  std::unique_ptr<Body> body_;
  std::unique_ptr<Relations> relations_;
  std::unique_ptr<Settings> settings_;  // null: the defaults
  std::unique_ptr<OwnedTerm> doom_;     // the reason that came from outside
  Process* next_runnable_ = nullptr;
  std::optional<Atom> suspended_on_;  // the node whose connection is busy
};

}  // namespace noderuntime
