// A node on the loop: connects processes, machine, services, connections and the entry at epmd.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/entropy/entropy.h"
#include "common/net/loop.h"
#include "common/net/timer.h"
#include "common/program/logging.h"
#include "common/program/rate_limit.h"
#include "noderuntime/node/applications.h"
#include "noderuntime/node/configuration.h"
#include "noderuntime/node/deferred_calls.h"
#include "noderuntime/node/peer_events.h"
#include "noderuntime/process/processes.h"

namespace noderuntime::net {
class TcpListener;
}  // namespace noderuntime::net

namespace noderuntime {

class Machine;
class NodeCluster;
class NodeSystem;
class CredentialWatch;
class Peers;
class EpmdRegistration;
class Join;
class Listeners;
class ModuleRegistry;
class Transport;

// Owned by the program: by the command, or by a LocalNode. Loop thread only. No event comes from
// inside the constructor.
class Node final : private Host, private PeerEvents {
 public:
  struct Events {
    std::function<void(Port)> up;  // it listens on this port, is registered, and its services run
    // once, not before `up`: join_wait other nodes are connected, and the applications run
    std::function<void()> joined{};
    std::function<void(Error)> failed;  // it could not come up, or start an application; no event follows
    std::function<void(Atom, bool up)> node_changed;  // the connection to another node is up, or lost
    std::function<void(int status)>
        halted{};  // erlang:halt or init:stop: the owner shall stop() it and exit; once
  };

  // With a name, it listens, registers at epmd and is up. Without one, it is up with the first connection.
  Node(net::Loop& loop, NodeConfiguration configuration, Events events);
  ~Node() override;

  // Stops the applications that run, and then calls `then`: in this call if none runs, and after
  // NodeOptions::stop_time at the latest. A second call, and a call after stop(), does nothing.
  void end_in_order(std::function<void()> then);

  // Closes all connections (peers see noconnection) and removes its name from epmd. It
  // cannot be started again.
  void stop();

  Processes& processes() { return processes_; }
  ModuleRegistry& code();
  const NodeIdentity& self() const { return processes_.self(); }
  void connect(Atom node, std::function<void(Outcome)> done);
  void set_address(Atom node, std::string address) {
    configuration_.addresses[std::string{node.text()}] = std::move(address);
  }
  // Reads the files of TLS certificates again. Without TLS it does nothing.
  void reload_credentials();
  // To be called after calls to processes() from outside a process: runs what they made runnable.
  void schedule();

  // --- for those who watch the node

  const Peers& peers() const { return *peers_; }
  Machine& machine() { return *machine_; }
  const NodeConfiguration& configuration() const { return configuration_; }
  struct Counts {
    std::uint64_t crashes = 0;         // processes that ended with an error
    std::uint64_t exceeded_heaps = 0;  // processes that were over their max_heap_size
  };
  const Counts& counts() const { return counts_; }
  bool is_registered() const;           // at epmd, now
  std::uint64_t registrations() const;  // at epmd, all that there have been
  // Why nobody should rely on the node now; nullopt: it is up, registered at epmd if it shall be, and connected to the
  // nodes that it is to join (with join_wait: to so many).
  std::optional<std::string> unready() const;

 private:
  Outcome listen();
  void publish(Port port);
  void come_up(Port port);
  void start_applications();
  void on_unregistered(Port port, Error error);
  void appear(Port port);  // comes up without an entry at epmd; 0: it does not listen
  void become(const distribution::Identity& identity);
  void start_own_processes();
  void settle();
  bool arm_timer();
  void give_back_memory();
  void halt(int status);
  void halt_when_alone();

  bool send(Atom node, const SignalBody& signal) override;
  bool busy(Atom node, const Pid& sender) override;
  std::vector<HeldForPeer> held_for_peers() override;
  void end_connection(Atom node, std::string why) override;
  std::int64_t monotonic_nanoseconds() override;
  std::int64_t system_nanoseconds() override;
  std::uint64_t random() override;
  void log(LogLevel level, std::string_view text) override;
  std::unique_ptr<Body> start_function(Process& process, const Process* spawner, Atom module, Atom function,
                                       Term arguments) override;

  void on_identity(const distribution::Identity& given) override;
  void on_node_up(Atom node, bool visible) override;
  void on_node_down(Atom node, bool visible, const Error& why) override;
  void on_unreachable(Atom node, ReachStep step, const Error& why) override;
  void on_drained(Atom node) override;
  void on_input_done() override;
  std::uint64_t begin_work(std::function<void()> work, std::function<void()> ended) override;
  void cancel_work(std::uint64_t job) override;
  void note(bool warning, std::string text) override;
  void note_limited(program::LogLevel level, std::string_view text);

  entropy::Words random_;  // declared first: later members draw from it in their constructors
  net::Loop& loop_;
  DeferredCalls later_{loop_};
  NodeConfiguration configuration_;
  Events events_;
  Processes processes_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<CredentialWatch> credential_watch_;  // null: no TLS
  std::unique_ptr<Peers> peers_;
  std::unique_ptr<Join> join_;  // while the node is up, if there is something to join
  std::unique_ptr<NodeSystem> system_;
  std::unique_ptr<NodeCluster> cluster_;
  std::unique_ptr<Machine> machine_;
  Applications applications_;
  net::IdleTask work_;
  net::Timer timer_, halt_timer_, stop_timer_, give_back_timer_;
  std::size_t most_held_ = 0;  // bytes, since freed memory was last given back
  bool gives_back_ = false;    // in steps
  std::unique_ptr<Listeners> listeners_;
  std::unique_ptr<EpmdRegistration> epmd_registration_;
  program::RateLimit warnings_{20, std::chrono::seconds{10}};  // for log lines that peers cause
  Counts counts_;
  bool up_ = false;
  bool stopped_ = false;
  std::function<void()> ending_;  // what end_in_order() will call
  std::optional<int> halting_;    // exit with this status when the peers have closed their side
};

}  // namespace noderuntime
