// Claims about Timers.
#include "noderuntime/process/timers.h"

#include <vector>
#include "test/unit/catch.h"

using noderuntime::Timers;

TEST_CASE("timers: fire in the order of their deadlines, not before", "[process]") {
  Timers timers;
  std::vector<int> fired;
  timers.start(30, [&] { fired.push_back(30); });
  timers.start(10, [&] { fired.push_back(10); });
  timers.start(10, [&] { fired.push_back(11); });
  CHECK(timers.next_deadline() == 10);
  timers.advance(9);
  CHECK(fired.empty());
  timers.advance(30);
  CHECK(fired == std::vector<int>{10, 11, 30});
  CHECK_FALSE(timers.next_deadline());
}

TEST_CASE("timers: a stopped timer never fires and is stopped once", "[process]") {
  Timers timers;
  bool fired = false;
  auto id = timers.start(10, [&] { fired = true; });
  CHECK(timers.deadline_of(id) == 10);
  CHECK(timers.stop(id));
  CHECK_FALSE(timers.stop(id));
  timers.advance(100);
  CHECK_FALSE(fired);
}

TEST_CASE("timers: a callback may start and stop timers", "[process]") {
  Timers timers;
  int second = 0;
  auto victim = timers.start(11, [&] { second = -1; });
  timers.start(10, [&] {
    timers.stop(victim);
    timers.start(10, [&] { ++second; });
  });
  timers.advance(10);
  timers.advance(20);
  CHECK(second == 1);
}

TEST_CASE("timers: of many that are due, some wait for the next call", "[process]") {
  Timers timers;
  int fired = 0;
  for (int i = 0; i < 10; ++i) timers.start(5, [&] { ++fired; });
  timers.advance(5, 4);
  CHECK(fired == 4);
  CHECK(timers.next_deadline() == 5);
  timers.advance(5, 100);
  CHECK(fired == 10);
  CHECK_FALSE(timers.next_deadline());
}

TEST_CASE("timers: what a flood of them took is given back when they have fired", "[process]") {
  Timers timers;
  auto before = noderuntime::held_memory.used();
  constexpr std::size_t many = 50'000;
  for (std::size_t i = 0; i < many; ++i) timers.start(10, [] {});
  while (timers.next_deadline()) timers.advance(10);
  CHECK(noderuntime::held_memory.used() < before + many);
}
