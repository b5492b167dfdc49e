// Claims about what is told of changes that do not last.
#include "noderuntime/alerts/debounce.h"

#include <string>
#include <vector>

#include "test/unit/catch.h"

namespace noderuntime::alerts {
namespace {

Event event(const std::string& subject, const std::string& state, bool rests = false) {
  return {.subject = subject, .state = state, .line = {}, .json = {}, .rests = rests};
}

std::string told(Debounce& debounce, int now) {
  std::string text;
  for (auto& each : debounce.take(Milliseconds{now})) text += each.subject + ' ' + each.state + '\n';
  return text;
}

}  // namespace

TEST_CASE("debounce: without a time everything is told at once, in its order", "[alerts]") {
  Debounce debounce{Milliseconds{0}};
  debounce.note(event("a", "up"), Milliseconds{1});
  debounce.note(event("a", "down"), Milliseconds{1});
  CHECK(debounce.deadline());
  CHECK(told(debounce, 1) == "a up\na down\n");
  CHECK_FALSE(debounce.deadline());
}

TEST_CASE("debounce: a state is told when it has lasted, once", "[alerts]") {
  Debounce debounce{Milliseconds{100}};
  debounce.note(event("a", "down"), Milliseconds{0});
  debounce.note(event("a", "down"), Milliseconds{50});  // does not begin again
  CHECK(debounce.deadline() == Milliseconds{100});
  CHECK(told(debounce, 99).empty());
  CHECK(told(debounce, 100) == "a down\n");
  debounce.note(event("a", "down"), Milliseconds{150});
  CHECK(told(debounce, 1'000).empty());
}

TEST_CASE("debounce: what comes back in time is not told", "[alerts]") {
  Debounce debounce{Milliseconds{100}};
  debounce.note(event("a", "up"), Milliseconds{0});
  CHECK(told(debounce, 100) == "a up\n");
  for (int now = 200; now < 1'000; now += 60) {
    debounce.note(event("a", "down"), Milliseconds{now});
    debounce.note(event("a", "up"), Milliseconds{now + 30});
    CHECK(told(debounce, now + 50).empty());
  }
  CHECK_FALSE(debounce.deadline());
  debounce.note(event("a", "down"), Milliseconds{2'000});
  CHECK(told(debounce, 2'100) == "a down\n");
}

TEST_CASE("debounce: a thing at rest is not told first, and is forgotten", "[alerts]") {
  Debounce debounce{Milliseconds{100}};
  debounce.note(event("pair", "split"), Milliseconds{0});
  debounce.note(event("pair", "healed", true), Milliseconds{50});
  CHECK(told(debounce, 500).empty());
  debounce.note(event("pair", "split"), Milliseconds{600});
  CHECK(told(debounce, 700) == "pair split\n");
  debounce.note(event("pair", "healed", true), Milliseconds{800});
  CHECK(told(debounce, 900) == "pair healed\n");
  debounce.note(event("pair", "healed", true), Milliseconds{1'000});
  CHECK(told(debounce, 2'000).empty());
}

TEST_CASE("debounce: several things are told in the order in which their time was over", "[alerts]") {
  Debounce debounce{Milliseconds{100}};
  debounce.note(event("b", "down"), Milliseconds{0});
  debounce.note(event("a", "down"), Milliseconds{1});
  CHECK(told(debounce, 200) == "b down\na down\n");
}

TEST_CASE("debounce: the number of things is bounded; more are told at once", "[alerts]") {
  Debounce debounce{Milliseconds{100}};
  for (std::size_t i = 0; i < Debounce::most_subjects; ++i)
    debounce.note(event(std::to_string(i), "down"), Milliseconds{0});
  debounce.note(event("one more", "down"), Milliseconds{0});
  CHECK(told(debounce, 0) == "one more down\n");
}

}  // namespace noderuntime::alerts
