// Claims about IdleStrategy, which decides how a loop waits for input: it polls, gathers or sleeps.
#include "test/unit/catch.h"

#include "common/net/idle_strategy.h"

using namespace noderuntime::net;
using std::chrono_literals::operator""us;

namespace {

// The input between two rests of the loop: when it comes and how much it is.
struct Input {
  IdleStrategy::Time after = 10us;
  int reads = 1, writes = 1;
  std::size_t bytes = 100;  // in each read
  bool large = false;
};
constexpr Input question{}, message{.writes = 0};

struct Traffic {
  IdleStrategy pace{100us};
  IdleStrategy::Time now{0};

  // Adds the input. Returns how the loop rests after it.
  IdleStrategy::Rest add(const Input& input) {
    now += input.after;
    for (int i = 0; i < input.reads; ++i) pace.read(now, input.bytes, input.large);
    for (int i = 0; i < input.writes; ++i) pace.wrote();
    now += 5us;
    return pace.next_rest(now);
  }
  IdleStrategy::Rest add_many(const Input& input) {
    for (int i = 0; i < 3 * IdleStrategy::needed; ++i) add(input);
    return add(input);
  }
};

}  // namespace

TEST_CASE("pace: the loop polls after enough questions that each had an answer, and not before", "[net]") {
  Traffic traffic;
  for (int i = 1; i < IdleStrategy::needed; ++i) CHECK(traffic.add(question) == IdleStrategy::Rest::sleep);
  CHECK(traffic.add(question) == IdleStrategy::Rest::poll);
  CHECK(traffic.add_many(question) == IdleStrategy::Rest::poll);
}

TEST_CASE("pace: the loop gathers after enough messages without an answer, and not before", "[net]") {
  Traffic traffic;
  for (int i = 1; i < IdleStrategy::needed; ++i) CHECK(traffic.add(message) == IdleStrategy::Rest::sleep);
  CHECK(traffic.add(message) == IdleStrategy::Rest::gather);
  CHECK(traffic.add({.reads = 5, .writes = 0}) == IdleStrategy::Rest::gather);
  CHECK(traffic.add({.reads = 5, .writes = 0, .large = true}) == IdleStrategy::Rest::gather_much);
  CHECK(traffic.add({.reads = 5, .writes = 0, .bytes = 53'000}) == IdleStrategy::Rest::gather_much);
  CHECK(traffic.add(message) == IdleStrategy::Rest::gather);
}

TEST_CASE("pace: messages that come now and then are not gathered", "[net]") {
  Traffic traffic;
  CHECK(traffic.add_many({.after = 20us, .writes = 0, .bytes = 99}) == IdleStrategy::Rest::sleep);
  CHECK(traffic.add_many({.after = 20us, .writes = 0, .bytes = 100}) == IdleStrategy::Rest::gather);
}

TEST_CASE("pace: other traffic ends polling and gathering at once", "[net]") {
  for (auto usual : {question, message})
    for (Input other :
         {Input{101us}, Input{130us, 1, 0}, Input{10us, 2}, Input{10us, 1, 2}, Input{10us, 0, 0}}) {
      Traffic traffic;
      CHECK(traffic.add_many(usual) != IdleStrategy::Rest::sleep);
      CHECK(traffic.add(other) == IdleStrategy::Rest::sleep);
      CHECK(traffic.add_many(other) == IdleStrategy::Rest::sleep);
    }
}

TEST_CASE("pace: the loop never polls if its poll time is 0", "[net]") {
  Traffic traffic;
  traffic.pace = IdleStrategy{IdleStrategy::Time{0}};
  CHECK(traffic.add_many({IdleStrategy::Time{0}}) == IdleStrategy::Rest::sleep);
}
