// Puts the registry and the sessions on the loop: listeners, connections, deadlines.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "common/net/tcp.h"
#include "common/net/timer.h"
#include "epmd/rate_limit.h"
#include "epmd/session.h"

namespace noderuntime::epmd {

class Server final : private Daemon {
 public:
  struct Settings {
    Rules rules;
    std::size_t max_remembered = 1001;   // names that are not registered any more, as OTP's epmd
    std::size_t max_connections = 1024;  // the oldest that has not registered gives way to a new one
    Milliseconds delay_accept{0};        // before a new connection is read, for tests
    Milliseconds delay_write{0};         // before an answer is written, for tests
  };

  Server(net::Loop& loop, const Settings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Outcome listen(const net::Address& address);
  Outcome listen_on(int descriptor);  // a bound socket, from systemd
  bool listens() const { return !listeners_.empty(); }

  // The loop is stopped when a client has been granted its KILL.

 private:
  struct Connection;
  using Connections = std::map<ConnectionId, std::unique_ptr<Connection>>;  // in the order they came
  using Deadlines = std::multimap<Milliseconds, ConnectionId>;

  void accept(std::unique_ptr<net::TcpStream> stream);
  bool make_room();
  void begin(Connection& connection);
  void settle(Connection& connection);
  void write(Connection& connection, Session::Output output);
  void close_if_done(Connection& connection);
  void end(Connection& connection, const Error& error);
  Connection* find(ConnectionId id);
  void watch(Connection& connection, Milliseconds deadline);
  void unwatch(Connection& connection);
  void arm_timer();
  void check_deadlines();
  net::TcpListener::Accepted on_accepted();
  void keep(std::unique_ptr<net::TcpListener> listener);

  Registry& registry() override { return registry_; }
  Creation fresh_creation() override { return Creation{chance_()}; }
  bool is_gone(ConnectionId id) override;
  void drop(ConnectionId id) override;
  void notice(ConnectionId id, Notice notice, std::string_view detail) override;

  net::Loop& loop_;
  Settings settings_;
  Registry registry_;
  std::random_device chance_;
  RateLimit warnings_;
  std::vector<std::unique_ptr<net::TcpListener>> listeners_;
  std::uint64_t last_id_ = 0;
  bool full_ = false;  // said so in the log
  Connections unregistered_;
  Connections registered_;
  Deadlines deadlines_;  // of the unregistered
  net::Timer timer_;     // for the first of them
};

}  // namespace noderuntime::epmd
