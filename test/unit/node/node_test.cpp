// Claims about Node: whole nodes on one loop, with epmd's own server.
#include "noderuntime/node/node.h"

#include <algorithm>

#include "common/net/signals.h"
#include "common/net/tcp.h"
#include "common/program/logging.h"
#include "test/unit/port_mapper.h"
#include "test/unit/turn_until.h"

namespace noderuntime {
namespace {

using namespace test;
using Strings = std::vector<std::string>;

// A node, and the events that it has reported.
struct Running {
  Strings told;
  std::optional<Port> port;
  std::optional<std::size_t> joined_after;  // so many lines of `told`
  Node node;

  Running(net::Loop& loop, const NodeConfiguration& configuration)
      : node{loop, configuration,
             Node::Events{.up = [this](Port at) { told.push_back("is up"), port = at; },
                          .joined = [this] { joined_after = told.size(); },
                          .failed = [this](Error error) { told.emplace_back(error_name(error.code)); },
                          .node_changed =
                              [this](Atom node, bool up) {
                                told.push_back((up ? "up " : "down ") + std::string{node.text()});
                              }}} {}
};

struct World {
  net::Loop loop;
  PortMapper epmd{loop};

  World() {
    program::set_up_logging("unit_node", program::LogLevel::error);
    net::ignore_write_signals();  // as the programs do: a node may write to one that has just ended
  }
  NodeConfiguration configuration(std::string_view name) const {
    NodeConfiguration configuration;
    configuration.full_name = *NodeName::parse(name);
    configuration.cookie = "secret";
    configuration.epmd_port = epmd.port().value();
    configuration.start_epmd = false;
    configuration.epmd_retry = std::chrono::milliseconds{5};
    return configuration;
  }
  std::unique_ptr<Running> start(const NodeConfiguration& configuration) {
    auto running = std::make_unique<Running>(loop, configuration);
    turn_until(loop, [&] { return !running->told.empty(); });
    return running;
  }
  std::unique_ptr<Running> start(std::string_view name) { return start(configuration(name)); }
  std::string connect(Running& from, Atom to) {
    std::string told;
    from.node.connect(
        to, [&](Outcome outcome) { told = outcome ? "ok" : std::string{error_name(outcome.error().code)}; });
    CHECK(told.empty());  // connect() does not call the handler before it returns
    turn_until(loop, [&] { return !told.empty(); });
    return told;
  }
};

const Atom name_a = Atom::of("a@localhost"), name_b = Atom::of("b@localhost");

}  // namespace

TEST_CASE("node: it is up when it listens and epmd has its name, and epmd loses the name with it", "[node]") {
  World world;
  auto a = world.start("a@localhost");
  CHECK(a->told == Strings{"is up"});
  CHECK(a->node.self().name == name_a);
  CHECK(a->node.self().creation.value() != 0);
  CHECK(world.epmd.names() == Strings{"a"});
  REQUIRE(a->port);
  bool connected = false;
  net::TcpStream caller{world.loop};
  caller.connect(net::Address::loopback(net::Address::Family::v4, *a->port),
                 [&](Outcome outcome) { connected = outcome.ok(); });
  turn_until(world.loop, [&] { return connected; });
  a.reset();
  turn_until(world.loop, [&] { return world.epmd.names().empty(); });
}

TEST_CASE("node: two find each other at epmd, and the end of one is told to the other", "[node]") {
  World world;
  auto a = world.start("a@localhost"), b = world.start("b@localhost");
  CHECK(world.connect(*a, name_b) == "ok");
  turn_until(world.loop, [&] { return b->told.size() == 2; });
  CHECK(a->told == Strings{"is up", "up b@localhost"});
  CHECK(b->told == Strings{"is up", "up a@localhost"});
  CHECK(world.connect(*b, name_a) == "ok");
  b.reset();
  turn_until(world.loop, [&] { return a->told.size() == 3; });
  CHECK(a->told.back() == "down b@localhost");
  CHECK(world.connect(*a, name_b) == "unknown_node");
}

TEST_CASE("node: one that is started again under its name is connected again", "[node]") {
  World world;
  auto a = world.start("a@localhost"), b = world.start("b@localhost");
  CHECK(world.connect(*a, name_b) == "ok");
  auto creation = b->node.self().creation;
  b.reset();
  turn_until(world.loop, [&] { return world.epmd.names().size() == 1; });
  b = world.start("b@localhost");
  CHECK(b->node.self().creation != creation);
  CHECK(world.connect(*a, name_b) == "ok");
  CHECK(a->told.back() == "up b@localhost");
}

TEST_CASE("node: a name that is taken, and no epmd, are told as failures", "[node]") {
  World world;
  auto a = world.start("a@localhost");
  CHECK(world.start("a@localhost")->told == Strings{"name_taken"});
  auto configuration = world.configuration("b@localhost");
  configuration.epmd_port = closed_port().value();
  CHECK(world.start(configuration)->told == Strings{"no_epmd"});
}

TEST_CASE("node: it joins the nodes it is told, also those that come later or come back", "[node]") {
  World world;
  auto configuration = world.configuration("a@localhost");
  configuration.join_plan.nodes = {*NodeName::parse("a@localhost"), *NodeName::parse("b@localhost")};
  configuration.join_plan.wait = 1;
  auto a = world.start(configuration);
  CHECK(a->told == Strings{"is up"});
  auto b = world.start("b@localhost");
  turn_until(world.loop, [&] { return a->joined_after.has_value(); });
  CHECK(a->told == Strings{"is up", "up b@localhost"});
  b.reset();
  turn_until(world.loop, [&] { return a->told.size() == 3; });
  b = world.start("b@localhost");
  turn_until(world.loop, [&] { return a->told.size() == 4; });
  CHECK(a->told.back() == "up b@localhost");
  CHECK(a->joined_after == 2);
}

TEST_CASE("node: it joins all nodes at a host; with nothing to wait for it has joined at once", "[node]") {
  World world;
  auto b = world.start("b@localhost"), c = world.start("c@localhost");
  auto configuration = world.configuration("a@localhost");
  configuration.join_plan.sources = {{membership::JoinSource::Kind::epmd, "localhost"}};
  auto a = world.start(configuration);
  turn_until(world.loop, [&] { return a->told.size() == 3; });
  CHECK(a->joined_after == 1);
  std::sort(a->told.begin() + 1, a->told.end());
  CHECK(a->told == Strings{"is up", "up b@localhost", "up c@localhost"});
}

TEST_CASE("node: it may end at any moment of joining", "[node]") {
  World world;
  auto b = world.start("b@localhost");
  auto configuration = world.configuration("a@localhost");
  configuration.join_plan.nodes = {*NodeName::parse("b@localhost"), *NodeName::parse("c@localhost")};
  configuration.join_plan.sources = {{membership::JoinSource::Kind::epmd, "localhost"},
                                     {membership::JoinSource::Kind::addresses, "nobody.test"}};
  for (int turns = 0; turns < 12; ++turns) {
    auto a = world.start(configuration);
    for (int i = 0; i < turns; ++i) world.loop.turn(false);
    if (turns % 2 == 0) a->node.stop();
    a.reset();
    turn_until(world.loop, [&] { return world.epmd.names() == Strings{"b"}; });
  }
  CHECK(b->told.front() == "is up");
}

TEST_CASE("node: it listens on the address and in the range of ports that it is given", "[node]") {
  World world;
  auto configuration = world.configuration("a@localhost");
  auto free = closed_port();
  configuration.listen_addresses = {"127.0.0.1"};
  configuration.listen_min = configuration.listen_max = free.value();
  auto a = world.start(configuration);
  CHECK(a->told == Strings{"is up"});
  CHECK(a->port == free);
  configuration.full_name = *NodeName::parse("b@localhost");
  CHECK(world.start(configuration)->told == Strings{"system"});  // the only port is in use
  configuration.listen_addresses = {"localhost"};
  CHECK(world.start(configuration)->told == Strings{"configuration"});
}

TEST_CASE("node: one that is not published is up without epmd, and calls others", "[node]") {
  World world;
  auto b = world.start("b@localhost");
  auto configuration = world.configuration("a@localhost");
  configuration.publish = false;
  auto a = world.start(configuration);
  CHECK(a->port == Port{0});
  CHECK(world.epmd.names() == Strings{"b"});
  CHECK(world.connect(*a, name_b) == "ok");
  turn_until(world.loop, [&] { return b->told.size() == 2; });
  CHECK(b->told.back() == "up a@localhost");
}

TEST_CASE("node: it survives the loss of epmd with its creation and its connections", "[node]") {
  World world;
  auto a = world.start("a@localhost"), b = world.start("b@localhost");
  CHECK(world.connect(*a, name_b) == "ok");
  auto creation = a->node.self().creation;
  world.epmd.end();
  world.epmd.begin_again();
  turn_until(world.loop, [&] { return world.epmd.names().size() == 2; });
  CHECK(a->node.self().creation == creation);
  CHECK(a->told == Strings{"is up", "up b@localhost"});
  auto c = world.start("c@localhost");
  CHECK(world.connect(*c, name_a) == "ok");
}

TEST_CASE("node: an address that is set goes before what epmd says", "[node]") {
  World world;
  auto a = world.start("a@localhost"), b = world.start("b@localhost");
  a->node.set_address(name_b, "127.0.0.1:" + std::to_string(closed_port().value()));
  CHECK(world.connect(*a, name_b) == "system");
  a->node.set_address(name_b, "127.0.0.1:" + std::to_string(b->port->value()));
  CHECK(world.connect(*a, name_b) == "ok");
}

}  // namespace noderuntime
