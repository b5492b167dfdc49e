// An HTTP/1.1 server on the loop: listeners and connections, each a Session with a stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.h"
#include "common/http/session.h"
#include "common/net/address.h"
#include "common/net/loop.h"
#include "common/net/stream.h"
#include "common/net/tcp.h"

namespace noderuntime::http {

class Server;

// Takes an accepted connection, for instance to do the handshake of TLS, and gives it to the function, or drops it. The
// function may be called after the server has gone.
using Secure = std::function<void(std::unique_ptr<net::TcpStream>,
                                  std::function<void(std::unique_ptr<net::Stream>)> serve)>;

// Reads ADDRESS:PORT with a numeric address, or localhost for 127.0.0.1; port 0 stands for a free one. Errors:
// configuration, and those of net::HostAndPort::parse.
Result<net::Address> listening_address(std::string_view text);

// Answers one request, at once or later. Copies answer the same request; when the last one is dropped without an answer,
// the client gets 500. After the connection has gone, or the server, calls do nothing. Loop thread only.
class Responder {
 public:
  void respond(Response response) const;  // after begin() it is end()
  // Begins a response whose pieces follow. write() and event() return `gone` when nobody reads them any more.
  void begin(StreamHead head) const;
  Written write(std::string_view piece, WhenFull when_full = WhenFull::drop) const;
  Written event(std::string_view name, std::string_view data, WhenFull when_full = WhenFull::skip) const;
  void end() const;
  // Called once in a later turn, when the response has not ended and cannot be continued: the client has gone, or has
  // not read. Not called after respond() or end(). The function may hold the responder.
  void on_gone(std::function<void()> gone) const;
  bool is_open() const;        // an answer, or a piece of it, still can be given
  std::size_t unread() const;  // bytes that the client has not taken; 0: none, or it has gone
  const net::Address& client() const;

 private:
  friend class Server;
  struct Exchange;
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_{std::move(exchange)} {}
  std::shared_ptr<Exchange> exchange_;
};

// Owned by the program, not to be destroyed inside a handler or an on_gone(). Loop thread only.
class Server {
 public:
  struct Options {
    SessionRules session{};
    std::size_t connections = 64;                           // above, the one with the least to lose ends
    std::size_t held_bytes = std::size_t{16} << 20;         // of all; above, the one that wants more ends
    std::function<void(std::size_t bytes)> held_changed{};  // for the program's account of memory
    Secure secure{};                                        // empty: connections are served as they come
  };
  // The response may be given inside. Only std::bad_alloc and std::length_error may leave it; the connection then ends.
  using Handler = std::function<void(Request, Responder)>;

  Server(net::Loop& loop, Options options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens on one more address. Errors: see net::TcpListener::open.
  Outcome listen(const net::Address& on);
  // Takes over a socket that listens already.
  Outcome adopt(int descriptor);
  // Serves a connected stream that somebody else has accepted, for instance with TLS after its handshake.
  void serve(std::unique_ptr<net::Stream> stream);

  std::vector<net::Address> addresses() const;  // of the listeners, with their ports

  struct Counts {
    std::uint64_t connections = 0, refused_connections = 0, requests = 0, refused_requests = 0;
    std::size_t open = 0, held_bytes = 0;  // now
  };
  const Counts& counts() const { return counts_; }

 private:
  friend class Responder;
  struct Connection;
  net::TcpListener::Accepted accepted();
  bool make_room();
  template <class Change>
  void step(Connection& connection, Change change);
  std::shared_ptr<Responder::Exchange> take_exchange(Connection& connection);
  void settle(Connection& connection);
  void flush(Connection& connection);
  void account(Connection& connection);
  void arm(Connection& connection);
  void drop(Connection& connection);
  std::string date();
  Milliseconds now() const { return loop_.now(); }

  net::Loop& loop_;
  Options options_;
  Handler handler_;
  Counts counts_;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::vector<std::unique_ptr<Connection>> connections_;  // in the order of arrival
  std::vector<std::unique_ptr<net::TcpListener>> listeners_;
  std::shared_ptr<void> life_ = std::make_shared<char>();  // deferred calls end with the server
};

}  // namespace noderuntime::http
