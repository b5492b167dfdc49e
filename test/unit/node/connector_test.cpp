// Claims about Connector, which makes a TCP connection to a node that is given by name.
#include "noderuntime/node/connector.h"

#include "test/unit/node/hosts.h"
#include "test/unit/port_mapper.h"
#include "test/unit/turn_until.h"

namespace noderuntime {
namespace {

using namespace test;

struct World {
  net::Loop loop;
  Transport transport{loop, nullptr};
  PortMapper epmd{loop};
  std::unique_ptr<net::TcpStream> accepted;
  std::unique_ptr<net::TcpListener> node =
      *net::TcpListener::open(loop, net::Address::loopback(net::Address::Family::v4, Port{0}), {},
                              [this](auto stream) { accepted = std::move(stream); });

  Connector::Route by_epmd(Port port) { return {port, net::Address::Family::v4}; }
  Connector::Route by_address(std::string address) {
    return {closed_port(), net::Address::Family::v4, std::move(address)};
  }
  // Connects. Returns "connected", or the step that failed and the name of the error.
  std::string connect(const Connector::Route& way, std::string_view name = "b@127.0.0.1",
                      net::Milliseconds limit = net::Milliseconds{60'000}) {
    std::optional<Error> error;
    std::unique_ptr<net::Stream> stream;
    Connector connector{loop, transport, *NodeName::parse(name), way, limit, [&](auto result) {
                          if (result)
                            stream = std::move(*result);
                          else
                            error = result.error();
                        }};
    CHECK_FALSE((stream || error));
    turn_until(loop, [&] { return stream || error; });
    if (error) return std::string{name_of(connector.step())}.append(": ").append(error_name(error->code));
    turn_until(loop, [&] { return accepted != nullptr; });
    accepted->start({});
    auto same = stream->peer()->text() == accepted->local()->text();
    return same ? "connected" : "connected with something else";
  }
  // Registers the node's port under `name` for as long as the result lives.
  std::unique_ptr<net::TcpStream> publish(const std::string& name, Port port) {
    auto stream = std::make_unique<net::TcpStream>(loop);
    stream->connect(net::Address::loopback(net::Address::Family::v4, epmd.port()), [&](Outcome) {
      epmd::NodeEntry entry;
      entry.name = name;
      entry.port = port;
      stream->start({});
      stream->write(epmd::encode(epmd::Request{epmd::Alive2{entry}}));
    });
    turn_until(loop, [&] { return !epmd.names().empty(); });
    return stream;
  }
};

Buffer answer_with_versions(std::uint16_t highest, Port port) {
  epmd::NodeEntry entry;
  entry.name = "b";
  entry.port = port;
  entry.highest = highest;
  return epmd::encode_port2(&entry);
}

}  // namespace

TEST_CASE("connector: one that is cancelled while its port opens tells nobody", "[node]") {
  World world;
  bool told = false;
  Connector connector{world.loop,
                      world.transport,
                      *NodeName::parse("b@127.0.0.1"),
                      world.by_address(world.node->local()->text()),
                      net::Milliseconds{60'000},
                      [&](auto) { told = true; }};
  turn_until(world.loop, [&] { return connector.step() == ReachStep::tcp; });
  connector.cancel();
  turn_until(world.loop, [&] { return world.accepted != nullptr; });
  for (int i = 0; i < 10; ++i) world.loop.turn(false);
  CHECK_FALSE(told);
}

TEST_CASE("connector: it connects to the port that epmd has for the name", "[node]") {
  World world;
  auto entry = world.publish("b", world.node->local()->port());
  CHECK(world.connect(world.by_epmd(world.epmd.port())) == "connected");
}

TEST_CASE("connector: a name that epmd does not have, and a host without epmd", "[node]") {
  World world;
  auto entry = world.publish("c", world.node->local()->port());
  CHECK(world.connect(world.by_epmd(world.epmd.port())) == "epmd: unknown_node");
  CHECK(world.connect(world.by_epmd(closed_port())) == "epmd: no_epmd");
}

TEST_CASE("connector: a host that refuses is an error of the system", "[node]") {
  World world;
  auto entry = world.publish("b", closed_port());
  CHECK(world.connect(world.by_epmd(world.epmd.port())) == "tcp: system");
}

TEST_CASE("connector: epmd that never answers, that closes, and that speaks something else", "[node]") {
  World world;
  FalsePortMapper silent{world.loop, {}, false}, closing{world.loop, {}, true};
  FalsePortMapper talking{world.loop, Buffer{'n', 'o'}, false};
  CHECK(world.connect(world.by_epmd(silent.port()), "b@127.0.0.1", net::Milliseconds{50}) == "epmd: timeout");
  CHECK(world.connect(world.by_epmd(closing.port())) == "epmd: truncated");
  CHECK(world.connect(world.by_epmd(talking.port())) == "epmd: unexpected");
}

TEST_CASE("connector: a node of OTP 22 is not called, because it would close without a word", "[node]") {
  World world;
  auto port = world.node->local()->port();
  FalsePortMapper older{world.loop, answer_with_versions(5, port), true};
  FalsePortMapper newer{world.loop, answer_with_versions(6, port), true};
  CHECK(world.connect(world.by_epmd(older.port())) == "epmd: bad_flags");
  CHECK_FALSE(world.accepted);
  CHECK(world.connect(world.by_epmd(newer.port())) == "connected");
}

TEST_CASE("connector: an address that is given needs no epmd", "[node]") {
  World world;
  auto at = world.node->local()->text();
  CHECK(world.connect(world.by_address(at), "b@a-host-that-is-not-asked-for") == "connected");
  for (auto* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":1", "::1:1"}) {
    INFO(bad);
    CHECK(world.connect(world.by_address(bad)) == "resolve: configuration");
  }
}

TEST_CASE("connector: the next address of the host is tried when one fails", "[node]") {
  World world;  // the node and its epmd listen on IPv4 only, and the host has an IPv6 address too
  auto entry = world.publish("b", world.node->local()->port());
  for (auto family : {net::Address::Family::v6, net::Address::Family::v4}) {
    auto way = world.by_epmd(world.epmd.port());
    way.family = family;
    world.accepted.reset();
    CHECK(world.connect(way, "b@both.test") == "connected");
    auto given = world.by_address("both.test:" + std::to_string(world.node->local()->port().value()));
    given.family = family;
    world.accepted.reset();
    CHECK(world.connect(given) == "connected");
  }
}

TEST_CASE("connector: when every address of the host fails, the error is that of the last one", "[node]") {
  World world;
  CHECK(world.connect(world.by_epmd(closed_port()), "b@both.test") == "epmd: no_epmd");
  CHECK(world.connect(world.by_address("both.test:" + std::to_string(closed_port().value()))) ==
        "tcp: system");
}

TEST_CASE("connector: a host without an address is unknown", "[node]") {
  World world;
  CHECK(world.connect(world.by_epmd(world.epmd.port()), "b@nobody.test") == "resolve: unknown_host");
  CHECK(world.connect(world.by_address("nobody.test:1")) == "resolve: unknown_host");
}

TEST_CASE("connector: the time to resolve the host's name is limited too", "[node]") {
  net::Loop loop;
  Transport transport{loop, nullptr};
  std::optional<Errc> error;
  {
    Connector connector{loop,
                        transport,
                        *NodeName::parse("b@silent.test"),
                        {Port{1}, net::Address::Family::v4, std::nullopt},
                        net::Milliseconds{50},
                        [&](auto result) { error = result.error().code; }};
    turn_until(loop, [&] { return error.has_value(); });
  }
  CHECK(error == Errc::timeout);
  let_silent_host_answer();
  loop.run();  // returns when the resolver's thread has finished
}

TEST_CASE("connector: a destroyed connector does not call its handler", "[node]") {
  World world;
  auto entry = world.publish("b", world.node->local()->port());
  for (int turns = 0; turns < 10; ++turns) {
    Result<std::unique_ptr<net::Stream>> got = Error{Errc::timeout, {}};
    bool told = false;
    auto connector = std::make_unique<Connector>(world.loop, world.transport, *NodeName::parse("b@127.0.0.1"),
                                                 world.by_epmd(world.epmd.port()), net::Milliseconds{60'000},
                                                 [&](auto result) { told = true, got = std::move(result); });
    for (int i = 0; i < turns; ++i) world.loop.turn(false);
    connector.reset();
    bool before = told;
    for (int i = 0; i < 10; ++i) world.loop.turn(false);
    CHECK(told == before);
  }
  CHECK(world.connect(world.by_epmd(world.epmd.port())) == "connected");
}

}  // namespace noderuntime
