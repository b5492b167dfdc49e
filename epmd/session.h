// One connection to epmd, without I/O.
// Source: docs/protocol/epmd.md, "What is accepted" and "The life of a registration".
//
//     reading ──ALIVE2──► registered ──any byte, close──► closed, the name is free
//        │
//        ├──any other request, a refused ALIVE2──► answered ──► closed when the answer is written
//        └──bad request, not allowed, time over──► closed
//
// A registered connection needs no session any more: the daemon may keep only its record, and remove that
// from the registry when the connection has anything to read.
//
// feed() takes any cut of the stream. After each call: take_output() returns the bytes to write,
// wants_close() whether to close after writing them, deadline() when to call on_time().
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/net/address_range.h"
#include "epmd/log_events.h"
#include "epmd/registry.h"

namespace noderuntime::epmd {

using Milliseconds = std::chrono::milliseconds;

struct Rules {
  std::uint32_t announced_port = default_port.value();  // in NAMES and DUMP; may exceed 16 bits, as on OTP
  bool relaxed = false;                                 // allows STOP, and KILL while nodes are registered
  Milliseconds packet_timeout{60'000};                  // without a byte, plus a second
  Milliseconds total_timeout{600'000};                  // for the whole exchange
  std::vector<net::AddressRange> registrars;            // who may register besides this host
};

// What a session needs from the daemon.
class SessionHost {
 public:
  virtual Registry& registry() = 0;
  virtual Creation fresh_creation() = 0;  // random
  virtual bool has_room() = 0;            // for one more name
  // its owner has closed or sent something, even if unread
  virtual bool is_gone(const Registry::Record& record) = 0;
  // ends the registration and closes its connection
  virtual void drop(const Registry::Record& record) = 0;
  virtual void log(ConnectionId id, LogEvent event, std::string_view detail) = 0;
  virtual std::int64_t wall_time() { return 0; }  // seconds since 1970; 0: not known
  // Address and port of a node's connection; empty: not known.
  virtual std::string connection_of(const Registry::Record& record) { return (void)record, std::string{}; }
  // For those who count.
  virtual void requested(const Request&) {}
  virtual void looked_up(bool found) { (void)found; }

 protected:
  ~SessionHost() = default;
};

class Session {
 public:
  struct Peer {
    ConnectionId id;
    int descriptor;  // for DUMP
    bool local;      // from this host
    net::Address address;
  };
  // One answer. It is written in one piece, because some clients read only once.
  struct Output {
    Buffer bytes;
    std::shared_ptr<const std::string> text;  // follows the bytes; may be null
    bool empty() const { return bytes.empty(); }
  };
  Session(SessionHost& daemon, const Rules& rules, Peer peer, Milliseconds now);

  void feed(Bytes input, Milliseconds now);
  void finish();  // the peer's end of stream, a reset, or a close by the daemon; ends a registration
  void on_time(Milliseconds now);

  Output take_output() { return std::exchange(output_, {}); }
  bool wants_close() const { return state_ == State::answered || state_ == State::closed; }
  bool is_registered() const { return state_ == State::registered; }
  bool is_local() const { return peer_.local; }
  bool ends_daemon() const { return ends_daemon_; }  // KILL was granted: ends when this connection is closed
  std::optional<Milliseconds> deadline() const;      // none: registered. Never moves back

 private:
  enum class State { reading, registered, answered, closed };
  void take_request();
  void handle(const Request& request);
  bool may_register() const;
  void on(const Alive2& request);
  void on(const PortPlease2& request);
  void on(const Names&);
  void on(const Dump&);
  void on(const Kill&);
  void on(const Stop& request);
  void on(const Details&);
  void answer(Buffer bytes, std::shared_ptr<const std::string> text = nullptr);
  void refuse(const NodeEntry& node, LogEvent event);
  void close(LogEvent event, std::string_view detail);
  void log(LogEvent event, std::string_view detail) { daemon_.log(peer_.id, event, detail); }

  SessionHost& daemon_;
  const Rules& rules_;
  Peer peer_;
  State state_ = State::reading;
  bool ends_daemon_ = false;
  Milliseconds started_;
  Milliseconds last_byte_;
  Buffer input_;
  Output output_;
  std::string name_;  // the registered one
};

}  // namespace noderuntime::epmd
