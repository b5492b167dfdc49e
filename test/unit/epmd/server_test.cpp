// Claims about epmd's Server, over loopback sockets.
#include "epmd/server.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "common/epmd_protocol/messages.h"
#include "common/net/tcp.h"
#include "epmd/table.h"
#include "test/unit/catch.h"
#include "test/unit/turn_until.h"

namespace noderuntime::epmd {
namespace {

using test::turn_until;
using Strings = std::vector<std::string>;

NodeEntry node(const std::string& name) {
  NodeEntry entry;
  entry.name = name;
  entry.port = Port{4711};
  return entry;
}

Server::Settings settings() {
  return {.rules = {.announced_port = 7},
          .bounds = {.connections = 100, .names = 50, .unregistered = 50, .per_address = 50}};
}

struct World {
  net::Loop loop;
  Server server;
  Port port{0};

  explicit World(const Server::Settings& settings = epmd::settings()) : server{loop, settings} {
    auto socket = *net::open_listening_socket(net::Address::loopback(net::Address::Family::v4, Port{0}));
    port = net::local_address(socket.get())->port();
    REQUIRE(server.listen_on(std::move(socket)));
  }
  Strings names() const {
    Strings names;
    for (const auto& record : server.names().registered()) names.push_back(record.node.name);
    return names;
  }
};

// A connection to the server.
struct Client {
  World& world;
  net::TcpStream stream{world.loop};
  Buffer got;
  bool ended = false;

  explicit Client(World& to) : world{to} {
    bool connected = false;
    stream.connect(net::Address::loopback(net::Address::Family::v4, world.port), [&](Outcome outcome) {
      connected = outcome.ok();
      stream.start({.read = [this](Bytes bytes) { got.insert(got.end(), bytes.begin(), bytes.end()); },
                    .ended = [this](Error) { ended = true; }});
    });
    turn_until(world.loop, [&] { return connected; });
  }
  Client(World& to, const Request& request) : Client{to} { stream.write(encode(request)); }

  // Waits until the server has closed the connection. Returns the whole answer.
  Buffer answer() {
    turn_until(world.loop, [&] { return ended; });
    return got;
  }
};

// A connection that asks for the registration of a node.
struct Node : Client {
  Node(World& world, const std::string& name) : Client{world, Alive2{node(name)}} {
    turn_until(world.loop, [&] { return got.size() >= 2; });
  }
  bool registered() const { return got[1] == accepted; }
};

}  // namespace

TEST_CASE("server: a name is registered, found and listed as long as its connection lasts", "[epmd]") {
  World world;
  auto a = std::make_unique<Node>(world, "a");
  CHECK(a->registered());
  auto entry = node("a");
  CHECK(Client{world, PortPlease2{"a"}}.answer() == encode_port2(&entry));
  CHECK(Client{world, PortPlease2{"b"}}.answer() == encode_port2(nullptr));
  std::string text;
  append_names_line(text, entry);
  CHECK(Client{world, epmd::Names{}}.answer() == encode_listing(7, text));
  CHECK_FALSE(Node{world, "a"}.registered());
  CHECK(world.names() == Strings{"a"});
  a.reset();
  turn_until(world.loop, [&] { return world.names().empty(); });
  CHECK(Node{world, "a"}.registered());
}

TEST_CASE("server: a request that comes byte by byte is answered", "[epmd]") {
  World world;
  auto request = encode(PortPlease2{"nobody"});
  Client client{world};
  for (auto byte : request) {
    client.stream.write(Buffer{byte});
    world.loop.turn(true);
  }
  CHECK(client.answer() == encode_port2(nullptr));
}

TEST_CASE("server: idle connections make room, the oldest first, and names stay", "[epmd]") {
  for (bool by_address : {true, false}) {
    auto limited = settings();
    (by_address ? limited.bounds.per_address : limited.bounds.unregistered) = 3;
    World world{limited};
    Node a{world, "a"};
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 4; ++i) idle.push_back(std::make_unique<Client>(world));
    turn_until(world.loop, [&] { return idle[0]->ended; });
    CHECK(Node{world, "b"}.registered());
    turn_until(world.loop, [&] { return idle[1]->ended; });
    CHECK_FALSE(idle[3]->ended);
    CHECK_FALSE(a.ended);
    CHECK(Client{world, PortPlease2{"a"}}.answer().size() > 2);
  }
}

TEST_CASE("server: a name for which there is no room is refused, and there is room again", "[epmd]") {
  auto limited = settings();
  limited.bounds.names = 1;
  World world{limited};
  auto a = std::make_unique<Node>(world, "a");
  CHECK(a->registered());
  CHECK_FALSE(Node{world, "b"}.registered());
  a.reset();
  turn_until(world.loop, [&] { return world.names().empty(); });
  CHECK(Node{world, "b"}.registered());
}

TEST_CASE("server: a connection that asks for nothing is closed in time, a node is not", "[epmd]") {
  auto impatient = settings();
  impatient.rules.total_timeout = Milliseconds{50};
  World world{impatient};
  Node a{world, "a"};
  Client silent{world};  // its time limit begins after that of the node
  CHECK(silent.answer().empty());
  CHECK_FALSE(a.ended);
  CHECK(world.names() == Strings{"a"});
}

TEST_CASE("server: who owns what is told to its listener, before the node is answered", "[epmd]") {
  World world;
  Strings told;
  world.server.set_registration_listener(
      {.began = [&](const auto& record) { told.push_back("+" + record.node.name); },
       .ended = [&](const auto& record) { told.push_back("-" + record.node.name); }});
  {
    Node a{world, "a"};
    CHECK(told == Strings{"+a"});
    Node refused{world, "a"};
  }
  turn_until(world.loop, [&] { return told.size() == 2; });
  CHECK(told == Strings{"+a", "-a"});
}

TEST_CASE("server: KILL is answered, then the loop stops", "[epmd]") {
  World world;
  Client client{world, Kill{}};
  world.loop.run();
  CHECK(client.answer() == Buffer{'O', 'K'});
}

TEST_CASE("server: the registrations of an earlier run go on with their connections", "[epmd]") {
  World world;  // only makes the connections that the earlier run would have had
  std::vector<std::unique_ptr<net::TcpStream>> accepted, nodes;
  auto listener =
      *net::TcpListener::open(world.loop, net::Address::loopback(net::Address::Family::v4, Port{0}), {},
                              [&](auto stream) { accepted.push_back(std::move(stream)); });
  auto& kept = *nodes.emplace_back(std::make_unique<net::TcpStream>(world.loop));
  bool connected = false;
  kept.connect(*listener->local(), [&](Outcome) { connected = true; });
  turn_until(world.loop, [&] { return connected && accepted.size() == 1; });

  Registry earlier{10};
  earlier.add(node("kept"), ConnectionId{1}, 0, Creation{5});
  earlier.add(node("lost"), ConnectionId{2}, 0, Creation{6});
  auto whole = world.server.restore(encode_table(earlier, 1), [&](const Registry::Record& record) {
    return record.node.name == "kept" ? dup(accepted[0]->descriptor()) : -1;
  });
  REQUIRE(whole);
  CHECK(*whole);
  CHECK(world.names() == Strings{"kept"});
  accepted.clear();
  CHECK_FALSE(Node{world, "kept"}.registered());
  nodes.clear();
  turn_until(world.loop, [&] { return world.names().empty(); });
  CHECK(Node{world, "kept"}.registered());
}

}  // namespace noderuntime::epmd
