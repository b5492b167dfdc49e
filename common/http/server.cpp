#include "common/http/server.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/net/timer.h"

namespace noderuntime::http {
namespace {

// Then other connections have their turn.
constexpr int requests_at_once = 8;

// Source: RFC 9110, 5.6.7.
std::string date_text(std::time_t seconds) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm time{};
  gmtime_r(&seconds, &time);
  auto day = days[static_cast<std::size_t>(time.tm_wday)],
       month = months[static_cast<std::size_t>(time.tm_mon)];
  std::array<char, 64> text;
  auto size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", day,
                            time.tm_mday, month, time.tm_year + 1900, time.tm_hour, time.tm_min, time.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Result<net::Address> listening_address(std::string_view text) {
  bool any_port = text.ends_with(":0");
  auto typed = net::HostAndPort::parse(any_port ? std::string{text.substr(0, text.size() - 1)} + '1' : text);
  if (!typed) return typed.error();
  auto address = net::Address::parse(typed->host == "localhost" ? "127.0.0.1" : typed->host,
                                     any_port ? Port{0} : typed->port);
  if (!address)
    return Error{Errc::configuration,
                 "\"" + std::string{text} + "\" is not ADDRESS:PORT with a numeric address"};
  return address;
}

struct Server::Connection {
  Connection(Server& server, std::unique_ptr<net::Stream> stream)
      : server{server},
        stream{std::move(stream)},
        session{server.options_.session, server.now()},
        timer{server.loop_} {}

  Server& server;
  std::unique_ptr<net::Stream> stream;
  Session session;
  net::Timer timer;
  std::weak_ptr<Responder::Exchange> exchange;  // of the current request
  std::size_t counted_bytes = 0;
  bool settling = false, finished = false, dropped = false, postponed = false;
};

// What the copies of a Responder share.
struct Responder::Exchange {
  Server::Connection* connection;  // null: it has gone
  Session::Number number;
  net::Address client;
  std::function<void()> gone;

