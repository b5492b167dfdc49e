// The client node of the verbs: a node without a listed name, which sends requests and waits for answers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/local_node.h>
#include <noderuntime/node_name.h>
#include "noderuntime/command/options.h"
#include "noderuntime/command/output.h"

namespace noderuntime::command {

using Seconds = std::chrono::duration<double>;

// The options typed for the client.
struct ClientOptions {
  CommonOptions common;
  Seconds timeout{60};
  std::string address, own_name, format = "erlang";
  std::vector<std::string> code_path;  // directories of .beam files that this client lends
  bool json = false;
  int verbose = 0;
  std::size_t max_message =
      0;  // bytes of one message of a node, above which the connection ends; 0: the node's default
  void add_to(CLI::App& app);
};

// How a wait ended.
enum class Waited { done, timeout, interrupted };

// The outcome of a call on another node, kept.
struct Called {
  CallResult::Kind kind = CallResult::Kind::failed;
  Value term, stack;
  bool ok() const { return kind == CallResult::Kind::value; }
  std::string_view class_name() const;  // value, error, exit, throw, failed
  static Called of(const CallResult& result);
};

struct Call {
  Atom node, module, function;
  Value arguments;  // a list
};

// One per run of the program. Every wait ends at the verb's time limit, and by SIGINT or SIGTERM.
class Client {
 public:
  // Errors: the options are wrong; nothing is connected yet.
  static Result<std::unique_ptr<Client>> create(const ClientOptions& options);

  // NAME@HOST, or NAME for a node of this host. Error bad_node_name.
  Result<Atom> target(const std::string& typed) const;
  Result<std::vector<Atom>> targets(const std::vector<std::string>& typed) const;

  // Connects and lets the node name this client; a node that cannot do that is sent a name chosen here.
  // Errors: those of LocalNode::connect, timeout, interrupted.
  Outcome connect(Atom node);
  int reach(Atom node);  // the same; prints errors and returns the status
  // Connects to all at the same time, except that it waits until the first one has named the client. Returns
  // the outcomes in order.
  std::vector<Outcome> connect_all(const std::vector<Atom>& nodes);

  // Calls `module:function` on a connected node. Failed with `timeout`: the time limit has passed.
  Called call(Atom node, std::string_view module, std::string_view function, const Value& arguments);
  Called call(const Call& what) { return call_all({what})[0]; }
  // Makes all calls at the same time; returns the answers in order.
  std::vector<Called> call_all(const std::vector<Call>& calls);

  // Restarts the verb's time limit; 0 seconds in the options: there is none.
  void restart_clock() { begin_ = std::chrono::steady_clock::now(); }

  // The node's OTP release, such as 25; empty: it does not answer calls.
  std::string release(Atom node);

  // Builds a term that outlives the call.
  Value build(const std::function<Term(Terms&)>& make) const;
  // Reads a term typed by the user, in the notation of the options. `$self` is `self`, if given.
  Result<Value> read(std::string_view text, std::optional<Term> self = {}) const;

  Waited wait_until(const std::function<bool()>& condition);  // until the verb's time limit
  // with a limit of its own; negative: none
  Waited wait(const std::function<bool()>& condition, Seconds most);
  bool interrupted() const { return interrupted_; }
  void go_on() { interrupted_ = false; }  // continues until the next interruption
  LocalNode& node() { return *node_; }
  EventLoop& loop() { return *loop_; }
  Output& output() { return output_; }
  const Output& output() const { return output_; }
  const ClientOptions& options() const { return options_; }
  // Prints the result of a call: the value alone, or `NODE: VALUE`; with --json always an object.
  void result(Atom node, Term value) const;
  void result_of(Atom node, Term value) const;
  bool lost(Atom node) const;           // it was connected and is not any more
  std::size_t losses(Atom node) const;  // how many connections to the node have been lost so far

  // Prints an error about `about` (a node, or nothing) on stderr and returns the status; with
  // --json also on stdout.
  int fail(const Error& error, std::string_view about = {});
  // The same for a call that did not return a value.
  int fail(Atom node, const Called& called);
  int complain_about(Atom node, const Called& called) const;  // without JSON
  // The error in the form that JSON output has.
  Value error_value(const Error& error) const;
  Value error_value(const Called& called) const;

 private:
  explicit Client(const ClientOptions& options);
  Outcome start(const std::string& own_name);
  Outcome connect_once(Atom node);
  void become_known();  // the client has a name, given or chosen
  Seconds left() const;

  ClientOptions options_;
  Output output_;
  std::chrono::steady_clock::time_point begin_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<LocalNode> node_;
  bool interrupted_ = false, named_ = false;
  struct Seen {
    bool connected = false;
    std::size_t losses = 0;
  };
  std::map<Atom, Seen> seen_;  // the nodes that were connected at some time
};

// Runs a verb with a client, or prints why there is none.
template <class Options, class Verb>
int with_client(const Options& options, Verb verb) {
  auto client = Client::create(options.client);
  if (!client) return report(client.error());
  int status = verb(**client, options);
  return (*client)->interrupted() && status == success ? by_interrupt : status;
}

// The same for a verb on one node, `options.node`.
template <class Options>
int with_node(const Options& options, int (*verb)(Client&, Atom node, const Options&)) {
  return with_client(options, [verb](Client& client, const Options& options) {
    auto node = client.target(options.node);
    return node ? verb(client, *node, options) : client.fail(node.error());
  });
}

}  // namespace noderuntime::command
