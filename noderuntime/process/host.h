// What processes need from the program that they live in: the way to other nodes, time, chance, the log. The
// node implements it; tests use a fake. For what native functions and services need besides:
// functions/node_access.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/process/signal.h"

namespace noderuntime {

class Body;
class Process;

enum class LogLevel { debug, info, warning, error };

// Outlives the Processes that use it. Called on the loop thread. No method calls back into processes before
// it returns.
class Host {
 public:
  virtual ~Host() = default;

  // Passes a signal to the connection to `node`; connects first if there is none. Borrows the signal's
  // terms during the call. Keeps the order of signals between two processes. If the node cannot be
  // reached, SignalRouter::node_down(node) follows later and ends links, monitors and spawn requests with
  // noconnection; other signals are lost. True: the connection's output queue is too long; the sender
  // finishes its time slice and is suspended until Scheduler::node_drained(node). Inside of a MayPause, the running code
  // may be paused while a long signal is encoded; then it throws ProcessCancelled if the process has to end. Nothing else
  // is thrown: if memory is short, the connection is closed.
  virtual bool send(Atom node, const SignalBody& signal) = 0;
  // Whether a sender stays suspended although the connection has drained: too much of its
  // own output is queued.
  virtual bool busy(Atom node, const Pid& sender) { return (void)node, (void)sender, false; }

  // The bytes that a connection makes this node hold: unfinished messages, output that the peer has not read, and
  // what TLS needs.
  struct HeldForPeer {
    Atom node;  // '': all connections together that have not proved the cookie
    std::size_t bytes;
  };
  virtual std::vector<HeldForPeer> held_for_peers() { return {}; }
  // Closes the connection soon; SignalRouter::node_down() follows.
  virtual void end_connection(Atom node, std::string why) { (void)node, (void)why; }

  virtual std::int64_t monotonic_nanoseconds() = 0;
  virtual std::int64_t system_nanoseconds() = 0;  // since 1970
  virtual std::uint64_t random() = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;

  // Makes a body that runs `module:function(arguments)`; `arguments` is a proper list on the process's heap.
  // `spawner`: the process of this node that spawns it; null: none, or a process of another node.
  virtual std::unique_ptr<Body> start_function(Process& process, const Process* spawner, Atom module,
                                               Atom function, Term arguments) = 0;

  std::int64_t monotonic_milliseconds() { return monotonic_nanoseconds() / 1'000'000; }
};

}  // namespace noderuntime
