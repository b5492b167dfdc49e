// A node of an Erlang cluster in this program.
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/event_loop.h"
#include "noderuntime/function.h"
#include "noderuntime/native_process.h"

namespace noderuntime {

// As the options of `noderuntime start` (docs/operating.md), with their defaults.
struct NodeOptions {
  std::string name{};      // NAME or NAME@HOST; empty: the first node that is connected to gives a name
  bool long_name = false;  // the host has a dot, as erl -name; otherwise it has none, as erl -sname
  std::string cookie{};    // empty: from cookie_file
  // Readable by its owner only. Empty: $HOME/.erlang.cookie, which is made if it does not exist.
  std::string cookie_file{};
  bool hidden = false;  // no part of the mesh and of global
  bool publish = true;  // false: a node with a name does not listen, and epmd does not list it

  bool ipv6 = false;                             // as erl -proto_dist inet6_tcp; IPv4 addresses come second
  std::string listen_address{};                  // numeric; empty: all of IPv4, with ipv6 all of both
  std::uint16_t listen_min = 0, listen_max = 0;  // 0: any port
  std::chrono::seconds net_ticktime{60};
  std::chrono::milliseconds setup_time{7000};  // for each step of making a connection

  std::uint16_t epmd_port = 0;  // 0: ERL_EPMD_PORT of the environment, or 4369
  bool start_epmd = true;       // when none answers

  std::vector<std::string> code_path{};  // directories with .beam files
  bool borrow_code = true;               // modules that peers call and this node lacks come from these peers

  std::uint32_t peer_atoms = 500'000;  // that one connection may add (of the program: set_atom_limit())
  std::uint32_t processes = 262'144;
  std::size_t tables = 262'144;                                       // of module ets
  std::size_t table_bytes = std::numeric_limits<std::size_t>::max();  // of all their objects
  std::size_t max_message = 0x7FFFFFFF;                               // bytes of a message that a peer sends
  // Bytes that a peer leaves unread, its largest message not counted, before its connection ends.
  std::size_t max_output = std::size_t{256} << 20;

  std::function<void(std::string_view)>
      trace{};  // told each signal to and from other nodes, as a line of text
};

// Bytes that processes and peers may make the program hold (no bound, unless this is called): heaps,
// messages, timers, links, monitors, unfinished input and unread output (docs/operating.md, "Memory"). Above
// it the largest process is killed, or the connection that holds most ends. Loop thread only.
void set_memory_limit(std::size_t bytes);

// Loop thread only. Nothing is called back from inside of create() or another call of it.
//
// Before it is up a node with a name can be set up (functions, processes, names), and what is asked of other
// nodes by calls waits; messages, links and monitors to other nodes need a node that is up.
class LocalNode {
 public:
  struct Events {
    std::function<void()> up{};  // it listens, is registered at epmd, and its services run
    // It could not come up: name_taken, no_epmd, system …; nothing follows.
    std::function<void(Error)> failed{};
    std::function<void(Atom node, bool up)> node_changed{};  // the connection to another node came or went
    // erlang:halt or init:stop was called, here or by rpc: the node has stopped; the program decides what it
    // does with the status, as an exit status of its own or not at all.
    std::function<void(int status)> halted{};
  };

  // Errors: configuration, bad_node_name, system. A node without a name does not listen; it is up at once.
  static Result<std::unique_ptr<LocalNode>> create(EventLoop& loop, const NodeOptions& options,
                                                   Events events);
  static Result<std::unique_ptr<LocalNode>> create(EventLoop& loop, const NodeOptions& options) {
    return create(loop, options, {});
  }
  ~LocalNode();  // stop(); not from inside of a handler or a function of it
  LocalNode(const LocalNode&) = delete;
  LocalNode& operator=(const LocalNode&) = delete;

  // Its connections end at once (processes elsewhere see noconnection), its name is gone from epmd. For good.
  void stop();

  // Runs the loop until the node is up. Errors: those of Events::failed, timeout.
  Outcome wait_until_up(Milliseconds limit = Milliseconds{30'000});
  bool is_up() const;
  NodeIdentity identity() const;  // changes once: with the name
  Atom name() const;              // nonode@nohost until it has one
  std::uint16_t port() const;     // that it listens on; 0: it does not
  EventLoop& loop();

  // --- functions

  // From now on module:function/arity is this function, for every caller: before what OTP has under that
  // name, and before modules of peers or of the code path. Other functions of the module stay what they are.
  // Exposing it again replaces it.
  void expose(std::string_view module, std::string_view function, std::uint32_t arity, Function code);
  // A function with C++ types: arguments are converted by Terms::as() (one that is not of its type raises
  // function_clause), the result by Terms::of(). The first parameter may be Call&. A Result's error is raised
  // as {Name, Context}; void gives ok.
  //
  //     node.expose("plane", "distance", [](double x, double y) { return std::hypot(x, y); });
  template <class Code>
  void expose(std::string_view module, std::string_view function, Code code) {
    auto typed = detail::typed(std::function{std::move(code)});
    expose(module, function, typed.arity, std::move(typed.function));
  }

  // --- processes

  // Throws std::runtime_error when there are too many processes, or the name is taken.
  Pid spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options = {});
  // A process that calls `on_message` for each message.
  Pid spawn(std::function<void(Self&, Term)> on_message, const ProcessOptions& options = {});
  std::optional<Pid> whereis(Atom name) const;

  // Runs `what` soon in a process of the node that lives as long as it: for sends and calls of the program
  // itself. Messages to that process which no continuation waits for are dropped; it traps exits.
  void act(std::function<void(Self&)> what);

  // --- connections

  // `done` is called once. Errors: unknown_host, no_epmd, unknown_node, bad_cookie, timeout, system …
  void connect(Atom node, std::function<void(Outcome)> done);
  // From now on the node is reached at HOST:PORT, without a question to its epmd.
  void set_address(Atom node, std::string address);

  // --- for small tools: these run the loop until there is an answer. Not from inside of a callback.

  // module:function(Arguments) on a node; `arguments` builds the list. Errors: unreachable, timeout, raised
  // (context: the class and the reason as text).
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
