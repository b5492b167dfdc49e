#include "epmd/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

#include "common/program/logging.h"

namespace noderuntime::epmd {
namespace {
using program::printable;
constexpr std::size_t warnings_per_period = 20;
constexpr Milliseconds warning_period{10'000};

// A host's own address talking to itself is as local as loopback.
bool is_local(const net::TcpStream& stream) {
  auto peer = stream.peer();
  if (!peer || peer->is_loopback()) return peer.ok();
  auto local = stream.local();
  return local && peer->same_host(*local);
}

std::vector<net::Segment> to_segments(Session::Output output) {
  std::vector<net::Segment> segments;
  segments.emplace_back(std::move(output.bytes));
  if (output.text) segments.emplace_back(as_bytes(*output.text), output.text);
  return segments;
}

std::string text_of(const net::TcpStream& stream) {
  auto peer = stream.peer();
  return peer ? peer->text() : "a closed connection";
}
}  // namespace

struct Server::Connection {
  ConnectionId id;
  std::unique_ptr<net::TcpStream> stream;
  Session session;
  std::optional<Deadlines::iterator> deadline;
  std::unique_ptr<net::Timer> delay;  // only with delay_accept or delay_write

  bool is_delayed() const { return delay && delay->running(); }
};

Server::Server(net::Loop& loop, const Settings& settings)
    : loop_{loop},
      settings_{settings},
      registry_{settings.max_remembered},
      warnings_{warnings_per_period, warning_period},
      timer_{loop} {}
Server::~Server() = default;

Outcome Server::listen(const net::Address& address) {
  auto listener = net::TcpListener::open(loop_, address, {}, on_accepted());
  if (!listener) return listener.error();
  keep(std::move(*listener));
  return done;
}

Outcome Server::listen_on(int descriptor) {
  auto listener = net::TcpListener::adopt(loop_, descriptor, on_accepted());
  if (!listener) return listener.error();
  keep(std::move(*listener));
  return done;
}

net::TcpListener::Accepted Server::on_accepted() {
  return [this](std::unique_ptr<net::TcpStream> stream) { accept(std::move(stream)); };
}

void Server::keep(std::unique_ptr<net::TcpListener> listener) {
  listener->on_failure([this](const Error& error) {
    if (warnings_.allows(loop_.now())) spdlog::warn("error in accept: {}", error.context);
  });
  listeners_.push_back(std::move(listener));
}

void Server::accept(std::unique_ptr<net::TcpStream> stream) {
  if (!make_room()) return;  // dropping the stream closes it
  ConnectionId id{++last_id_};
  Session::Peer peer{id, stream->descriptor(), is_local(*stream)};
  auto fresh = std::unique_ptr<Connection>{
      new Connection{id, std::move(stream), Session{*this, settings_.rules, peer, loop_.now()}, {}, {}}};
  auto& connection = *unregistered_.emplace(id, std::move(fresh)).first->second;
  watch(connection, *connection.session.deadline());
  if (settings_.delay_accept.count() == 0) return begin(connection);
  connection.delay = std::make_unique<net::Timer>(loop_);
  connection.delay->start(settings_.delay_accept, [this, &connection] { begin(connection); });
}

// Idle connections never keep a node from registering.
bool Server::make_room() {
  auto open = unregistered_.size() + registered_.size();
  if (open < settings_.max_connections / 4 * 3) full_ = false;
  if (open < settings_.max_connections) return true;
  if (!std::exchange(full_, true)) spdlog::warn("all {} connections are in use", settings_.max_connections);
  if (unregistered_.empty()) return false;
  drop(unregistered_.begin()->first);
  return true;
}

void Server::begin(Connection& connection) {
  connection.stream->start({.read =
                                [this, &connection](Bytes input) {
                                  connection.session.feed(input, loop_.now());
                                  settle(connection);
                                },
                            .drained = [this, &connection] { close_if_done(connection); },
                            .ended = [this, &connection](const Error& error) { end(connection, error); }});
}

// Brings the connection to where its session is.
void Server::settle(Connection& connection) {
  if (connection.session.is_registered() && connection.deadline) {
    unwatch(connection);
    registered_.insert(unregistered_.extract(connection.id));
  }
  auto output = connection.session.take_output();
  if (!output.empty()) write(connection, std::move(output));
  close_if_done(connection);
}

void Server::write(Connection& connection, Session::Output output) {
  if (settings_.delay_write.count() == 0) return connection.stream->write(to_segments(std::move(output)));
  connection.delay = std::make_unique<net::Timer>(loop_);
  connection.delay->start(settings_.delay_write, [this, &connection, output = std::move(output)] {
    connection.stream->write(to_segments(output));
    close_if_done(connection);
  });
}

void Server::close_if_done(Connection& connection) {
  if (connection.session.wants_close() && connection.stream->pending_output() == 0 &&
      !connection.is_delayed())
    drop(connection.id);
}

// After an end of stream the answer is still written; after a reset nobody reads it.
void Server::end(Connection& connection, const Error& error) {
  if (error.code != Errc::connection_closed) return drop(connection.id);
  connection.session.finish();
  close_if_done(connection);
}

Server::Connection* Server::find(ConnectionId id) {
  for (auto* connections : {&unregistered_, &registered_})
    if (auto found = connections->find(id); found != connections->end()) return found->second.get();
  return nullptr;
}

bool Server::is_gone(ConnectionId id) {
  auto* connection = find(id);
  return !connection || connection->stream->has_news();
}

void Server::drop(ConnectionId id) {
  for (auto* connections : {&unregistered_, &registered_}) {
    auto taken = connections->extract(id);
    if (taken.empty()) continue;
    auto connection = std::move(taken.mapped());
    unwatch(*connection);
    connection->session.finish();
    // At once: a burst of connections must not use up the descriptors before the next turn.
    connection->stream->close();
    if (connection->session.ends_daemon()) loop_.stop();
    loop_.drop_later(std::move(connection));
    return;
  }
}

void Server::watch(Connection& connection, Milliseconds deadline) {
  connection.deadline = deadlines_.emplace(deadline, connection.id);
  if (*connection.deadline == deadlines_.begin()) arm_timer();
}

void Server::unwatch(Connection& connection) {
  if (!connection.deadline) return;
  deadlines_.erase(*connection.deadline);
  connection.deadline.reset();
  if (deadlines_.empty()) timer_.stop();
}

void Server::arm_timer() {
  timer_.start(deadlines_.begin()->first - loop_.now(), [this] { check_deadlines(); });
}

// A session's deadline only moves on, so it is enough to ask for it when the one on record is over.
void Server::check_deadlines() {
  auto now = loop_.now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    auto& connection = *find(deadlines_.begin()->second);
    unwatch(connection);
    connection.session.on_time(now);
    if (auto next = connection.session.deadline())
      watch(connection, *next);
    else
      drop(connection.id);
  }
  if (!deadlines_.empty()) arm_timer();
}

void Server::notice(ConnectionId id, Notice notice, std::string_view detail) {
  bool warns = notice_severity(notice) == Severity::warning;
  auto level = warns ? spdlog::level::warn : spdlog::level::debug;
  if (!spdlog::should_log(level) || (warns && !warnings_.allows(loop_.now()))) return;
  if (auto held_back = warnings_.take_suppressed()) spdlog::warn("{} warnings were held back", held_back);
  auto* connection = find(id);
  auto peer = connection ? text_of(*connection->stream) : "closed";
  auto separator = detail.empty() ? "" : " ";
  spdlog::log(level, "{}{}{} ({})", notice_text(notice), separator, printable(detail), peer);
}

}  // namespace noderuntime::epmd
