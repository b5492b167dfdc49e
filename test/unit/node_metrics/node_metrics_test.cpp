// Claims about the metrics of a node: they stand in docs/operating.md, and count what happens between nodes.
#include "noderuntime/node_metrics/node_metrics.h"

#include <set>

#include "common/net/signals.h"
#include "common/program/logging.h"
#include "noderuntime/node/node.h"
#include "noderuntime/node/peers.h"
#include "noderuntime/process/processes.h"
#include "test/unit/catch.h"
#include "test/unit/documented_metrics.h"
#include "test/unit/port_mapper.h"
#include "test/unit/turn_until.h"

namespace noderuntime::node_metrics {
namespace {

using test::turn_until;

struct World {
  net::Loop loop;
  test::PortMapper epmd{loop};
  http::Server::Counts endpoint;

  World() {
    program::set_up_logging("unit_node_metrics", program::LogLevel::error);
    net::ignore_write_signals();
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
  std::unique_ptr<Node> start(const NodeConfiguration& configuration) {
    bool up = false;
    auto node = std::make_unique<Node>(
        loop, configuration,
        Node::Events{
            .up = [&up](Port) { up = true; }, .failed = [](Error) {}, .node_changed = [](Atom, bool) {}});
    turn_until(loop, [&] { return up; });
    return node;
  }
  bool connect(Node& from, std::string_view to) {
    std::optional<Outcome> outcome;
    from.connect(Atom::of(to), [&](Outcome told) { outcome = told; });
    turn_until(loop, [&] { return outcome.has_value(); });
    return outcome->ok();
  }
  std::string text(Node& node, std::size_t peers = 100) {
    metrics::Exposition out{metrics::Format::prometheus};
    write({loop, node, peers, endpoint}, out);
    return std::move(out).finish();
  }
  // -1: there is no such series.
  double number(Node& node, const std::string& series, std::size_t peers = 100) {
    auto all = text(node, peers);
    auto at = all.find("\n" + series + " ");
    return at == all.npos ? -1 : std::stod(all.substr(at + series.size() + 2));
  }
};

}  // namespace

TEST_CASE("node metrics: docs/operating.md has each, with its type, labels and meaning", "[node_metrics]") {
  CHECK(test::documented_metrics("Metrics of a node") == test::rows_of(families()));
  std::set<std::string_view> names;
  for (const auto& family : families()) {
    CHECK(test::wrong_name(family) == "");
    CHECK(names.insert(family.name).second);
  }
}

TEST_CASE("node metrics: connections, their traffic and their ends are counted", "[node_metrics]") {
  World world;
  auto a = world.start(world.configuration("a@localhost")),
       b = world.start(world.configuration("b@localhost"));
  REQUIRE(world.connect(*a, "b@localhost"));
  turn_until(world.loop, [&] { return world.number(*b, "noderuntime_peers{state=\"visible\"}") == 1; });
  CHECK(world.number(*a, "noderuntime_connections_opened_total{by=\"us\"}") == 1);
  CHECK(world.number(*b, "noderuntime_connections_opened_total{by=\"peers\"}") == 1);
  CHECK(world.number(*a, "erlang_vm_dist_node_state{peer=\"b@localhost\"}") == 3);
  CHECK(world.number(*a, "erlang_vm_dist_recv_bytes{peer=\"b@localhost\"}") > 50);
  turn_until(world.loop, [&] {
    return world.number(*a, "erlang_vm_dist_send_bytes{peer=\"b@localhost\"}") ==
           world.number(*b, "erlang_vm_dist_recv_bytes{peer=\"a@localhost\"}");
  });
  CHECK(world.number(*a, "erlang_vm_statistics_bytes_output_total") ==
        world.number(*a, "erlang_vm_dist_send_bytes{peer=\"b@localhost\"}"));

  auto messages = "noderuntime_signals_received_total{kind=\"message\"}";
  auto before = world.number(*b, messages),
       counted = world.number(*b, "erlang_vm_dist_recv_cnt{peer=\"a@localhost\"}");
  signal::Message message{};
  message.from.node = a->self();
  message.to = Atom::of("nobody");
  message.message = Term::small(1);
  a->processes().host().send(Atom::of("b@localhost"), SignalBody{message});
  a->schedule();
  turn_until(world.loop, [&] { return world.number(*b, messages) > before; });
  CHECK(world.number(*b, "erlang_vm_dist_recv_cnt{peer=\"a@localhost\"}") > counted);

  b.reset();
  turn_until(world.loop, [&] { return world.number(*a, "noderuntime_peers{state=\"visible\"}") == 0; });
  auto ended = [&](const std::string& reason) {
    return world.number(*a, "noderuntime_connections_ended_total{reason=\"" + reason + "\"}");
  };
  CHECK(ended("connection_closed") + ended("system") == 1);  // system: reset, if something was unread
  CHECK(world.number(*a, "erlang_vm_dist_node_state{peer=\"b@localhost\"}") == -1);
  CHECK(world.number(*a, "erlang_vm_statistics_bytes_output_total") > 50);
}

TEST_CASE("node metrics: attempts that fail are counted by their reason, on both sides", "[node_metrics]") {
  World world;
  auto a = world.start(world.configuration("a@localhost"));
  auto other = world.configuration("b@localhost");
  other.cookie = "wrong";
  auto b = world.start(other);
  CHECK_FALSE(world.connect(*b, "a@localhost"));
  CHECK_FALSE(world.connect(*a, "nobody@localhost"));
  CHECK(world.number(*a, "noderuntime_handshakes_failed_total{by=\"peers\",reason=\"bad_cookie\"}") == 1);
  CHECK(world.number(*a, "noderuntime_handshakes_failed_total{by=\"us\",reason=\"unknown_node\"}") == 1);
  CHECK(world.number(*a, "noderuntime_handshakes_failed_total{by=\"us\",reason=\"bad_cookie\"}") == 0);
}

TEST_CASE("node metrics: peers above the bound are one series", "[node_metrics]") {
  World world;
  auto hub = world.start(world.configuration("hub@localhost"));
  std::vector<std::unique_ptr<Node>> others;
  for (auto name : {"p1@localhost", "p2@localhost", "p3@localhost"}) {
    others.push_back(world.start(world.configuration(name)));
    REQUIRE(world.connect(*hub, name));
  }
  auto received = [&](const std::string& peer, std::size_t peers) {
    return world.number(*hub, "erlang_vm_dist_recv_bytes{peer=\"" + peer + "\"}", peers);
  };
  CHECK(received("other", 3) == -1);
  CHECK(received("p1@localhost", 1) > 0);
  CHECK(received("p2@localhost", 1) == -1);
  CHECK(received("other", 1) == received("p2@localhost", 3) + received("p3@localhost", 3));
  CHECK(received("other", 0) == received("p1@localhost", 3) + received("other", 1));
}

TEST_CASE("node metrics: a node is ready when it is registered and has the nodes that it joins",
          "[node_metrics]") {
  World world;
  auto configuration = world.configuration("a@localhost");
  configuration.join_plan.nodes = {*NodeName::parse("b@localhost"), *NodeName::parse("c@localhost")};
  auto a = world.start(configuration);
  CHECK(a->unready() == "b@localhost and 1 more are not connected (--join)");
  auto b = world.start(world.configuration("b@localhost"));
  turn_until(world.loop, [&] { return a->unready() == "c@localhost is not connected (--join)"; });
  auto c = world.start(world.configuration("c@localhost"));
  turn_until(world.loop, [&] { return !a->unready(); });
  CHECK(world.number(*a, "noderuntime_ready") == 1);

  world.epmd.end();
  turn_until(world.loop, [&] { return a->unready().has_value(); });
  CHECK(a->unready() == "it is not registered at the port mapper daemon");
  CHECK(world.number(*a, "noderuntime_epmd_registered") == 0);
  world.epmd.begin_again();
  turn_until(world.loop, [&] { return !a->unready(); });
  CHECK(world.number(*a, "noderuntime_epmd_registrations_total") == 2);
  a->stop();
  CHECK(a->unready() == "the node ends");
}

}  // namespace noderuntime::node_metrics
