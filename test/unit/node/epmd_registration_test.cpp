// Claims about EpmdRegistration, which keeps a node registered at epmd. epmd's own server runs on the same
// loop.
#include "noderuntime/node/epmd_registration.h"

#include "test/unit/port_mapper.h"
#include "test/unit/turn_until.h"

namespace noderuntime {
namespace {

using namespace test;
using Strings = std::vector<std::string>;

// A registration, and the events that it has reported.
struct Published {
  std::vector<std::uint32_t> creations;
  Strings failures, notes;
  std::unique_ptr<EpmdRegistration> publication;

  Published(net::Loop& loop, Port port_mapper, const std::string& name = "a") {
    epmd::NodeEntry entry;
    entry.name = name;
    entry.port = Port{4711};
    publication = std::make_unique<EpmdRegistration>(
        loop, entry, port_mapper, false, net::Milliseconds{5},
        EpmdRegistration::Events{
            .registered = [this](Creation creation) { creations.push_back(creation.value()); },
            .failed = [this](Error error) { failures.emplace_back(error_name(error.code)); },
            .note = [this](std::string text) { notes.push_back(std::move(text)); }});
  }
};

struct World {
  net::Loop loop;
  PortMapper epmd{loop};
};

}  // namespace

TEST_CASE("publication: epmd knows the name until the publication ends", "[node]") {
  World world;
  Published a{world.loop, world.epmd.port()};
  turn_until(world.loop, [&] { return !a.creations.empty(); });
  CHECK(a.creations.front() != 0);
  CHECK(world.epmd.names() == Strings{"a"});
  a.publication.reset();
  turn_until(world.loop, [&] { return world.epmd.names().empty(); });
  CHECK(a.failures.empty());
  CHECK(a.notes.empty());
}

TEST_CASE("publication: a name that another node has is refused", "[node]") {
  World world;
  Published first{world.loop, world.epmd.port()};
  turn_until(world.loop, [&] { return !first.creations.empty(); });
  Published second{world.loop, world.epmd.port()};
  turn_until(world.loop, [&] { return !second.failures.empty(); });
  CHECK(second.failures == Strings{"name_taken"});
  CHECK(second.creations.empty());
}

TEST_CASE("publication: without epmd it fails, if it shall not start one", "[node]") {
  net::Loop loop;
  Published a{loop, closed_port()};
  turn_until(loop, [&] { return !a.failures.empty(); });
  CHECK(a.failures == Strings{"no_epmd"});
}

TEST_CASE("publication: an epmd that answers something else, or closes, is an error", "[node]") {
  net::Loop loop;
  FalsePortMapper talks{loop, Buffer{'n', 'o', 'n', 's', 'e', 'n', 's', 'e'}, false};
  Published first{loop, talks.port()};
  turn_until(loop, [&] { return !first.failures.empty(); });
  CHECK(first.failures == Strings{"unexpected"});
  FalsePortMapper closes{loop, {}, true};
  Published second{loop, closes.port()};
  turn_until(loop, [&] { return !second.failures.empty(); });
  CHECK(second.failures == Strings{"connection_closed"});
}

TEST_CASE("publication: when epmd comes back the name is registered again", "[node]") {
  World world;
  Published a{world.loop, world.epmd.port()};
  turn_until(world.loop, [&] { return !a.creations.empty(); });
  for (std::size_t times = 1; times <= 3; ++times) {
    world.epmd.end();
    turn_until(world.loop, [&] { return a.notes.size() == 2 * times - 1; });
    CHECK(a.notes.back() == "the connection to epmd is lost");
    world.epmd.begin_again();
    turn_until(world.loop, [&] { return a.notes.size() == 2 * times; });
    CHECK(a.notes.back() == "registered again at epmd as a");
    CHECK(world.epmd.names() == Strings{"a"});
  }
  CHECK(a.creations.size() == 1);  // the node keeps its first creation
  CHECK(a.failures.empty());
}

TEST_CASE("publication: a name that was taken meanwhile is registered when it is free again", "[node]") {
  World world;
  Published a{world.loop, world.epmd.port()};
  turn_until(world.loop, [&] { return !a.creations.empty(); });
  world.epmd.end();
  turn_until(world.loop, [&] { return !a.notes.empty(); });
  world.epmd.begin_again();
  // `taker` connects at once; `a` makes its next attempt in a later turn of the loop.
  auto taker = std::make_unique<Published>(world.loop, world.epmd.port());
  turn_until(world.loop, [&] { return !taker->creations.empty(); });
  turn_until(world.loop, [&] { return a.notes.size() >= 2; });
  CHECK(a.notes[1] == "epmd refuses the name a: the name is in use by another node");
  taker.reset();
  turn_until(world.loop, [&] { return a.notes.back() == "registered again at epmd as a"; });
  CHECK(a.failures.empty());
}

}  // namespace noderuntime
