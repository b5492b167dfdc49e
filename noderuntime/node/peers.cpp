#include "noderuntime/node/peers.h"

#include <algorithm>
#include <utility>

#include "common/program/logging.h"
#include "common/program/secrets.h"
#include "noderuntime/process/signal_copy.h"
#include "noderuntime/process/signal_text.h"
#include "noderuntime/term/atom_allowance.h"
#include "noderuntime/term/memory.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

using distribution::Acceptor;
using distribution::ExistingConnection;
using distribution::Initiator;
using distribution::Status;

struct Peers::Peer {
  Peer(Atom node, NodeName name, std::uint32_t atoms, std::uint64_t number)
      : node{node}, name{std::move(name)}, number{number}, atoms{atoms} {}
  Atom node;
  NodeName name;
  std::uint64_t number;
  AtomAllowance atoms;                        // outlives the channel
  std::unique_ptr<Connector> connector;       // looks for the address
  std::unique_ptr<Connection> attempt;        // our handshake
  std::unique_ptr<net::Timer> expected_call;  // the peer prefers its own attempt
  std::unique_ptr<Connection> connection;     // up
  bool visible = false;
  bool spawns = false;  // it takes spawn requests
  Creation creation;    // of the connected program
  bool busy = false;    // some sender is suspended
  net::Milliseconds busy_since{0};
  net::Milliseconds busy_time{0};  // before that
  std::size_t largest_signal = 0;  // bytes, among those it may not have read: one may exceed max_output
  bool ending = false;             // its connection ends in the next turn; nothing more is written to it
  bool unflushed = false;
  std::vector<Signal> pending;
  std::vector<std::function<void(Outcome)>> waiting;
};

