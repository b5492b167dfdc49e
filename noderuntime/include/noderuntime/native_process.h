// Processes whose code is C++.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "noderuntime/event_loop.h"
#include "noderuntime/terms.h"

namespace noderuntime {

class LocalNode;
class Process;
class ProcessBody;
class Self;

// What one process does. It is destroyed when the process ends. The handlers are called on the loop thread,
// one message at a time; they do not wait: what takes long goes to another thread and comes back by
// EventLoop::post(), or to other processes.
//
// The terms that a handler gets and builds are valid until it returns; what it keeps it keeps as
// a Value. A handler that throws ends its process, and only it, with the reason
// {native_exception, Text} and a line in the log.
class NativeProcess {
 public:
  virtual ~NativeProcess() = default;
  virtual void on_start(Self& self);
  // Everything that is sent to it; {'EXIT', Pid, Reason} when it traps exits, {'DOWN', Reference, process,
  // Who, Reason} for its monitors, {nodedown, Node} and the like as in Erlang. Answers to calls made by Self
  // go to their continuations instead.
  virtual void on_message(Self& self, Term message) = 0;
};

struct ProcessOptions {
  Atom name{};        // registered under it; '': not
  bool link = false;  // to the process that spawns it
  std::size_t heap_words =
      0;  // memory of a handler and of messages, 8 bytes each; beyond it is killed; 0: any
};

// How a call ended. The terms are valid until the continuation returns.
struct CallResult {
  enum class Kind {
    value,   // term: what the function returned, or the server replied
    error,   // term: the reason; stack: the stack trace as the other node wrote it
    exit,    // term: the reason
    throw_,  // term: what was thrown
    failed,  // there is no answer. term: timeout, noconnection, noproc, notsup, system_limit or the like; for
             // a gen_server call also the reason that the server ended with
  };
  Kind kind;
  Term term, stack;
  bool ok() const { return kind == Kind::value; }
};
// Called once, unless the calling process ends first.
using Continuation = std::function<void(Self&, const CallResult&)>;

struct NodeResult {
  Atom node;
  CallResult result;
};

struct SpawnResult {
  bool ok;
  Term pid;             // of the new process
  Term reason;          // not ok: noconnection, notsup, badopt, system_limit …
  Reference reference;  // of its monitor, if there is one
};

class Timer {
 public:
  Timer() = default;

 private:
  friend class Self;
  explicit Timer(std::uint64_t id) : id_{id} {}
  std::uint64_t id_ = 0;
};

// The process that is running: what it can do. Valid until its handler returns. Where a process, a name or a
// message is wanted, anything that Terms::of() takes is: a pid as Term or Pid, an Atom (a name registered
// here), std::pair{Name, Node} of atoms, a Reference or its Term (an alias).
//
// Other nodes are connected to as needed. Source: Erlang reference manual, "Processes";
// modules erlang, erpc, gen_server.
class Self final : public Terms {
 public:
  Term pid() const;
  using Terms::pid;
  LocalNode& node();

  // --- messages

  // False: a name that is not registered here, or no such kind of destination. A dead pid takes everything.
  template <class To, class Message>
  bool send(const To& to, const Message& message) {
    return send_term(of(to), of(message), false);
  }
  // It goes in front of what waits when `to` is an alias that was made for that, else it is as send().
  template <class To, class Message>
  bool send_priority(const To& to, const Message& message) {
    return send_term(of(to), of(message), true);
  }
  // The message arrives after `delay`, if the destination is there then.
  template <class To, class Message>
  Timer send_after(Milliseconds delay, const To& to, const Message& message) {
    return send_term_after(delay, of(to), of(message));
  }
  bool cancel(Timer timer);  // false: it has fired, or was cancelled

  // --- life

  // This process ends with the reason when the handler has returned.
  template <class Reason>
  void exit(const Reason& reason) {
    exit_with(of(reason));
  }
  // exit/2: an exit signal to another process (or to this one); `who` may be an alias.
  template <class Who, class Reason>
  void exit(const Who& who, const Reason& reason) {
    exit_other(of(who), of(reason));
  }
  void trap_exit(bool yes);
  Pid spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options = {});

  // --- links, monitors, aliases, names

  bool link(Term pid);  // false: a dead process of this node (erlang:link/1 raises noproc)
  void unlink(Term pid);
  template <class Who>
  Reference monitor(const Who& who) {  // throws std::invalid_argument: neither pid nor name
    return monitor_term(of(who));
  }
  void demonitor(const Reference& reference);  // no 'DOWN' of it comes any more
  Reference alias(bool for_one_reply = false);
  Reference priority_alias();  // what is sent to it with priority comes before messages that wait
  bool unalias(const Reference& alias);
  bool register_name(Atom name,
                     const Pid& pid);  // false: the name or the process has one already, or is dead
  bool register_name(Atom name);       // for this process
  bool unregister_name(Atom name);
  std::optional<Pid> whereis(Atom name) const;

  // --- other nodes and servers

  // module:function(arguments) in a process of its own on `node` (which may be this one); `arguments` is a
  // list. As erpc:call/5. With a limit, what it computes later is dropped.
  void call(Atom node, Atom module, Atom function, Term arguments, Continuation done,
            Milliseconds limit = no_limit);
  void cast(Atom node, Atom module, Atom function, Term arguments);  // as erpc:cast/4
  // A call on each node at the same time; the results in the order of the nodes.
  void multicall(const std::vector<Atom>& nodes, Atom module, Atom function, Term arguments,
                 std::function<void(Self&, std::span<const NodeResult>)> done, Milliseconds limit = no_limit);
  void ping(Atom node, std::function<void(Self&, bool pong)> done, Milliseconds limit = Milliseconds{7000});

  // gen_server:call/3: kind value, or failed.
  template <class Server, class Request>
  void gen_call(const Server& server, const Request& request, Continuation done,
                Milliseconds limit = Milliseconds{5000}) {
    gen_call_term(of(server), of(request), std::move(done), limit);
  }
  template <class Server, class Request>
  bool gen_cast(const Server& server, const Request& request) {
    return send_term(of(server), tuple("$gen_cast"_atom, request), false);
  }
  // A process that runs module:function(arguments) on `node`, linked to or monitored by this one if wanted.
  struct SpawnWish {
    bool link = false, monitor = false;
  };
  void spawn_on(Atom node, Atom module, Atom function, Term arguments, SpawnWish wish,
                std::function<void(Self&, const SpawnResult&)> done);

 private:
  friend class ProcessBody;
  Self(Process& process, ProcessBody& body);
  bool send_term(Term to, Term message, bool priority);
  Timer send_term_after(Milliseconds delay, Term to, Term message);
  void exit_with(Term reason);
  void exit_other(Term who, Term reason);
  Reference monitor_term(Term who);
  void gen_call_term(Term server, Term request, Continuation done, Milliseconds limit);
  bool connect_first(Atom node, std::function<void(Self&)> then, std::function<void(Self&)> failed);

  Process& process_;
  ProcessBody& body_;
};

}  // namespace noderuntime
