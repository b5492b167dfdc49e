// Events on their way to one command or one server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/alerts/debounce.h"

namespace noderuntime::alerts {

struct DeliveryRules {
  std::size_t at_once = 4;                                 // that are under way
  std::size_t waiting = 1'000;                             // besides
  unsigned attempts = 1;                                   // of each event
  Milliseconds first_pause{1'000}, longest_pause{60'000};  // between attempts; doubles
};

// How an attempt ended.
enum class Attempt { delivered, failed, hopeless };  // hopeless: another attempt would fail as well

// An engine: take() says what is to be started; the owner reports each end by on_end(). One thread.
//
// Events about one thing are delivered in their order: the next one begins when the one before has been delivered or
// given up.
class Deliveries {
 public:
  explicit Deliveries(DeliveryRules rules) : rules_{rules} {}

  // False: too many wait; the event is dropped.
  bool add(Event event);

  struct Start {
    std::uint64_t id;
    const Event* event;  // valid until on_end()
    unsigned attempt;    // from 1
  };
  std::vector<Start> take(Milliseconds now);

  // The event, if it is given up.
  std::optional<Event> on_end(std::uint64_t id, Attempt attempt, Milliseconds now);

  std::optional<Milliseconds> deadline() const;  // of the next take() that time alone makes useful
  std::size_t size() const { return waiting_.size() + running_.size(); }

 private:
  struct Delivery {
    Event event;
    unsigned attempts = 0;
    Milliseconds next{0};
  };
  bool is_running(const std::string& subject) const;

  DeliveryRules rules_;
  std::uint64_t last_ = 0;
  std::deque<Delivery> waiting_;  // in their order
  std::map<std::uint64_t, Delivery> running_;
};

}  // namespace noderuntime::alerts