namespace {

constexpr net::Milliseconds parting_time{1'000};  // of a peer whose handshake of TLS has failed
constexpr std::size_t most_parting = 256;         // such peers; then the oldest one is dropped

// Whether a signal is worth a new connection; answers to a process whose node is gone are not.
bool connects(const SignalBody& body) {
  return std::holds_alternative<signal::Message>(body) || std::holds_alternative<signal::Link>(body) ||
         std::holds_alternative<signal::Monitor>(body) || std::holds_alternative<signal::Exit2>(body) ||
         std::holds_alternative<signal::SpawnRequest>(body) ||
         std::holds_alternative<signal::GroupLeader>(body);
}

}  // namespace

// An incoming connection before its handshake of TLS is finished.
struct Peers::Securing {
  Securing(net::Loop& loop, std::unique_ptr<TlsStream> stream) : stream{std::move(stream)}, limit{loop} {}
  std::unique_ptr<TlsStream> stream;
  net::Timer limit;
};

Peers::Peers(net::Loop& loop, Transport& transport, const NodeConfiguration& configuration,
             SignalReceiver& signals, PeerEvents& events)
    : loop_{loop}, transport_{transport}, configuration_{configuration}, signals_{signals}, events_{events} {}

Peers::~Peers() = default;

distribution::Challenge Peers::challenge() {
  return distribution::Challenge{static_cast<std::uint32_t>(events_.random())};
}

distribution::Flags Peers::flags() const {
  return configuration_.hidden ? distribution::hidden_flags : distribution::visible_flags;
}

Peers::Peer* Peers::find(Atom node) const {
  auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : found->second.get();
}

Peers::Peer* Peers::find(const NodeName& name) const {
  auto atom = Atom::existing(name.full());
  return atom ? find(*atom) : nullptr;
}

Peers::Peer& Peers::start_peer(Atom node, NodeName name) {
  auto& slot = peers_[node];
  if (!slot) slot = std::make_unique<Peer>(node, std::move(name), configuration_.peer_atoms, ++last_number_);
  return *slot;
}

Peers::Peer* Peers::owner_of(Connection& connection) const {
  Peer* peer = find(connection.node());
  bool its = peer && (peer->connection.get() == &connection || peer->attempt.get() == &connection);
  return its ? peer : nullptr;
}

// --- outgoing

void Peers::connect(Atom node, std::function<void(Outcome)> done) {
  auto later = [&](Outcome outcome) {
    if (done) later_([done, outcome] { done(outcome); });
  };
  Peer* peer = find(node);
  auto name = NodeName::parse(node.text());
  if (!name) return later(name.error());
  if ((peer && peer->connection) || (self_ && *name == self_->name)) return later(noderuntime::done);
  Peer& target = peer ? *peer : start_peer(node, *name);
  if (done) target.waiting.push_back(std::move(done));
  if (peer) return;
  target.connector = std::make_unique<Connector>(loop_, transport_, *name, route_to(*name),
                                                 configuration_.setup_time, [this, &target](auto stream) {
                                                   auto connector = std::move(target.connector);
                                                   auto step = connector->step();
                                                   loop_.drop_later(std::move(connector));
                                                   if (!stream) return fail(target, step, stream.error());
                                                   attempt(target, std::move(*stream));
                                                 });
}

Connector::Route Peers::route_to(const NodeName& name) const {
  Connector::Route route{std::nullopt, configuration_.family()};
  if (auto known = configuration_.addresses.find(name.full()); known != configuration_.addresses.end())
    route.address = known->second;
  else if (configuration_.common_port != 0)
    route.port = Port{configuration_.common_port};
  else if (configuration_.use_epmd)
    route.epmd_port = Port{configuration_.epmd_port};
  return route;
}

void Peers::attempt(Peer& peer, std::unique_ptr<net::Stream> stream) {
  if (auto at = stream->peer())
    events_.note(false, peer.name.full() + ": the port " + at->text() + " is open; handshake");
  Initiator::Config config{.self = self_,
                           .host = std::string{peer.name.host()},
                           .peer = peer.name,
                           .flags = flags(),
                           .cookie = {configuration_.cookie_of(peer.name.full())},
                           .challenge = challenge(),
                           .step_limit = configuration_.setup_time,
                           .length_size = transport_.length_size()};
  peer.attempt = std::make_unique<Connection>(loop_, as_owner(), std::move(stream), std::move(config));
  peer.attempt->set_node(peer.node);
}

void Peers::wait_for_call(Peer& peer) {
  stop_waiting_for_call(peer);
  peer.expected_call = std::make_unique<net::Timer>(loop_);
  peer.expected_call->start(configuration_.setup_time, [this, &peer] {
    fail(peer, ReachStep::handshake,
         Error{Errc::timeout, peer.name.full() + ": it prefers its own connection, but does not call"});
  });
}

// Stopped first: what is dropped in this turn could still call back in it, for a peer that is not in the table any more.
void Peers::stop_waiting_for_call(Peer& peer) {
  if (!peer.expected_call) return;
  peer.expected_call->stop();
  loop_.drop_later(std::move(peer.expected_call));
}

// The connection could not be made: notifies everyone who waits for it.
void Peers::fail(Peer& peer, ReachStep step, const Error& why) {
  note_failure(counts_.failed_by_us, why);
  stop_waiting_for_call(peer);
  if (peer.connector) peer.connector->cancel();
  auto gone = std::move(peers_.extract(peer.node).mapped());
  events_.note(false, "cannot connect to " + gone->name.full() + ": " + why.message());
  events_.on_unreachable(gone->node, step, why);
  if (!gone->waiting.empty())  // later: their owner may be in a call that ends connections
    later_([waiting = std::move(gone->waiting), why] {
      for (auto& done : waiting) done(why);
    });
  drop(std::move(gone->attempt));
  loop_.drop_later(std::move(gone));
}

// --- incoming

void Peers::set_self(std::optional<distribution::Identity> self) {
  self_ = std::move(self);
  if (!self_) return;
  for (auto& tcp : std::exchange(early_, {})) accept(std::move(tcp));
}

// A socket that systemd passes has connections before the node is registered at epmd.
void Peers::accept(std::unique_ptr<net::TcpStream> tcp) {
  if (!self_) {
    if (early_.size() < configuration_.incoming_handshakes) early_.push_back(std::move(tcp));
    return;
  }
  if (held_memory.is_over_bound()) {
    Error why{Errc::too_large, "no memory is left for another connection"};
    note_failure(counts_.failed_by_peers, why);
    return events_.note(without_memory_.allows(loop_.now()), "a connection is refused: " + why.message());
  }
  make_room();
  if (transport_.is_secure())
    secure(std::move(tcp));
  else
    greet(std::move(tcp));
}

void Peers::make_room() {
  if (securing_.size() + incoming_.size() < configuration_.incoming_handshakes) return;
  ++counts_.crowded_out;
  bool first = crowded_.allows(loop_.now());
  events_.note(first, "too many connections have not proved the cookie yet: the oldest one is closed");
  if (!securing_.empty()) {
    loop_.drop_later(std::move(securing_.front()));
    securing_.erase(securing_.begin());
    return;
  }
  drop(std::move(incoming_.front()));
  incoming_.erase(incoming_.begin());
}

void Peers::secure(std::unique_ptr<net::TcpStream> tcp) {
  auto& securing =
      *securing_.emplace_back(std::make_unique<Securing>(loop_, transport_.server(std::move(tcp))));
  securing.stream->secure([this, &securing](Outcome outcome) { on_secured(securing, std::move(outcome)); });
  securing.limit.start(configuration_.setup_time, [this, &securing] {
    on_secured(securing, Error{Errc::timeout, "the handshake of TLS"});
  });
}

void Peers::on_secured(Securing& securing, Outcome outcome) {
  auto at =
      std::find_if(securing_.begin(), securing_.end(), [&](auto& row) { return row.get() == &securing; });
  if (at == securing_.end()) return;
  auto finished = std::move(*at);
  securing_.erase(at);
  finished->limit.stop();
  if (outcome) {
    greet(std::move(finished->stream));
  } else {
    note_failure(counts_.failed_by_peers, outcome.error());
    auto peer = finished->stream->peer();
    events_.note(outcome.error().code != Errc::connection_closed,
                 "a connection from " + (peer ? peer->text() : "an unknown address") +
                     " ends: " + program::printable(outcome.error().message()));
    bool reads_alerts = outcome.error().code != Errc::timeout && outcome.error().code != Errc::plain_peer;
    if (reads_alerts) return part(std::move(finished));
  }
  loop_.drop_later(std::move(finished));
}

// The peer gets a moment to read the alert that tells why it is refused.
void Peers::part(std::unique_ptr<Securing> refused) {
  if (parting_.size() >= most_parting) {
    loop_.drop_later(std::move(parting_.front()));
    parting_.erase(parting_.begin());
  }
  auto& row = *parting_.emplace_back(std::move(refused));
  auto drop = [this, &row] {
    auto at =
        std::find_if(parting_.begin(), parting_.end(), [&](auto& other) { return other.get() == &row; });
    if (at == parting_.end()) return;
    loop_.drop_later(std::move(*at));
    parting_.erase(at);
  };
  row.stream->part(drop);
  row.limit.start(parting_time, drop);
}

void Peers::greet(std::unique_ptr<net::Stream> stream) {
  Acceptor::Config config{.self = *self_,
                          .flags = flags(),
                          .cookie_of =
                              [this](const NodeName& name) {
                                return distribution::Cookie{configuration_.cookie_of(name.full())};
                              },
                          .challenge = challenge(),
                          .step_limit = configuration_.setup_time,
                          .length_size = transport_.length_size()};
  incoming_.push_back(std::make_unique<Connection>(loop_, as_owner(), std::move(stream), std::move(config)));
}

// Whether the certificate of a caller names the host of its node name, where that is demanded.
bool Peers::is_vouched_for(const Connection& connection, const Acceptor::Caller& caller) {
  if (!transport_.checks_names()) return true;
  auto vouched = connection.vouches_for(caller.name ? std::string{caller.name->host()} : caller.host);
  if (vouched) return true;
  auto name = caller.name ? caller.name->full() : "a node without a name on " + caller.host;
  events_.note(true, program::printable(name + " is not allowed: " + vouched.error().message()));
  return false;
}

// Whether a rule of --allow lets the caller in.
bool Peers::allows(const Connection& connection, const Acceptor::Caller& caller) {
  auto at_host = "@" + (caller.name ? std::string{caller.name->host()} : caller.host);
  auto name = caller.name ? caller.name->full() : at_host;
  auto from = connection.peer();
  if (!from) return false;
  if (configuration_.allow_list.matches(name, *from)) return true;
  auto address = from->unmapped().host_text();
  address.resize(std::min(address.find('%'), address.size()));  // a rule has no interface
  events_.note(true, program::printable(name) + " from " + address + " is not allowed: --allow " + address +
                         " or --allow " + program::printable(at_host) + " lets it in");
  return false;
}

void Peers::on_caller(Connection& connection, const Acceptor::Caller& caller) {
  if (!configuration_.allow_list.empty() && !allows(connection, caller))
    return connection.answer(Status::not_allowed);
  if (!is_vouched_for(connection, caller)) return connection.answer(Status::not_allowed);
  if (!caller.name) {
    auto given = given_names_.give(caller.host, [this] { return events_.random(); });
    if (!given) return connection.close(given.error());
    return connection.answer_named(std::move(given->identity), std::move(given->lease));
  }
  if (!room_for_node_name(caller.name->full())) {
    events_.note(true, "no atom is left for the name of a new node: " +
                           program::printable(caller.name->full()) + " is not allowed");
    return connection.answer(Status::not_allowed);
  }
  Peer* peer = find(*caller.name);
  ExistingConnection standing = ExistingConnection::none;
  if (peer && peer->connection)
    standing = ExistingConnection::up;
  else if (peer && (peer->connector || peer->attempt))
    standing = ExistingConnection::connecting;
  connection.answer(answer_to(self_->name, *caller.name, standing));
}

bool Peers::on_peer_says_alive(Connection& connection) {
  Peer* peer = owner_of(connection);
  return !peer || !peer->connection;
}

std::unique_ptr<Connection> Peers::take_incoming(Connection& connection) {
  auto at =
      std::find_if(incoming_.begin(), incoming_.end(), [&](auto& row) { return row.get() == &connection; });
  if (at == incoming_.end()) return nullptr;
  auto taken = std::move(*at);
  incoming_.erase(at);
  return taken;
}

void Peers::on_proved(Connection& connection, const distribution::Peer& proved) {
  auto left = node_names_left();
  auto node = intern_node_name(proved.name.full());
  if (!node) return connection.close(node.error());
  if (node_names_left() < left)
    events_.note(true, "the table of atoms is full: " + proved.name.full() + " has taken one of " +
                           std::to_string(left) + " that are left for names of nodes");
  if (!self_) {
    self_ = proved.self;
    events_.on_identity(proved.self);
  }
  Peer* before = find(*node);
  if (!connection.incoming() && before && before->connection)
    return connection.close(Error{Errc::other_connection, proved.name.full()});
  if (before && before->connection) {  // the peer says that our old connection is dead
    drop(std::move(before->connection));
    Error why{Errc::other_connection, proved.name.full()};
    note_failure(counts_.ended, why);
    events_.on_node_down(*node, before->visible, why);
  }
  Peer& peer = start_peer(*node, proved.name);
  ++(connection.incoming() ? counts_.opened_by_peers : counts_.opened_by_us);
  if (connection.incoming()) {
    peer.connection = take_incoming(connection);
    drop(std::move(peer.attempt));
    if (peer.connector) {
      peer.connector->cancel();
      loop_.drop_later(std::move(peer.connector));
    }
  } else {
    peer.connection = std::move(peer.attempt);
  }
  stop_waiting_for_call(peer);
  connection.set_node(*node);
  peer.visible = proved.visible();
  peer.spawns = proved.flags.has(distribution::flag::SPAWN);
  peer.creation = proved.creation;
  peer.ending = false;
  auto self_atom = Atom::intern(proved.self.name.full());
  if (!self_atom) return connection.close(self_atom.error());
  // A hidden node is often a tool, which cannot know that the node it asks has a shorter ticktime. It ticks each
  // second, which the shortest one allows.
  constexpr int usual_checks = distribution::Ticker::usual_checks;
  int checks = configuration_.hidden
                   ? std::max(usual_checks, static_cast<int>(configuration_.net_ticktime.count()))
                   : usual_checks;
  connection.open(
      {.self = {*self_atom, proved.self.creation},
       .peer = {*node, proved.creation},
       .flags = proved.flags,
       .ticktime = configuration_.net_ticktime,
       .checks_per_ticktime = checks,
       .limits = {.frame_bytes = configuration_.max_message, .fragment_bytes = configuration_.max_message},
       .atoms = &peer.atoms});
}

void Peers::on_open(Connection& connection) {
  Peer* peer = owner_of(connection);
  // Before others learn of the connection: processes may run then, and send more.
  for (auto& signal : std::exchange(peer->pending, {})) send(peer->node, signal.body);
  events_.on_node_up(peer->node, peer->visible);
  if (peer->busy && connection.pending_output() <= configuration_.busy_bytes) on_drained(connection);
  for (auto& done : std::exchange(peer->waiting, {})) done(noderuntime::done);
}

// --- signals

void Peers::reach(Atom node) {
  if (find(node)) return;
  auto name = NodeName::parse(node.text());
  if (name && self_) return connect(node, nullptr);
  later_([this, node] { events_.on_unreachable(node, ReachStep::name, Error{Errc::bad_node_name, {}}); });
}

// If memory is short, the connection ends: a part of the signal may have been written.
bool Peers::send(Atom node, const SignalBody& signal) {
  bool waits = false, may_pause = pace.can_pause();
  NoPause outside_of_the_encoder;
  if (!has_memory_for([&] { waits = write(node, signal, may_pause); }))
    end_soon(node, "no memory is left for what it is sent");
  return waits;
}

bool Peers::write(Atom node, const SignalBody& signal, bool may_pause) {
  Peer* peer = find(node);
  if (!peer && !connects(signal)) return false;
  if (!peer) {
    reach(node);
    peer = find(node);
    if (!peer) return false;
  }
  if (peer->ending) return true;
  if (!peer->connection || !peer->connection->is_up()) {
    if (peer->pending.size() < configuration_.pending_signals)
      peer->pending.push_back(copy_signal(signal));
    else
      ++counts_.lost_signals;
    if (peer->pending.size() <= configuration_.busy_signals) return false;
    return set_busy(*peer, true);
  }
  auto* spawn = std::get_if<signal::SpawnRequest>(&signal);
  if (spawn && !peer->spawns) return refuse(*spawn), false;
  if (configuration_.trace) trace("-> ", node, signal);
  auto output = [](Peer& to) { return to.connection->pending_output() + to.connection->waiting_output(); };
  auto before = output(*peer);
  if (before == 0) peer->largest_signal = 0;
  ++counts_.sent[signal.index()];
  auto written = peer->connection->write(signal);
  if (!written) note_dropped(*peer, written.error());
  if (written && *written == distribution::Channel::Wrote::is_long) {
    peer = write_long(*peer, signal, may_pause);
    if (!peer) return false;
  }
  Connection& connection = *peer->connection;
  if (!std::exchange(peer->unflushed, true)) unflushed_.push_back(node);
  auto after = output(*peer);
  peer->largest_signal = std::max(peer->largest_signal, after - before);
  if (after <= configuration_.busy_bytes) return false;
  if (after - std::min(after, peer->largest_signal) > configuration_.max_output)
    end_soon(node, std::to_string(configuration_.max_output) + " bytes that it does not read");
  return busy(connection, distribution::sender_of(signal)) && set_busy(*peer, true);
}

// Others may run while the message is encoded. Null: the connection was lost meanwhile, and the signal with it.
Peers::Peer* Peers::write_long(Peer& peer, const SignalBody& signal, bool may_pause) {
  auto node = peer.node;
  auto number = peer.number;
  auto message = peer.connection->long_message(signal);
  Outcome encoded = done;
  {
    std::optional<MayPause> here;
    if (may_pause) here.emplace();
    encoded = message.encode();
  }
  Peer* still = find(node);
  if (!still || still->number != number || still->ending) return nullptr;
  if (encoded)
    still->connection->write(std::move(message), signal);
  else
    note_dropped(*still, encoded.error());
  return still;
}

void Peers::note_dropped(const Peer& peer, const Error& why) {
  events_.note(true, "a signal to " + peer.name.full() + " is dropped: " + why.message());
}

// Returns `busy`.
bool Peers::set_busy(Peer& peer, bool busy) {
  if (busy && !peer.busy) peer.busy_since = loop_.now();
  if (!busy && peer.busy) peer.busy_time += loop_.now() - peer.busy_since;
  return peer.busy = busy;
}

// A waiting large message suspends its own sender; too much other output suspends all senders.
bool Peers::busy(const Connection& connection, const std::optional<Pid>& sender) const {
  auto pending = connection.pending_output();
  if (pending > configuration_.busy_bytes) return true;
  return pending + connection.waiting_output() > configuration_.busy_bytes && connection.holds_back(sender);
}

bool Peers::busy(Atom node, const Pid& sender) const {
  Peer* peer = find(node);
  return peer && peer->connection && busy(*peer->connection, sender);
}

// The reply of a node of OTP to spawn_request when the peer takes no such requests.
void Peers::refuse(const signal::SpawnRequest& spawn) {
  signal::SpawnReply reply{spawn.request, spawn.from, 0, Atom::of("notsup")};
  later_([this, reply] {
    signals_.deliver(Signal{reply, {}});
    events_.on_input_done();
  });
}

void Peers::end_soon(Atom node, std::string why) {
  if (node == Atom{}) return end_strangers(why);
  Peer* peer = find(node);
  if (!peer || std::exchange(peer->ending, true)) return;
  if (peer->connection) peer->connection->stop_reading();
  later_([this, node, why = std::move(why)] {
    Peer* peer = find(node);
    if (peer && peer->ending) end(*peer, Error{Errc::too_large, why});
  });
}

std::vector<Host::HeldForPeer> Peers::held() const {
  std::vector<Host::HeldForPeer> rows;
  for (auto& [node, peer] : peers_) {
    if (peer->ending) continue;
    std::size_t bytes = peer->connector ? peer->connector->held_bytes() : 0;
    for (auto* connection : {peer->connection.get(), peer->attempt.get()})
      if (connection) bytes += connection->held_bytes();
    for (auto& signal : peer->pending) bytes += signal.terms.held_bytes();
    rows.push_back({node, bytes});
  }
  if (!strangers_end_) rows.push_back({Atom{}, held_by_strangers()});
  return rows;
}

// One by one they hold little, so they count as one holder, and end together: none of them has proved anything.
std::size_t Peers::held_by_strangers() const {
  std::size_t bytes = 0;
  for (auto* list : {&securing_, &parting_})
    for (auto& row : *list) bytes += row->stream->held_bytes() + row->stream->pending_output();
  for (auto& connection : incoming_) bytes += connection->held_bytes();
  return bytes;
}

void Peers::end_strangers(const std::string& why) {
  if (std::exchange(strangers_end_, true)) return;
  later_([this, why] {
    strangers_end_ = false;
    events_.note(false, "the connections that have not proved the cookie end: " + why);
    for (auto* list : {&securing_, &parting_})
      for (auto& row : std::exchange(*list, {})) loop_.drop_later(std::move(row));
    for (auto& connection : std::exchange(incoming_, {})) drop(std::move(connection));
  });
}

void Peers::flush() {
  for (Atom node : std::exchange(unflushed_, {})) {
    Peer* peer = find(node);
    if (!peer) continue;
    peer->unflushed = false;
    if (!peer->connection) continue;
    if (!peer->connection->flush()) end_soon(node, "no memory is left for what it is sent");
    if (peer->busy && peer->connection->has_flushed()) on_drained(*peer->connection);
  }
}

void Peers::trace(std::string_view arrow, Atom node, const SignalBody& signal) const {
  auto text = std::string{arrow}.append(node.text()).append(" ").append(signal_text(signal));
  configuration_.trace(program::without_secrets(text));
}

void Peers::on_signal(Connection& connection, Signal&& signal) {
  ++counts_.received[signal.body.index()];
  if (configuration_.trace) trace("<- ", connection.node(), signal.body);
  signals_.deliver(std::move(signal));
}

void Peers::on_input_done(Connection&) { events_.on_input_done(); }

void Peers::on_drained(Connection& connection) {
  Peer* peer = owner_of(connection);
  if (!peer || !peer->busy) return;
  set_busy(*peer, connection.waiting_output() > 0);
  events_.on_drained(peer->node);
}

// --- the end

void Peers::drop(std::unique_ptr<Connection> connection) {
  if (!connection) return;
  connection->abandon();
  loop_.drop_later(std::move(connection));
}

void Peers::lose(Peer& peer, const Error& why) {
  note_failure(counts_.ended, why);
  auto gone = std::move(peers_.extract(peer.node).mapped());
  drop(std::move(gone->connection));
  events_.on_node_down(gone->node, gone->visible, why);
  loop_.drop_later(std::move(gone));
}

void Peers::on_over(Connection& connection, const Error& why) {
  if (auto stranger = take_incoming(connection)) {
    note_failure(counts_.failed_by_peers, why);
    bool expected = why.code == Errc::other_connection || why.code == Errc::connection_closed ||
                    why.code == Errc::not_allowed;  // has a line of its own
    events_.note(!expected,
                 "a connection from " + connection.address() + " ends: " + program::printable(why.message()));
    return drop(std::move(stranger));
  }
  Peer* peer = owner_of(connection);
  if (!peer) return;
  if (peer->connection.get() == &connection) return lose(*peer, why);
  drop(std::move(peer->attempt));
  if (peer->connection) return;
  if (why.code == Errc::other_connection)
    wait_for_call(*peer);
  else
    fail(*peer, ReachStep::handshake, why);
}

void Peers::end(Peer& peer, const Error& why) {
  if (peer.connection)
    lose(peer, why);
  else
    fail(peer, peer.connector ? peer.connector->step() : ReachStep::handshake, why);
}

void Peers::disconnect(Atom node) {
  if (Peer* peer = find(node)) end(*peer, Error{Errc::connection_closed, "disconnected by this node"});
}

void Peers::finish_output() {
  for (auto& [node, peer] : peers_)
    if (peer->connection) peer->connection->finish_output();
}

bool Peers::any_connected() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](auto& row) { return row.second->connection != nullptr; });
}