  ~Exchange() {
    auto* session = open();
    if (!session) return;
    if (session->is_streaming(number))
      session->end(number, connection->server.now());
    else
      session->respond(number, plain_response(500), connection->server.now());
    settle();
  }
  Session* open() const {
    return connection && !connection->dropped && connection->session.is_open(number) ? &connection->session
                                                                                     : nullptr;
  }
  void settle() const { connection->server.settle(*connection); }
};

void Responder::respond(Response response) const {
  auto* session = exchange_->open();
  if (!session) return;
  exchange_->gone = nullptr;
  if (session->is_streaming(exchange_->number)) return end();
  session->respond(exchange_->number, response, exchange_->connection->server.now());
  exchange_->settle();
}

void Responder::begin(StreamHead head) const {
  auto* session = exchange_->open();
  if (!session) return;
  session->begin(exchange_->number, head, exchange_->connection->server.now());
  exchange_->settle();
}

Written Responder::write(std::string_view piece, WhenFull when_full) const {
  auto* session = exchange_->open();
  if (!session) return Written::gone;
  auto written = session->write(exchange_->number, piece, when_full, exchange_->connection->server.now());
  exchange_->settle();
  return is_open() ? written : Written::gone;
}

Written Responder::event(std::string_view name, std::string_view data, WhenFull when_full) const {
  return write(event_text(name, data), when_full);
}

void Responder::end() const {
  auto* session = exchange_->open();
  if (!session) return;
  exchange_->gone = nullptr;
  session->end(exchange_->number, exchange_->connection->server.now());
  exchange_->settle();
}

void Responder::on_gone(std::function<void()> gone) const {
  if (exchange_->open()) exchange_->gone = std::move(gone);
}

bool Responder::is_open() const { return exchange_->open() != nullptr; }

std::size_t Responder::unread() const {
  auto* session = exchange_->open();
  return session ? session->unread() : 0;
}

const net::Address& Responder::client() const { return exchange_->client; }

Server::Server(net::Loop& loop, Options options, Handler handler)
    : loop_{loop}, options_{std::move(options)}, handler_{std::move(handler)} {
  if (!options_.session.date) options_.session.date = [this] { return date(); };
}

Server::~Server() {
  for (auto& connection : connections_)
    if (auto exchange = take_exchange(*connection)) exchange->gone = nullptr;  // it may hold its responder
  if (options_.held_changed) options_.held_changed(0);
}

std::string Server::date() {
  std::int64_t second = std::time(nullptr);
  if (std::exchange(date_second_, second) != second) date_ = date_text(static_cast<std::time_t>(second));
  return date_;
}

net::TcpListener::Accepted Server::accepted() {
  return [this](std::unique_ptr<net::TcpStream> stream) {
    if (!options_.secure) return serve(std::move(stream));
    options_.secure(std::move(stream),
                    [this, life = std::weak_ptr<void>{life_}](std::unique_ptr<net::Stream> secured) {
                      if (!life.expired()) serve(std::move(secured));
                    });
  };
}

Outcome Server::listen(const net::Address& on) {
  auto listener = net::TcpListener::open(loop_, on, {.backlog = 128, .no_delay = true}, accepted());
  if (!listener) return listener.error();
  listeners_.push_back(std::move(*listener));
  return done;
}

Outcome Server::adopt(int descriptor) {
  auto listener = net::TcpListener::adopt(loop_, descriptor, {.backlog = 128, .no_delay = true}, accepted());
  if (!listener) return listener.error();
  listeners_.push_back(std::move(*listener));
  return done;
}

std::vector<net::Address> Server::addresses() const {
  std::vector<net::Address> all;
  for (const auto& listener : listeners_)
    if (auto address = listener->local()) all.push_back(*address);
  return all;
}

// Ends the connection that has the least to lose, the oldest one among equals. False: all have work to finish.
bool Server::make_room() {
  if (counts_.open < options_.connections) return true;
  Connection* least = nullptr;
  for (const auto& each : connections_)
    if (!each->dropped && (!least || each->session.claim() < least->session.claim())) least = each.get();
  if (!least || least->session.claim() == Session::Claim::at_work) return false;
  ++counts_.refused_connections;
  drop(*least);
  return true;
}

void Server::serve(std::unique_ptr<net::Stream> stream) {
  if (!make_room()) {
    ++counts_.refused_connections;
    return loop_.drop_later(std::move(stream));
  }
  ++counts_.connections;
  ++counts_.open;
  auto& connection = *connections_.emplace_back(std::make_unique<Connection>(*this, std::move(stream)));
  connection.stream->start(
      {.read = [this, &connection](
                   Bytes input) { step(connection, [&](Session& session) { session.feed(input); }); },
       .drained = [this, &connection] { step(connection, [](Session&) {}); },
       .ended =
           [this, &connection](const Error& error) {
             if (error.code != Errc::connection_closed) return drop(connection);
             step(connection, [](Session& session) { session.finish(); });
           }});
  arm(connection);
}

// Changes a session and does what follows. Without memory the connection ends.
template <class Change>
void Server::step(Connection& connection, Change change) {
  if (connection.dropped) return;
  try {
    change(connection.session);
    settle(connection);
    return;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {}
  drop(connection);
}

// The exchange of the current request, which then has no connection any more. Null: nobody keeps it.
std::shared_ptr<Responder::Exchange> Server::take_exchange(Connection& connection) {
  auto exchange = connection.exchange.lock();
  connection.exchange.reset();
  if (exchange) exchange->connection = nullptr;
  return exchange;
}

// Handles the requests that are complete, writes what is to be written, and does what follows. Handlers answer inside:
// their calls come here again and return at once.
void Server::settle(Connection& connection) {
  if (connection.dropped || connection.settling) return;
  connection.settling = true;
  auto& session = connection.session;
  flush(connection);
  for (int handled = 0; !connection.postponed && handled < requests_at_once; ++handled) {
    bool was_refused = session.refused() != 0;
    auto request = session.next(now());
    if (!was_refused && session.refused() != 0) ++counts_.refused_requests;
    flush(connection);
    if (!request) break;
    ++counts_.requests;
    (void)take_exchange(connection);  // of the last request
    auto peer = connection.stream->peer();
    std::shared_ptr<Responder::Exchange> exchange{
        new Responder::Exchange{&connection,
                                session.request(),
                                peer ? *peer : net::Address::any(net::Address::Family::v4, Port{0}),
                                {}}};
    connection.exchange = exchange;
    handler_(std::move(*request), Responder{std::move(exchange)});
    flush(connection);
    if (handled + 1 < requests_at_once) continue;
    connection.postponed = true;
    loop_.later([this, &connection, life = std::weak_ptr<void>{life_}] {
      if (life.expired() || std::ranges::find(connections_, &connection,
                                              [](auto& each) { return each.get(); }) == connections_.end())
        return;
      connection.postponed = false;
      step(connection, [](Session&) {});
    });
  }
  connection.settling = false;
  if (session.ends_output() && !std::exchange(connection.finished, true)) connection.stream->finish_output();
  account(connection);
  if (session.is_over()) return drop(connection);
  arm(connection);
}

void Server::flush(Connection& connection) {
  auto& session = connection.session;
  session.set_pending(connection.stream->pending_output(), now());
  auto output = session.take_output();
  if (output.empty()) return;
  connection.stream->write(std::move(output));
  session.set_pending(connection.stream->pending_output(), now());
}

void Server::account(Connection& connection) {
  auto bytes = sizeof(Connection) + connection.session.held_bytes() + connection.stream->pending_output() +
               connection.stream->held_bytes();
  if (bytes == connection.counted_bytes) return;
  bool more = bytes > connection.counted_bytes;
  counts_.held_bytes += bytes - connection.counted_bytes;
  connection.counted_bytes = bytes;
  if (options_.held_changed) options_.held_changed(counts_.held_bytes);
  if (more && counts_.held_bytes > options_.held_bytes) drop(connection);
}

void Server::arm(Connection& connection) {
  auto deadline = connection.session.deadline();
  if (connection.dropped || !deadline) return connection.timer.stop();
  connection.timer.start(std::max(Milliseconds{0}, *deadline - now()), [this, &connection] {
    step(connection, [&](Session& session) {
      bool was_refused = session.refused() != 0;
      session.set_pending(connection.stream->pending_output(), now());
      session.on_time(now());
      if (!was_refused && session.refused() != 0) ++counts_.refused_requests;
    });
  });
}

void Server::drop(Connection& connection) {
  if (std::exchange(connection.dropped, true)) return;
  --counts_.open;
  counts_.held_bytes -= std::exchange(connection.counted_bytes, 0);
  if (options_.held_changed) options_.held_changed(counts_.held_bytes);
  connection.timer.stop();
  if (auto exchange = take_exchange(connection); exchange && exchange->gone)
    loop_.later(std::exchange(exchange->gone, nullptr));
  loop_.later([this, &connection, life = std::weak_ptr<void>{life_}] {
    if (!life.expired()) std::erase_if(connections_, [&](auto& each) { return each.get() == &connection; });
  });
}

}  // namespace noderuntime::http
