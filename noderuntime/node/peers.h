// The nodes that this node is connected to, or is connecting to.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/program/rate_limit.h"
#include "noderuntime/node/configuration.h"
#include "noderuntime/node/connection.h"
#include "noderuntime/node/connector.h"
#include "noderuntime/node/deferred_calls.h"
#include "noderuntime/node/given_names.h"
#include "noderuntime/node/peer_counts.h"
#include "noderuntime/node/peer_events.h"
#include "noderuntime/node/transport.h"
#include "noderuntime/process/host.h"

namespace noderuntime {

// Outgoing and incoming connections; in the end at most one per node. Signals wait while a connection is
// being made. Owned by Node. Loop thread only.
class Peers final : private Connection::Owner {
 public:
  Peers(net::Loop& loop, Transport& transport, const NodeConfiguration& configuration,
        SignalReceiver& signals, PeerEvents& events);
  ~Peers() override;

  // Connections that were accepted before begin their handshake now.
  void set_self(std::optional<distribution::Identity> self);

  void accept(std::unique_ptr<net::TcpStream> tcp);
  // Connects unless there is a connection; calls `done` once, not from inside.
  void connect(Atom node, std::function<void(Outcome)> done);
  // The same for a caller that learns of a failure by PeerEvents::on_unreachable.
  void reach(Atom node);
  void disconnect(Atom node);
  void finish_output();  // to all peers, which then are expected to close
  bool any_connected() const;
  void disconnect_all();

  // See Host::send(). Inside of a MayPause a long message is encoded at the pace of the process.
  bool send(Atom node, const SignalBody& signal);
  bool busy(Atom node, const Pid& sender) const;
  void flush();  // writes what was sent to the sockets
  // Ends the connection, or the attempt, in the next turn. '': closes all connections that have not proved the cookie.
  void end_soon(Atom node, std::string why);
  std::vector<Host::HeldForPeer> held() const;  // see Host::held_for_peers()

  bool connected(Atom node) const;
  bool takes_spawn_requests(Atom node) const;            // it is connected and has the capability
  std::optional<Creation> creation_of(Atom node) const;  // nullopt: not connected
  std::vector<Atom> connected(bool visible) const;

  const PeersCounts& counts() const { return counts_; }
  std::vector<PeerSample> samples() const;  // of all peers, in no order
  std::size_t handshakes() const {          // of others, in progress
    return securing_.size() + incoming_.size();
  }

 private:
  struct Peer;
  struct Securing;

  Peer* find(Atom node) const;
  Peer* find(const NodeName& name) const;
  Peer& start_peer(Atom node, NodeName name);
  Connector::Route route_to(const NodeName& name) const;
  void attempt(Peer& peer, std::unique_ptr<net::Stream> stream);
  bool is_vouched_for(const Connection& connection, const distribution::Acceptor::Caller& caller);
  void make_room();
  std::size_t held_by_strangers() const;
  void end_strangers(const std::string& why);
  void secure(std::unique_ptr<net::TcpStream> tcp);
  void on_secured(Securing& securing, Outcome outcome);
  void part(std::unique_ptr<Securing> refused);
  void greet(std::unique_ptr<net::Stream> stream);
  void wait_for_call(Peer& peer);
  void stop_waiting_for_call(Peer& peer);
  void fail(Peer& peer, ReachStep step, const Error& why);
  void lose(Peer& peer, const Error& why);
  void refuse(const signal::SpawnRequest& spawn);
  bool write(Atom node, const SignalBody& signal, bool may_pause);
  void note_dropped(const Peer& peer, const Error& why);
  Peer* write_long(Peer& peer, const SignalBody& signal, bool may_pause);
  void end(Peer& peer, const Error& why);
  bool allows(const Connection& connection, const distribution::Acceptor::Caller& caller);
  bool busy(const Connection& connection, const std::optional<Pid>& sender) const;
  void trace(std::string_view arrow, Atom node, const SignalBody& signal) const;
  void drop(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> take_incoming(Connection& connection);
  Peer* owner_of(Connection& connection) const;
  Connection::Owner& as_owner() { return *this; }
  distribution::Challenge challenge();
  distribution::Flags flags() const;

  void on_caller(Connection&, const distribution::Acceptor::Caller&) override;
  bool on_peer_says_alive(Connection&) override;
  void on_proved(Connection&, const distribution::Peer&) override;
  void on_open(Connection&) override;
  void on_signal(Connection&, Signal&&) override;
  void on_input_done(Connection&) override;
  void on_drained(Connection&) override;
  void on_over(Connection&, const Error&) override;
  Traffic& all_traffic() override { return counts_.traffic; }
  std::uint64_t begin_work(std::function<void()> work, std::function<void()> ended) override {
    return events_.begin_work(std::move(work), std::move(ended));
  }
  void cancel_work(std::uint64_t job) override { events_.cancel_work(job); }
  bool set_busy(Peer& peer, bool busy);
  void note_failure(CountsByError& counts, const Error& why) { ++counts[static_cast<std::size_t>(why.code)]; }

  net::Loop& loop_;
  Transport& transport_;
  DeferredCalls later_{loop_};
  const NodeConfiguration& configuration_;
  SignalReceiver& signals_;
  PeerEvents& events_;
  PeersCounts counts_;
  std::uint64_t last_number_ = 0;  // of a peer
  std::optional<distribution::Identity> self_;
  GivenNames given_names_;
  std::unordered_map<Atom, std::unique_ptr<Peer>> peers_;
  program::RateLimit crowded_{1, std::chrono::seconds{10}};  // of the log line
  program::RateLimit without_memory_{1, std::chrono::seconds{10}};
  std::vector<std::unique_ptr<net::TcpStream>> early_;  // incoming, while we have no identity
  std::vector<std::unique_ptr<Securing>> securing_;     // incoming, in the handshake of TLS
  std::vector<std::unique_ptr<Securing>> parting_;      // their handshake of TLS has failed
  std::vector<std::unique_ptr<Connection>> incoming_;   // not proved by the cookie yet
  bool strangers_end_ = false;                          // in the next turn
  std::vector<Atom> unflushed_;                         // peers with unwritten output
};

}  // namespace noderuntime