void Peers::disconnect_all() {
  while (!peers_.empty()) disconnect(peers_.begin()->first);
  for (auto& connection : incoming_) drop(std::move(connection));
  incoming_.clear();
  for (auto* list : {&securing_, &parting_}) {
    for (auto& row : *list) loop_.drop_later(std::move(row));
    list->clear();
  }
  for (auto& tcp : early_) loop_.drop_later(std::move(tcp));
  early_.clear();
}

bool Peers::takes_spawn_requests(Atom node) const {
  Peer* peer = find(node);
  return peer && peer->connection && peer->spawns;
}

std::optional<Creation> Peers::creation_of(Atom node) const {
  Peer* peer = find(node);
  return peer && peer->connection ? std::optional{peer->creation} : std::nullopt;
}

bool Peers::connected(Atom node) const {
  Peer* peer = find(node);
  return peer && peer->connection;
}

std::vector<PeerSample> Peers::samples() const {
  std::vector<PeerSample> all;
  all.reserve(peers_.size());
  for (auto& [node, peer] : peers_) {
    auto& sample =
        all.emplace_back(PeerSample{.node = node, .number = peer->number, .visible = peer->visible});
    sample.pending_signals = peer->pending.size();
    sample.busy_time = peer->busy_time + (peer->busy ? loop_.now() - peer->busy_since : net::Milliseconds{0});
    auto* connection = peer->connection.get();
    if (!connection) continue;
    sample.up = connection->is_up();
    sample.traffic = connection->traffic();
    sample.unwritten_bytes = connection->pending_output();
    sample.waiting_bytes = connection->waiting_output();
    sample.silent_checks = connection->silent_checks();
  }
  return all;
}

std::vector<Atom> Peers::connected(bool visible) const {
  std::vector<Atom> nodes;
  for (auto& [node, peer] : peers_)
    if (peer->connection && peer->visible == visible) nodes.push_back(node);
  return nodes;
}

}  // namespace noderuntime
