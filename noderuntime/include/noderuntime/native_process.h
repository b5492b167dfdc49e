// Processes whose code is C++.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <noderuntime/event_loop.h>
#include <noderuntime/terms.h>

namespace noderuntime {

class LocalNode;
class Process;
class ProcessBody;
class Self;

// The code of one process. Owned by the node, which destroys it when the process ends. Its handlers run on
// the loop thread, one message at a time, and must not wait: long work belongs on another thread, which comes
// back through EventLoop::post(), or in other processes.
//
// The terms that a handler receives and builds are valid until it returns; use a Value to keep one. An
// exception that a handler throws ends its process, and only that, with the reason {native_exception, Text}
// and a line in the log.
class NativeProcess {
 public:
  virtual ~NativeProcess() = default;
  virtual void on_start(Self& self);
  // Every message to the process: {'EXIT', Pid, Reason} if it traps exits, {'DOWN', Reference, process,
  // Object, Reason} for its monitors, {nodedown, Node} and so on, as in Erlang. Answers to the calls that
  // Self makes go to their continuations instead.
  virtual void on_message(Self& self, Term message) = 0;
};

struct ProcessOptions {
  Atom name{};        // the name to register; '': none
  bool link = false;  // whether to link it to the spawning process
  std::size_t heap_words =
      0;  // memory limit in words of 8 bytes, messages included; above it: killed; 0: no limit
  // Another node, whose modules the functions have that this process calls on its own node; '': as the process
  // that spawns it.
  Atom code_from{};
};

// The outcome of a call. The terms are valid until the continuation returns.
struct CallResult {
  enum class Kind {
    value,   // term: what the function returned, or the server replied
    error,   // term: the reason; stack: the stack trace as the other node wrote it
    exit,    // term: the reason
    throw_,  // term: what was thrown
    failed,  // no answer came. term: timeout, noconnection, noproc, notsup, system_limit or the like; of a
             // gen_server call also the reason with which the server ended
  };
  Kind kind;
  Term term, stack;
  bool ok() const { return kind == Kind::value; }
};
// Called exactly once, unless the calling process ends first: then never.
using Continuation = std::function<void(Self&, const CallResult&)>;

struct NodeResult {
  Atom node;
  CallResult result;
};

struct SpawnResult {
  bool ok;
  Term pid;             // the new process
  Term reason;          // if not ok: noconnection, notsup, badopt, system_limit …
  Reference reference;  // of its monitor, if one was asked for
};

class Timer {
 public:
  Timer() = default;

 private:
  friend class Self;
  explicit Timer(std::uint64_t id) : id_{id} {}
  std::uint64_t id_ = 0;
};

// What the running process can do. Valid until its handler returns. Where a process, a name or a message is
// expected, everything that Terms::of() converts is accepted: a pid as Term or Pid, an Atom (a name
// registered on this node), std::pair{Name, Node} of atoms, a Reference or its Term (an alias).
//
// Connections to other nodes are made as needed. Source: Erlang reference manual, "Processes"; modules
// erlang, erpc, gen_server.
class Self final : public Terms {
 public:
  Term pid() const;
  using Terms::pid;
  LocalNode& node();

  // --- messages

  // False: the name is not registered on this node, or `to` is no destination. Sending
  // to a dead pid succeeds.
  template <class To, class Message>
  bool send(const To& to, const Message& message) {
    return send_term(of(to), of(message), false);
  }
  // A priority message: it overtakes the waiting messages if `to` is an alias made by priority_alias() of its
  // receiver; otherwise as send().
  template <class To, class Message>
  bool send_priority(const To& to, const Message& message) {
    return send_term(of(to), of(message), true);
  }
  // Sends the message after `delay`, if the destination exists by then.
  template <class To, class Message>
  Timer send_after(Milliseconds delay, const To& to, const Message& message) {
    return send_term_after(delay, of(to), of(message));
  }
  bool cancel(Timer timer);  // false: it has fired or was cancelled

  // --- life

  // Ends this process with the reason as soon as the handler has returned.
  template <class Reason>
  void exit(const Reason& reason) {
    exit_with(of(reason));
  }
  // As exit/2: sends an exit signal to another process, or to this one; `who` may be an alias.
  template <class Who, class Reason>
  void exit(const Who& who, const Reason& reason) {
    exit_other(of(who), of(reason));
  }
  void trap_exit(bool yes);
  void set_group_leader(const Pid& leader);  // of this process, and of those that it spawns from now on
  Pid spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options = {});

  // --- links, monitors, aliases, names

  bool link(Term pid);  // false: a dead process of this node (erlang:link/1 raises noproc)
  void unlink(Term pid);
  template <class Who>
  Reference monitor(const Who& who) {  // throws std::invalid_argument: neither a pid nor a name
    return monitor_term(of(who));
  }
  void demonitor(const Reference& reference);  // its 'DOWN' message does not come any more
  Reference alias(bool for_one_reply = false);
  Reference priority_alias();  // priority messages sent to it overtake waiting messages
  bool unalias(const Reference& alias);
  bool register_name(Atom name,
                     const Pid& pid);  // false: one of them is registered already, or the process is dead
  bool register_name(Atom name);       // for this process
  bool unregister_name(Atom name);
  std::optional<Pid> whereis(Atom name) const;

  // --- other nodes and servers

  // Calls module:function(arguments) in a new process on `node`, which may be this node; `arguments` is a
  // list. As erpc:call/5. A result that comes after `limit` is dropped.
  void call(Atom node, Atom module, Atom function, Term arguments, Continuation done,
            Milliseconds limit = no_limit);
  void cast(Atom node, Atom module, Atom function, Term arguments);  // as erpc:cast/4
  // The same call on each node, all at once; the results are in the order of `nodes`.
  void multicall(const std::vector<Atom>& nodes, Atom module, Atom function, Term arguments,
                 std::function<void(Self&, std::span<const NodeResult>)> done, Milliseconds limit = no_limit);
  void ping(Atom node, std::function<void(Self&, bool pong)> done, Milliseconds limit = Milliseconds{7000});

  // As gen_server:call/3. The result is of kind value or failed.
  template <class Server, class Request>
  void gen_call(const Server& server, const Request& request, Continuation done,
                Milliseconds limit = Milliseconds{5000}) {
    gen_call_term(of(server), of(request), std::move(done), limit);
  }
  template <class Server, class Request>
  bool gen_cast(const Server& server, const Request& request) {
    return send_term(of(server), tuple("$gen_cast"_atom, request), false);
  }
  // Spawns module:function(arguments) on `node`, linked to or monitored by this process if so wished.
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
