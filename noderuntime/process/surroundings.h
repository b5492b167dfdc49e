// What processes and the machine need from the outside. The node implements it; tests use a fake.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/bytes.h"
#include "noderuntime/process/signal.h"
#include "noderuntime/result.h"

namespace noderuntime {

class Body;
class Process;

enum class LogLevel { debug, info, warning, error };

// Called on the loop thread. No method calls back into processes before it returns.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  // Passes a signal to the connection to `node`; connects first if there is none. Borrows the signal's
  // terms during the call. Keeps the order of signals between two processes. If the node cannot be
  // reached, Processes::node_down(node) follows later and ends links, monitors and spawn requests with
  // noconnection; other signals are lost. True: the connection's output queue is too long; the sender
  // finishes its turn and is suspended until Processes::node_drained(node). Never throws: if memory is
  // short, the connection is closed.
  virtual bool send(Atom node, const SignalBody& signal) = 0;
  // Whether a sender stays suspended although the connection has drained: too much of its
  // own output is queued.
  virtual bool busy(Atom node, const Pid& sender) { return (void)node, (void)sender, false; }

  // The bytes that a connection makes this node hold: unfinished messages, and output that
  // the peer has not read.
  struct HeldForPeer {
    Atom node;
    std::size_t bytes;
  };
  virtual std::vector<HeldForPeer> held_for_peers() { return {}; }
  // Closes the connection soon; Processes::node_down() follows.
  virtual void end_connection(Atom node, std::string why) { (void)node, (void)why; }

  virtual std::int64_t monotonic_nanoseconds() = 0;
  virtual std::int64_t system_nanoseconds() = 0;  // since 1970
  virtual std::uint64_t random() = 0;
  virtual std::int64_t processor_nanoseconds() { return 0; }  // processor time used by this program
  // The time for which the loop was busy, and the time measured; both count from the first call on.
  struct SchedulerTime {
    std::int64_t busy_nanoseconds = 0, total_nanoseconds = 0;
  };
  virtual SchedulerTime scheduler_time() { return {}; }

  // Local time: to calendar parts, and back (tm_isdst as for mktime). The default is UTC.
  virtual std::tm local_time(std::int64_t seconds) {
    std::time_t since = seconds;
    std::tm parts{};
    gmtime_r(&since, &parts);
    return parts;
  }
  virtual std::int64_t seconds_of_local(std::tm parts) { return timegm(&parts); }

  // The program's environment at its start, and facts of the system.
  virtual std::map<std::string, std::string> environment() { return {}; }
  virtual std::int64_t process_id() { return 0; }
  virtual std::string system_release() { return "0.0.0"; }

  enum class NodeKind { visible, hidden };
  virtual std::vector<Atom> connected_nodes(NodeKind kind) = 0;

  // output queue length above which senders are suspended
  virtual std::size_t busy_bytes() { return std::size_t{1} << 20; }

  virtual bool connected(Atom node) = 0;
  // Whether it is connected and can be asked for modules, that is: it takes spawn requests.
  virtual bool lends_code(Atom node) { return connected(node); }
  // The incarnation of the connected node; another creation is another program. nullopt: not connected.
  virtual std::optional<Creation> creation_of(Atom node) {
    return connected(node) ? std::optional{Creation{1}} : std::nullopt;
  }
  virtual void disconnect(Atom node) = 0;
  virtual std::int64_t net_ticktime() { return 60; }  // seconds
  // The cookie for connections with `node`; set_cookie('') sets it for all nodes without one of their own.
  virtual std::string cookie(Atom node) { return (void)node, std::string{}; }
  virtual void set_cookie(Atom node, std::string cookie) { (void)node, (void)cookie; }
  // Asks the epmd of `host` for its names. Calls `done` later, or never if this node stops first. nullopt:
  // the host has no address, or no epmd.
  struct NamedPort {
    std::string name;
    std::uint16_t port;
  };
  using Names = std::optional<std::vector<NamedPort>>;
  virtual void list_names(const std::string& host, std::function<void(Names)> done) {
    (void)host, (void)done;
  }
  // Ends the program soon, in order, with this exit status.
  virtual void halt(int status) { (void)status; }
  // Prints on the node's console. Takes any text and never waits for its reader, but callers should wait
  // while the console is full; console_drained() of the services follows. False: the output is closed or the
  // disk full, and the text is lost.
  virtual bool print(std::string_view text) { return (void)text, true; }
  virtual bool console_is_full() { return false; }
  virtual Result<Buffer> read_file(const std::string& path) = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;

  // Makes a body that runs `module:function(arguments)`; `arguments` is a proper list on the process's heap.
  virtual std::unique_ptr<Body> start_function(Process& process, Atom module, Atom function,
                                               Term arguments) = 0;
};

}  // namespace noderuntime
