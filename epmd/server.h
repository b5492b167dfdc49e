// Connects the registry and the sessions to the loop: listeners, connections, deadlines.
//
// A connection is a session with a socket until it has a name. Then only its record in the registry and its
// descriptor in the watched set remain. Anything to read there ends the registration.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
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

class Server final : private SessionHost {
 public:
  struct Settings {
    Rules rules;
    Bounds bounds;
    std::size_t max_remembered = 1001;  // names no longer registered; as OTP's epmd
    Milliseconds delay_accept{0};       // before reading from a new connection, for tests
    Milliseconds delay_write{0};        // before writing an answer, for tests
  };
  // Called when a registration begins, before its node is answered, and when it ends.
  struct RegistrationListener {
    std::function<void(const Registry::Record&)> began;
    std::function<void(const Registry::Record&)> ended;
  };

  Server(net::Loop& loop, const Settings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Outcome listen_on(net::Descriptor bound);
  std::vector<int> listeners() const;

  // Takes over the registrations of an earlier run, before anything is accepted. `descriptor_of` returns the
  // connection of each; -1: it is lost. Value and errors as replay().
  Result<bool> restore(Bytes table, const std::function<int(const Registry::Record&)>& descriptor_of);
  void set_registration_listener(RegistrationListener listener) {
    registration_listener_ = std::move(listener);
  }
  const Registry& names() const { return registry_; }

  struct Counts {
    std::uint64_t accepted = 0, crowded_out = 0, exhausted = 0;  // connections
    std::uint64_t found = 0, missing = 0;                        // names that were looked up
    std::array<std::uint64_t, std::variant_size_v<Request>> requests{};
    std::array<std::uint64_t, log_event_count> events{};
    std::uint64_t of(LogEvent event) const { return events[static_cast<std::size_t>(event)]; }
  };
  const Counts& counts() const { return counts_; }
  const Bounds& bounds() const { return settings_.bounds; }
  std::size_t open_connections() const { return connections_.size(); }  // without a name

  // Stops the loop when a client has been granted its KILL.

 private:
  struct Connection;
  struct Listener;
  using Connections = std::map<ConnectionId, std::unique_ptr<Connection>>;  // in the order of arrival
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
  void unregister(const Registry::Record& record);
  void close(ConnectionId id);
  void set_deadline(Connection& connection, Milliseconds deadline);
  void forget_deadline(Connection& connection);
  void arm_timer();
  void check_deadlines();
  std::string peer_text(ConnectionId id) const;

  Registry& registry() override { return registry_; }
  Creation fresh_creation() override { return Creation{static_cast<std::uint32_t>(random_.next())}; }
  bool has_room() override { return registry_.registered().size() < settings_.bounds.names; }
  bool is_gone(const Registry::Record& record) override { return net::has_news(record.descriptor); }
  void drop(const Registry::Record& record) override;
  std::int64_t wall_time() override;
  std::string connection_of(const Registry::Record& record) override;
  void log(ConnectionId id, LogEvent event, std::string_view detail) override;
  void requested(const Request& request) override { ++counts_.requests[request.index()]; }
  void looked_up(bool found) override { ++(found ? counts_.found : counts_.missing); }

  net::Loop& loop_;
  Settings settings_;
  Registry registry_;
  Counts counts_;
  RegistrationListener registration_listener_;
  entropy::Words random_;
  program::RateLimit warnings_;
  program::RateLimit notices_;  // of level info
  net::DescriptorSet set_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::uint64_t last_id_ = 0;
  bool full_ = false;       // logged already
  bool exhausted_ = false;  // out of descriptors, and logged already
  Milliseconds last_exhausted_{0};
  Connections connections_;  // without a name, or with one whose answer is pending
  std::unordered_map<std::string, std::size_t, keyed_hash::OfText> per_host_;  // connections per host
  Deadlines deadlines_;
  net::Timer timer_;  // for the first deadline, or earlier
  Milliseconds armed_for_{0};
  net::Timer accept_pause_;
};

}  // namespace noderuntime::epmd
