// Puts the registry and the sessions on the loop: listeners, connections, deadlines.
//
// A connection is a session with a socket until it has a name; then only its record in the registry is left,
// and its descriptor in the set that is watched. Anything to read there ends the registration.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/entropy/entropy.h"
#include "common/entropy/keyed_hash.h"
#include "common/net/descriptor_set.h"
#include "common/net/socket.h"
#include "common/net/timer.h"
#include "common/program/rate_limit.h"
#include "epmd/bounds.h"
#include "epmd/session.h"

namespace noderuntime::epmd {

class Server final : private Daemon {
 public:
  struct Settings {
    Rules rules;
    Bounds bounds;
    std::size_t max_remembered = 1001;  // names that are not registered any more, as OTP's epmd
    Milliseconds delay_accept{0};       // before a new connection is read, for tests
    Milliseconds delay_write{0};        // before an answer is written, for tests
  };
  // Who is told of each registration when it begins, before its node is answered, and when it ends.
  struct Witness {
    std::function<void(const Registry::Record&)> began;
    std::function<void(const Registry::Record&)> ended;
  };

  Server(net::Loop& loop, const Settings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Outcome listen_on(net::Descriptor bound);
  std::vector<int> listeners() const;

  // Takes over the registrations of an earlier run; `descriptor_of` gives the connection of each, -1: it is
  // lost. Before anything is accepted. The value and errors are those of replay().
  Result<bool> restore(Bytes table, const std::function<int(const Registry::Record&)>& descriptor_of);
  void set_witness(Witness witness) { witness_ = std::move(witness); }
  const Registry& names() const { return registry_; }

  // The loop is stopped when a client has been granted its KILL.

 private:
  struct Connection;
  struct Listener;
  using Connections = std::map<ConnectionId, std::unique_ptr<Connection>>;  // in the order they came
  using Deadlines = std::multimap<Milliseconds, ConnectionId>;

  void on_ready(ConnectionId id);
  void accept_from(int listener);
  void accept(net::AcceptedSocket accepted);
  void make_room(const std::string& host);
  void on_accept_failure(const Error& error);
  void read(Connection& connection);
  void settle(Connection& connection);
  void settle_registered(Connection& connection);
  void write(Connection& connection);
  void watch(Connection& connection, net::DescriptorSet::For what);
  void leave(const Registry::Record& record);
  void close(ConnectionId id);
  void set_deadline(Connection& connection, Milliseconds deadline);
  void forget_deadline(Connection& connection);
  void arm_timer();
  void check_deadlines();
  std::string peer_text(ConnectionId id) const;

  Registry& registry() override { return registry_; }
  Creation fresh_creation() override { return Creation{static_cast<std::uint32_t>(chance_.next())}; }
  bool has_room() override { return registry_.registered().size() < settings_.bounds.names; }
  bool is_gone(const Registry::Record& record) override { return net::has_news(record.descriptor); }
  void drop(const Registry::Record& record) override;
  void notice(ConnectionId id, Notice notice, std::string_view detail) override;

  net::Loop& loop_;
  Settings settings_;
  Registry registry_;
  Witness witness_;
  entropy::Words chance_;
  program::RateLimit warnings_;
  net::DescriptorSet set_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::uint64_t last_id_ = 0;
  bool full_ = false;       // said so in the log
  bool exhausted_ = false;  // out of descriptors, and said so
  Milliseconds last_exhausted_{0};
  Connections connections_;  // without a name, or with one that is not told yet
  std::unordered_map<std::string, std::size_t, keyed_hash::OfText> per_host_;  // how many of them
  Deadlines deadlines_;
  net::Timer timer_;  // for the first of them, or earlier
  Milliseconds armed_for_{0};
  net::Timer accept_pause_;
};

}  // namespace noderuntime::epmd
