// Claims about Ticker, which decides when a connection sends a tick and when its peer is down.
#include "noderuntime/distribution/ticker.h"

#include "test/unit/catch.h"

namespace noderuntime::distribution {
namespace {

using std::chrono_literals::operator""ms;

// A ticker with a ticktime of 1 s, so that it looks every 250 ms, unless another number of checks is given.
struct World {
  Milliseconds now{1000};
  Ticker ticker;
  explicit World(bool hidden_peer = false, int checks = Ticker::usual_checks)
      : ticker{1000ms, checks, hidden_peer, now} {}
  // Makes the next look, `late` after its time. Returns "tick", "nothing" or "timeout".
  std::string_view look(Milliseconds late = 0ms) {
    now = ticker.deadline() + late;
    auto outcome = ticker.on_time(now);
    if (!outcome) return error_name(outcome.error().code);
    return *outcome ? "tick" : "nothing";
  }
};

}  // namespace

TEST_CASE("ticker: it checks four times in a ticktime", "[distribution]") {
  World world;
  for (int i = 1; i <= 8; ++i) {
    CHECK(world.ticker.deadline() == 1000ms + i * 250ms);
    world.ticker.read();
    world.look();
  }
}

TEST_CASE("ticker: before its time a look changes nothing", "[distribution]") {
  World world;
  for (int i = 0; i < 100; ++i) CHECK(world.ticker.on_time(world.now + 249ms).value() == false);
  CHECK(world.ticker.deadline() == 1250ms);
}

TEST_CASE("ticker: a tick is due when nothing was written since the last look", "[distribution]") {
  World world;
  for (int i = 0; i < 10; ++i) {
    world.ticker.read();
    CHECK(world.look() == "tick");
    world.ticker.read();
    world.ticker.wrote();
    CHECK(world.look() == "nothing");
  }
}

TEST_CASE("ticker: a hidden peer gets a tick when nothing was read, because it only answers",
          "[distribution]") {
  World world{true};
  world.ticker.wrote();
  CHECK(world.look() == "tick");
  world.ticker.wrote();
  world.ticker.read();
  CHECK(world.look() == "nothing");
}

TEST_CASE("ticker: a peer is down after four checks without a byte, and not before", "[distribution]") {
  World world;
  world.ticker.read();
  CHECK(world.look() == "tick");
  for (int i = 0; i < 3; ++i) CHECK(world.look() == "tick");
  CHECK(world.look() == "timeout");
}

TEST_CASE("ticker: with more checks it ticks more often, and a peer is down after the same time",
          "[distribution]") {
  World world{false, 10};
  for (int i = 1; i <= 9; ++i) {
    CHECK(world.look() == "tick");
    CHECK(world.now == 1000ms + i * 100ms);
  }
  CHECK(world.look() == "timeout");
}

TEST_CASE("ticker: one byte in time is enough, whenever it comes", "[distribution]") {
  World world;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 3; ++i) REQUIRE(world.look() == "tick");
    world.ticker.read();
    REQUIRE(world.look() == "tick");
  }
}

TEST_CASE("ticker: a pause of the whole program counts as one look", "[distribution]") {
  World world;
  CHECK(world.look() == "tick");
  CHECK(world.look(std::chrono::hours{1}) == "tick");
  CHECK(world.ticker.deadline() == world.now + 250ms);
  CHECK(world.look() == "tick");
  CHECK(world.look() == "timeout");
}

}  // namespace noderuntime::distribution
