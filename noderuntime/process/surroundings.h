// What processes and the machine need from the world. The node implements it; tests fake it.
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

// All calls on the loop thread. Nothing here calls back into processes before it returns.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  // Gives a signal to the connection to `node`, connecting first when there is none. Its terms are borrowed
  // for the call. Order between two processes is kept. When the node cannot be reached,
  // Processes::node_down(node) follows later and answers links, monitors and spawn requests with
  // noconnection; other signals are lost. True: the connection has more to write than it should; the sender
  // finishes its step and is not run again before Processes::node_drained(node). Never throws: a connection
  // that there is no memory to write to ends.
  virtual bool send(Atom node, const SignalBody& signal) = 0;
  // Whether a sender has to wait even though the connection has drained: of its own signals too much is left.
  virtual bool busy(Atom node, const Pid& sender) { return (void)node, (void)sender, false; }

  // What connections make this node hold: unfinished messages, and what their peers have not read. In bytes.
  struct HeldForPeer {
    Atom node;
    std::size_t bytes;
  };
  virtual std::vector<HeldForPeer> held_for_peers() { return {}; }
  // The connection ends soon, and Processes::node_down() follows.
  virtual void end_connection(Atom node, std::string why) { (void)node, (void)why; }

  virtual std::int64_t monotonic_nanoseconds() = 0;
  virtual std::int64_t system_nanoseconds() = 0;  // since 1970
  virtual std::uint64_t random() = 0;
  virtual std::int64_t processor_nanoseconds() { return 0; }  // that this program has used
  // How long the loop was busy, and how long that was measured; it is measured from the first call on.
  struct SchedulerTime {
    std::int64_t busy_nanoseconds = 0, total_nanoseconds = 0;
  };
  virtual SchedulerTime scheduler_time() { return {}; }

  // The clock on the wall: parts of a time, and back (tm_isdst: as mktime takes it). Without a zone: UTC.
  virtual std::tm local_time(std::int64_t seconds) {
    std::time_t since = seconds;
    std::tm parts{};
    gmtime_r(&since, &parts);
    return parts;
  }
  virtual std::int64_t seconds_of_local(std::tm parts) { return timegm(&parts); }

  // The program's environment as it started, and what it runs on.
  virtual std::map<std::string, std::string> environment() { return {}; }
  virtual std::int64_t process_id() { return 0; }
  virtual std::string system_release() { return "0.0.0"; }

  enum class NodeKind { visible, hidden };
  virtual std::vector<Atom> connected_nodes(NodeKind kind) = 0;

  virtual std::size_t busy_bytes() { return std::size_t{1} << 20; }  // of a connection: then senders wait

  virtual bool connected(Atom node) = 0;
  // Connected, and one that can be asked for modules: it takes spawn requests.
  virtual bool lends_code(Atom node) { return connected(node); }
  // Which program the connected node is: another one has another creation. Nullopt: not connected.
  virtual std::optional<Creation> creation_of(Atom node) {
    return connected(node) ? std::optional{Creation{1}} : std::nullopt;
  }
  virtual void disconnect(Atom node) = 0;
  virtual std::int64_t net_ticktime() { return 60; }  // seconds
  // The cookie for connections with `node`; set: of `node`, or of all that have none of their own ('').
  virtual std::string cookie(Atom node) { return (void)node, std::string{}; }
  virtual void set_cookie(Atom node, std::string cookie) { (void)node, (void)cookie; }
  // What the epmd of a host has registered; `done` later, or never when the node ends. nullopt: no address,
  // or no epmd.
  struct NamedPort {
    std::string name;
    std::uint16_t port;
  };
  using Names = std::optional<std::vector<NamedPort>>;
  virtual void list_names(const std::string& host, std::function<void(Names)> done) {
    (void)host, (void)done;
  }
  // The program ends soon, in order, with this exit status.
  virtual void halt(int status) { (void)status; }
  // The node's own console. It takes a text whatever its size and never waits for its reader, but who prints
  // should wait while it is full; console_drained() of the services follows. False: nobody reads any more, or
  // the disk is full; the text is lost.
  virtual bool print(std::string_view text) { return (void)text, true; }
  virtual bool console_is_full() { return false; }
  virtual Result<Buffer> read_file(const std::string& path) = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;

  // A body for `module:function(arguments)`; `arguments` is a proper list on the process's heap.
  virtual std::unique_ptr<Body> start_function(Process& process, Atom module, Atom function,
                                               Term arguments) = 0;
};

}  // namespace noderuntime
