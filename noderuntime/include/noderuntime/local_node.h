// A node of an Erlang cluster inside this program.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/event_loop.h>
#include <noderuntime/function.h>
#include <noderuntime/native_process.h>
#include <noderuntime/node_options.h>

namespace noderuntime {

// The bytes that processes and peers may make the program hold: heaps, messages, timers, links, monitors,
// unfinished input and unread output (docs/operating.md, "Memory"). Above it, the largest process is killed, or
// the connection that holds most is closed. Without this call there is no bound. Loop thread only.
void set_memory_limit(std::size_t bytes);

// Loop thread only. Events and continuations are never called from inside create() or
// another call of this class.
//
// A node with a name can be set up before it is up: functions, processes, registered names. Calls to other
// nodes then wait until it is up; messages, links and monitors to other nodes need a node that is up.
class LocalNode {
 public:
  struct Events {
    std::function<void()> up{};  // it listens, is registered at epmd, and its services run
    // Once, not before `up`: NodeOptions::join_wait other nodes are connected.
    std::function<void()> joined{};
    // It could not come up: name_taken, no_epmd, system … No other event follows.
    std::function<void(Error)> failed{};
    std::function<void(Atom node, bool up)> node_changed{};  // the connection to `node` is up, or lost
    // erlang:halt or init:stop was called, on this node or by rpc. The node has stopped; the program decides
    // whether to exit with the status.
    std::function<void(int status)> halted{};
  };

  // For a name without a host it waits for the system's resolver, which knows the host's name.
  // Errors: configuration (also of a number that lies outside of the bounds in its row of node_options.h),
  // bad_node_name, system. A node without a name does not listen and is up at once.
  // For a name without a host it asks the system's resolver for the host's name, and waits for the answer.
  static Result<std::unique_ptr<LocalNode>> create(EventLoop& loop, const NodeOptions& options,
                                                   Events events);
  static Result<std::unique_ptr<LocalNode>> create(EventLoop& loop, const NodeOptions& options) {
    return create(loop, options, {});
  }
  ~LocalNode();  // stop(); must not be called from inside one of its handlers or functions
  LocalNode(const LocalNode&) = delete;
  LocalNode& operator=(const LocalNode&) = delete;

  // Closes its connections (processes elsewhere see noconnection) and removes its name from epmd. It
  // cannot be started again; connect() fails from then on.
  void stop();

  // Runs the loop until the node is up. Errors: those of Events::failed, timeout.
  Outcome wait_until_up(Milliseconds limit = Milliseconds{30'000});
  bool is_up() const;
  NodeIdentity identity() const;  // changes once, when a node without a name gets one
  Atom name() const;              // nonode@nohost until it has one
  std::uint16_t port() const;     // the port it listens on; 0: it does not listen
  EventLoop& loop();

  // --- functions

  // Makes `code` the function module:function/arity for every caller. It takes precedence over OTP's function
  // of that name and over modules of peers and of the code path; the module's other functions are not
  // affected. Exposing the same name again replaces it.
  void expose(std::string_view module, std::string_view function, std::uint32_t arity, Function code);
  // As above, for a function with C++ types. Terms::as() converts the arguments (one that does not convert
  // raises function_clause), Terms::of() the result. The first parameter may be Call&. The error of a Result
  // is raised as {Name, Context}; void returns ok.
  //
  //     node.expose("plane", "distance", [](double x, double y) { return std::hypot(x, y); });
  template <class Code>
  void expose(std::string_view module, std::string_view function, Code code) {
    auto typed = detail::typed(std::function{std::move(code)});
    expose(module, function, typed.arity, std::move(typed.function));
  }

  // --- processes

  // Throws std::runtime_error if there are too many processes or the name is taken.
  Pid spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options = {});
  // A process that calls `on_message` for each message.
  Pid spawn(std::function<void(Self&, Term)> on_message, const ProcessOptions& options = {});
  std::optional<Pid> whereis(Atom name) const;

  // Runs `what` soon, in a process that lives as long as the node, so that the program itself can send and
  // call. That process traps exits; messages to it that no continuation waits for are dropped.
  void act(std::function<void(Self&)> what);

  // --- connections

  // `done` is called once, unless the node is destroyed first. Errors: unknown_host, no_epmd, unknown_node,
  // bad_cookie, timeout, system …
  void connect(Atom node, std::function<void(Outcome)> done);
  // Connects to the node at HOST:PORT from now on, without asking its epmd.
  void set_address(Atom node, std::string address);

  // --- for small tools: these run the loop until the answer is there. Not from inside a callback.

  // Calls module:function(Arguments) on `node`; `arguments` builds the list of arguments. Errors:
  // unreachable, timeout, raised (context: the class and the reason as text).
  Result<Value> call_and_wait(Atom node, Atom module, Atom function,
                              const std::function<Term(Terms&)>& arguments,
                              Milliseconds limit = Milliseconds{60'000});
  bool ping_and_wait(Atom node, Milliseconds limit = Milliseconds{7000});

  struct State;
  State& state() { return *state_; }  // for the library's own sources

 private:
  explicit LocalNode(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace noderuntime
