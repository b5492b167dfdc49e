// Claims about epmd's metrics: they stand in docs/operating.md, and count what happens.
#include <set>

#include "test/unit/catch.h"

#include "epmd/metrics.h"
#include "test/unit/documented_metrics.h"
#include "test/unit/port_mapper.h"

using namespace noderuntime;
using namespace noderuntime::epmd;

TEST_CASE("epmd metrics: docs/operating.md has each, with its type, labels and meaning", "[epmd]") {
  CHECK(test::documented_metrics("Metrics of epmd") == test::rows_of(metric_families()));
  std::set<std::string_view> names;
  for (const auto& family : metric_families()) {
    CHECK(test::wrong_name(family) == "");
    CHECK(names.insert(family.name).second);
  }
}

TEST_CASE("epmd metrics: requests, refusals, names and connections are counted", "[epmd]") {
  net::Loop loop;
  Server server{
      loop,
      {.rules = {}, .bounds = {.connections = 100, .names = 50, .unregistered = 50, .per_address = 50}}};
  auto socket = test::listening_socket();
  auto address = *net::local_address(socket.get());
  REQUIRE(server.listen_on(std::move(socket)));
  http::Server::Counts endpoint;
  auto number_of = [&](const std::string& series) {
    metrics::Exposition out{metrics::Format::prometheus};
    write_metrics({loop, server, endpoint}, out);
    auto text = std::move(out).finish();
    auto at = text.find("\n" + series + " ");
    REQUIRE(at != text.npos);
    return std::stod(text.substr(at + series.size() + 2));
  };
  std::vector<std::unique_ptr<net::TcpStream>> clients;
  auto send = [&](const Buffer& bytes) {
    auto& stream = *clients.emplace_back(std::make_unique<net::TcpStream>(loop));
    bool answered = false;
    stream.connect(address, [&](Outcome) {
      stream.start({.read = [&](Bytes) { answered = true; },
                    .drained = {},
                    .ended = [&](Error) { answered = true; },
                    .space = {}});
      stream.write(bytes);
    });
    while (!answered) loop.turn(true);
    stream.stop_reading();
  };
  NodeEntry entry;
  entry.name = "app";
  entry.port = Port{4711};
  send(encode(Request{Alive2{entry}}));
  send(encode(Request{Alive2{entry}}));
  send(encode(Request{PortPlease2{"app"}}));
  send(encode(Request{PortPlease2{"nobody"}}));
  send(Buffer{0, 1, '?'});
  CHECK(number_of("epmd_names") == 1);
  CHECK(number_of("epmd_names_limit") == 50);
  CHECK(number_of("epmd_registrations_total{from=\"here\"}") == 1);
  CHECK(number_of("epmd_requests_total{request=\"ALIVE2_REQ\"}") == 2);
  CHECK(number_of("epmd_requests_total{request=\"PORT_PLEASE2_REQ\"}") == 2);
  CHECK(number_of("epmd_lookups_total{result=\"found\"}") == 1);
  CHECK(number_of("epmd_lookups_total{result=\"missing\"}") == 1);
  CHECK(number_of("epmd_refused_total{reason=\"name_taken\"}") == 1);
  CHECK(number_of("epmd_refused_total{reason=\"bad_request\"}") == 1);
  CHECK(number_of("epmd_connections_accepted_total") == 5);
  clients.clear();
  while (!server.names().registered().empty()) loop.turn(true);
  CHECK(number_of("epmd_unregistrations_total") == 1);
  CHECK(number_of("epmd_names_remembered") == 1);
}
