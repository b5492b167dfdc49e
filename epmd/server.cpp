#include "epmd/server.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "common/program/logging.h"
#include "epmd/table.h"

namespace noderuntime::epmd {
namespace {
using program::printable;
using For = net::DescriptorSet::For;
constexpr std::size_t lines_per_period = 20;  // of one level
constexpr Milliseconds period{10'000};
constexpr Milliseconds accept_pause{100};
constexpr Milliseconds recovery{1'000};  // after this long without a shortage of descriptors it is over

// A connection from a host's own address to itself is as local as loopback.
bool is_local(const net::AcceptedSocket& accepted) {
  if (accepted.peer.is_loopback()) return true;
  auto local = net::local_address(accepted.socket.get());
  return local && accepted.peer.same_host(*local);
}

program::LogLevel level_of(Severity severity) {
  switch (severity) {
    case Severity::warning: return program::LogLevel::warning;
    case Severity::info: return program::LogLevel::info;
    case Severity::debug: break;
  }
  return program::LogLevel::debug;
}

std::string host_key(const net::Address& address) { return std::string{as_text(address.unmapped().bytes())}; }
}  // namespace

struct Server::Connection {
  ConnectionId id;
  net::Descriptor socket;
  net::Address peer;
  Session session;
  Session::Output output;
  std::size_t written = 0;
  bool watched = false;
  bool write_delayed = false;  // delay_write has begun or passed
  std::optional<Deadlines::iterator> deadline;
  std::unique_ptr<net::Timer> delay;  // only with delay_accept or delay_write

  Bytes unwritten_bytes() const {
    return Bytes{output.bytes}.subspan(std::min(written, output.bytes.size()));
  }
  Bytes unwritten_text() const {
    if (!output.text) return {};
    auto before = written - std::min(written, output.bytes.size());
    return as_bytes(*output.text).subspan(before);
  }
  bool is_delayed() const { return delay && delay->running(); }
};

struct Server::Listener {
  net::Descriptor socket;
  net::DescriptorWatcher watch;
};

Server::Server(net::Loop& loop, const Settings& settings)
    : loop_{loop},
      settings_{settings},
      registry_{settings.max_remembered},
      warnings_{lines_per_period, period},
      notices_{lines_per_period, period},
      set_{loop, [this](net::DescriptorSet::Key key) { on_ready(ConnectionId{key}); }},
      timer_{loop},
      accept_pause_{loop} {}

Server::~Server() {
  for (const auto& record : registry_.registered()) {
    net::end_connection(record.descriptor);
    if (!connections_.contains(record.owner)) net::Descriptor{record.descriptor}.reset();
  }
}

Outcome Server::listen_on(net::Descriptor bound) {
  if (auto listening = net::listen_on_passed_socket(bound.get()); !listening) return listening.error();
  int socket = bound.get();
  listeners_.push_back(std::unique_ptr<Listener>{
      new Listener{std::move(bound), {loop_, socket, [this, socket] { accept_from(socket); }}}});
  return done;
}

std::vector<int> Server::listeners() const {
  std::vector<int> descriptors;
  for (const auto& listener : listeners_) descriptors.push_back(listener->socket.get());
  return descriptors;
}

Result<bool> Server::restore(Bytes table, const std::function<int(const Registry::Record&)>& descriptor_of) {
  auto whole = replay(table, registry_);
  if (!whole) return whole;
  std::vector<const Registry::Record*> lost;
  for (const auto& record : registry_.registered()) {
    last_id_ = std::max(last_id_, record.owner.value());
    int descriptor = descriptor_of(record);
    if (descriptor >= 0 && set_.add(descriptor, record.owner.value(), For::reading))
      registry_.set_descriptor(record.owner, descriptor);
    else
      lost.push_back(&record);
  }
  for (auto* record : lost) registry_.remove(std::string{record->node.name}, record->owner);
  return whole;
}

void Server::on_ready(ConnectionId id) {
  if (auto found = connections_.find(id); found != connections_.end()) {
    auto& connection = *found->second;
    return connection.session.wants_close() ? write(connection) : read(connection);
  }
  if (auto* record = registry_.owned_by(id); record) unregister(*record);
}

// Accepts one connection per turn: many new connections then do not delay the others, and a futile accept
// costs as much as a real one.
void Server::accept_from(int listener) {
  auto accepted = net::accept_from(listener);
  if (!accepted) return on_accept_failure(accepted.error());
  if (!*accepted) return;
  if (exhausted_ && loop_.now() - last_exhausted_ > recovery) {
    exhausted_ = false;
    program::log_warning("there are descriptors again");
  }
  accept(std::move(**accepted));
}

// New connections wait in the kernel until there are descriptors again.
void Server::on_accept_failure(const Error& error) {
  if (!net::is_out_of_descriptors(error)) {
    if (warnings_.allows(loop_.now())) program::log_warning("error in accept: " + error.context);
    return;
  }
  ++counts_.exhausted;
  last_exhausted_ = loop_.now();
  if (!std::exchange(exhausted_, true))
    program::log_error("no descriptor is left for new connections (" + error.context + "); names stay");
  if (!connections_.empty()) return close(connections_.begin()->first);
  for (const auto& listener : listeners_) listener->watch.stop();
  accept_pause_.start(accept_pause, [this] {
    for (const auto& listener : listeners_) listener->watch.start();
  });
}

void Server::accept(net::AcceptedSocket accepted) {
  ++counts_.accepted;
  auto host = host_key(accepted.peer);
  make_room(host);
  ConnectionId id{++last_id_};
  Session::Peer peer{id, accepted.socket.get(), is_local(accepted), accepted.peer};
  auto fresh = std::unique_ptr<Connection>{new Connection{
      id, std::move(accepted.socket), accepted.peer, Session{*this, settings_.rules, peer, loop_.now()}}};
  auto& connection = *connections_.emplace(id, std::move(fresh)).first->second;
  ++per_host_[host];
  if (settings_.delay_accept.count() == 0) return read(connection);  // the request is often there already
  set_deadline(connection, *connection.session.deadline());
  connection.delay = std::make_unique<net::Timer>(loop_);
  connection.delay->start(settings_.delay_accept, [this, id] {
    if (auto found = connections_.find(id); found != connections_.end()) read(*found->second);
  });
}

// Closes idle connections, so that they never keep a node from registering: the oldest first, those of the
// same address before others.
void Server::make_room(const std::string& host) {
  const auto& bounds = settings_.bounds;
  if (auto found = per_host_.find(host); found != per_host_.end() && found->second >= bounds.per_address) {
    auto same_host = [&](const auto& entry) { return host_key(entry.second->peer) == host; };
    auto oldest = std::find_if(connections_.begin(), connections_.end(), same_host);
    if (oldest != connections_.end()) ++counts_.crowded_out, close(oldest->first);
  }
  auto named = std::min(registry_.registered().size(), bounds.connections - 1);
  auto room = std::min(bounds.unregistered, bounds.connections - named);
  if (connections_.size() < room / 4 * 3) full_ = false;
  if (connections_.size() < room || connections_.empty()) return;
  if (!std::exchange(full_, true))
    program::log_warning("all " + std::to_string(room) + " connections without a name are in use");
  ++counts_.crowded_out;
  close(connections_.begin()->first);
}

void Server::read(Connection& connection) {
  std::array<Byte, 4096> space;  // more than the longest request
  auto received = net::receive(connection.socket.get(), space);
  if (!received) return close(connection.id);
  if (!*received) return watch(connection, For::reading);
  if ((*received)->empty())
    connection.session.finish();
  else
    connection.session.feed(**received, loop_.now());
  settle(connection);
}

// Does what the session of the connection wants now.
void Server::settle(Connection& connection) {
  auto output = connection.session.take_output();
  if (!output.empty()) connection.output = std::move(output);
  if (!connection.output.empty() && settings_.delay_write.count() != 0 &&
      !std::exchange(connection.write_delayed, true)) {
    connection.delay = std::make_unique<net::Timer>(loop_);
    connection.delay->start(settings_.delay_write, [this, id = connection.id] {
      if (auto found = connections_.find(id); found != connections_.end()) settle(*found->second);
    });
  }
  if (connection.is_delayed() && !connection.output.empty()) return watch(connection, For::reading);
  if (connection.session.is_registered()) return settle_registered(connection);
  if (connection.session.wants_close()) return write(connection);
  watch(connection, For::reading);
}

// From now on the registry's record stands for the connection. The answer always fits an empty socket; if it
// cannot be sent, the socket reports an error.
void Server::settle_registered(Connection& connection) {
  const auto& record = *registry_.owned_by(connection.id);
  if (!connection.watched && !set_.add(record.descriptor, connection.id.value(), For::reading))
    return close(connection.id);
  if (!connection.session.is_local()) net::keep_alive(record.descriptor);
  if (registration_listener_.began) registration_listener_.began(record);
  (void)net::send(record.descriptor, connection.output.bytes, {});
  (void)connection.socket.release();
  close(connection.id);
}

void Server::write(Connection& connection) {
  if (connection.is_delayed()) {  // further input is ignored
    set_.remove(connection.socket.get());
    connection.watched = false;
    return;
  }
  auto nothing_left = [&] {
    return connection.unwritten_bytes().empty() && connection.unwritten_text().empty();
  };
  if (nothing_left()) return close(connection.id);
  auto sent = net::send(connection.socket.get(), connection.unwritten_bytes(), connection.unwritten_text());
  if (!sent) return close(connection.id);
  connection.written += *sent;
  if (nothing_left()) return close(connection.id);
  watch(connection, For::writing);
}

void Server::watch(Connection& connection, For what) {
  int socket = connection.socket.get();
  auto key = connection.id.value();
  if (connection.watched)
    set_.change(socket, key, what);
  else
    connection.watched = set_.add(socket, key, what);
  auto deadline = connection.session.deadline();
  if (deadline && !connection.deadline) set_deadline(connection, *deadline);
}

void Server::unregister(const Registry::Record& record) {
  log(record.owner, LogEvent::unregistered, record.node.name);
  // The descriptor store may hold the connection too: closing it here would not end it.
  if (registration_listener_.ended) {
    registration_listener_.ended(record);
    set_.remove(record.descriptor);
    net::end_connection(record.descriptor);
  }
  net::Descriptor{record.descriptor}.reset();
  registry_.remove(std::string{record.node.name}, record.owner);
}

void Server::drop(const Registry::Record& record) {
  if (connections_.contains(record.owner)) return close(record.owner);
  unregister(record);
}

// Closes the descriptor at once: a burst of connections must not use up descriptors before the next turn.
void Server::close(ConnectionId id) {
  auto taken = connections_.extract(id);
  if (taken.empty()) return;
  auto connection = std::move(taken.mapped());
  forget_deadline(*connection);
  auto host = per_host_.find(host_key(connection->peer));
  if (--host->second == 0) per_host_.erase(host);
  if (connection->socket) connection->session.finish();  // otherwise it has become a registration
  connection->socket.reset();
  if (connection->session.ends_daemon()) loop_.stop();
}

void Server::set_deadline(Connection& connection, Milliseconds deadline) {
  connection.deadline = deadlines_.emplace(deadline, connection.id);
  if (!timer_.running() || deadline < armed_for_) arm_timer();
}

void Server::forget_deadline(Connection& connection) {
  if (connection.deadline) deadlines_.erase(*std::exchange(connection.deadline, std::nullopt));
}

// The timer is not stopped when its connection closes, because most connections live for microseconds.
void Server::arm_timer() {
  armed_for_ = deadlines_.begin()->first;
  timer_.start(armed_for_ - loop_.now(), [this] { check_deadlines(); });
}

// A session's deadline only moves forward, so it is checked only when the recorded one has passed.
void Server::check_deadlines() {
  auto now = loop_.now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    auto& connection = *connections_.find(deadlines_.begin()->second)->second;
    forget_deadline(connection);
    connection.session.on_time(now);
    if (auto next = connection.session.deadline())
      set_deadline(connection, *next);
    else if (!connection.session.is_registered())
      close(connection.id);
  }
  if (!deadlines_.empty()) arm_timer();
}

std::int64_t Server::wall_time() { return std::time(nullptr); }

std::string Server::connection_of(const Registry::Record& record) {
  auto peer = net::peer_address(record.descriptor);
  return peer ? peer->text() : std::string{};
}

void Server::log(ConnectionId id, LogEvent event, std::string_view detail) {
  ++counts_.events[static_cast<std::size_t>(event)];
  auto severity = log_event_severity(event);
  auto level = level_of(severity);
  auto* limit = severity == Severity::debug ? nullptr : severity == Severity::info ? &notices_ : &warnings_;
  if (!program::is_logged(level) || (limit && !limit->allows(loop_.now()))) return;
  if (auto held_back = limit ? limit->take_suppressed() : 0)
    program::log(level, std::to_string(held_back) + (limit == &warnings_ ? " warnings" : " registrations") +
                            " were held back");
  std::string line{log_event_text(event)};
  if (!detail.empty()) line += " " + printable(detail);
  program::log(level, line + " (" + peer_text(id) + ")");
}

std::string Server::peer_text(ConnectionId id) const {
  if (auto found = connections_.find(id); found != connections_.end()) return found->second->peer.text();
  auto* record = registry_.owned_by(id);
  auto peer = net::peer_address(record ? record->descriptor : -1);
  return peer ? peer->text() : "closed";
}

}  // namespace noderuntime::epmd
