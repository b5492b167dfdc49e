// Claims about the order, the number and the attempts of deliveries.
#include "noderuntime/alerts/deliveries.h"

#include <string>
#include <vector>

#include "test/unit/catch.h"

namespace noderuntime::alerts {
namespace {

Event change(const std::string& subject, const std::string& state) {
  return {.subject = subject, .state = state, .line = {}, .json = {}};
}

std::string started(Deliveries& deliveries, int now) {
  std::string text;
  for (auto& each : deliveries.take(Milliseconds{now}))
    text += std::to_string(each.id) + ' ' + each.event->subject + ' ' + each.event->state + ' ' +
            std::to_string(each.attempt) + '\n';
  return text;
}

}  // namespace

TEST_CASE("deliveries: events about one thing follow each other, others do not wait", "[alerts]") {
  Deliveries deliveries{{}};
  for (auto* subject : {"a", "a", "b"}) CHECK(deliveries.add(change(subject, "x")));
  CHECK(started(deliveries, 0) == "1 a x 1\n2 b x 1\n");
  CHECK(started(deliveries, 0).empty());
  CHECK_FALSE(deliveries.on_end(1, Attempt::delivered, Milliseconds{1}));
  CHECK(started(deliveries, 1) == "3 a x 1\n");
  CHECK(deliveries.size() == 2);
}

TEST_CASE("deliveries: so many are under way, and so many wait", "[alerts]") {
  Deliveries deliveries{{.at_once = 2, .waiting = 3}};
  for (auto* subject : {"a", "b", "c"}) CHECK(deliveries.add(change(subject, "x")));
  CHECK_FALSE(deliveries.add(change("d", "x")));
  CHECK(started(deliveries, 0) == "1 a x 1\n2 b x 1\n");
  CHECK_FALSE(deliveries.deadline());
  CHECK(deliveries.add(change("d", "x")));
  deliveries.on_end(2, Attempt::delivered, Milliseconds{0});
  CHECK(deliveries.deadline() == Milliseconds{0});
  CHECK(started(deliveries, 0) == "3 c x 1\n");
}

TEST_CASE("deliveries: attempts are made after pauses that double, and then the event is given up",
          "[alerts]") {
  Deliveries deliveries{{.attempts = 4, .first_pause = Milliseconds{10}, .longest_pause = Milliseconds{15}}};
  deliveries.add(change("a", "down"));
  deliveries.add(change("a", "up"));
  CHECK(started(deliveries, 0) == "1 a down 1\n");
  CHECK_FALSE(deliveries.on_end(1, Attempt::failed, Milliseconds{0}));
  CHECK(started(deliveries, 9).empty());  // `up` does not overtake
  CHECK(deliveries.deadline() == Milliseconds{10});
  CHECK(started(deliveries, 10) == "2 a down 2\n");
  CHECK_FALSE(deliveries.on_end(2, Attempt::failed, Milliseconds{10}));
  CHECK(deliveries.deadline() == Milliseconds{25});
  CHECK(started(deliveries, 25) == "3 a down 3\n");
  CHECK_FALSE(deliveries.on_end(3, Attempt::failed, Milliseconds{25}));
  CHECK(started(deliveries, 40) == "4 a down 4\n");
  auto given_up = deliveries.on_end(4, Attempt::failed, Milliseconds{40});
  REQUIRE(given_up);
  CHECK(given_up->state == "down");
  CHECK(started(deliveries, 40) == "5 a up 1\n");
  CHECK(deliveries.on_end(5, Attempt::hopeless, Milliseconds{40}));
  CHECK(deliveries.size() == 0);
}

TEST_CASE("deliveries: the end of one that is not known is ignored", "[alerts]") {
  Deliveries deliveries{{}};
  CHECK_FALSE(deliveries.on_end(7, Attempt::failed, Milliseconds{0}));
}

}  // namespace noderuntime::alerts
