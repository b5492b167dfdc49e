// turn_until(), with which tests on a loop of common/net wait for a condition.
#pragma once

#include "common/net/timer.h"
#include "test/unit/catch.h"

namespace noderuntime::test {

// Turns the loop until `condition` holds; a minute without it fails the test.
template <class Condition>
void turn_until(net::Loop& loop, Condition condition) {
  net::Timer limit{loop};
  bool over = false;
  limit.start(net::Milliseconds{60'000}, [&] { over = true; });
  while (!condition()) {
    if (over) FAIL("the condition did not come true within a minute");
    loop.turn(true);
  }
}

}  // namespace noderuntime::test
