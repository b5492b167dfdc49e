// When a loop looks for input instead of sleeping.
#include <catch2/catch.hpp>

#include "common/net/polling.h"

using namespace noderuntime::net;
using std::chrono_literals::operator""us;

namespace {

// What a loop tells after a rest: the time in it until the first read, reads, writes.
struct Rest {
  Polling::Time waited = 30us;
  int reads = 1, writes = 1;
};

struct Traffic {
  Polling polling{100us};
  Polling::Time now{0};

  Traffic() { polling.rests(now); }
  void add(const Rest& rest) {
    now += rest.waited;
    for (int i = 0; i < rest.reads; ++i) polling.read(now);
    for (int i = 0; i < rest.writes; ++i) polling.wrote();
    now += 5us;
    polling.rests(now);
  }
  void add_many(const Rest& rest) {
    for (int i = 0; i < 3 * Polling::needed; ++i) add(rest);
  }
};

}  // namespace

TEST_CASE("polling: pays after enough questions and answers that came soon, and not before", "[net]") {
  Traffic traffic;
  for (int i = 1; i <= Polling::needed; ++i) {
    CHECK_FALSE(traffic.polling.pays());
    traffic.add({});
  }
  CHECK(traffic.polling.pays());
}

TEST_CASE("polling: other traffic ends it at once", "[net]") {
  for (Rest other : {Rest{101us}, Rest{30us, 2}, Rest{30us, 1, 0}, Rest{30us, 1, 2}, Rest{30us, 0, 0}}) {
    Traffic traffic;
    traffic.add_many({});
    REQUIRE(traffic.polling.pays());
    traffic.add(other);
    CHECK_FALSE(traffic.polling.pays());
    traffic.add_many(other);
    CHECK_FALSE(traffic.polling.pays());
  }
}

TEST_CASE("polling: never without a limit", "[net]") {
  Traffic traffic;
  traffic.polling = Polling{Polling::Time{0}};
  traffic.polling.rests(traffic.now);
  traffic.add_many({Polling::Time{0}});
  CHECK_FALSE(traffic.polling.pays());
}
