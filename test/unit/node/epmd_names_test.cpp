// Claims about EpmdNames, which asks the epmd of a host for its registered names.
#include "noderuntime/node/epmd_names.h"

#include "test/unit/port_mapper.h"
#include "test/unit/turn_until.h"

namespace noderuntime {
namespace {

using namespace test;

// The answer as "NAME PORT, NAME PORT" in epmd's order, or the name of the error.
std::string names_of(net::Loop& loop, Port epmd, const std::string& host = "127.0.0.1",
                     net::Milliseconds limit = net::Milliseconds{60'000},
                     net::Address::Family family = net::Address::Family::v4) {
  std::optional<std::string> told;
  EpmdNames question{loop, host, epmd, family, limit, [&](auto names) {
                       if (!names) {
                         told = error_name(names.error().code);
                         return;
                       }
                       told.emplace();
                       for (auto& row : *names)
                         *told +=
                             (told->empty() ? "" : ", ") + row.name + " " + std::to_string(row.port.value());
                     }};
  turn_until(loop, [&] { return told.has_value(); });
  return *told;
}

// A NAMES answer of an epmd that gives `port` as its own port.
Buffer listing_of(Port port) {
  std::string text;
  epmd::NodeEntry entry;
  entry.name = "a";
  entry.port = Port{7};
  epmd::append_names_line(text, entry);
  return epmd::encode_listing(port.value(), text);
}

}  // namespace

TEST_CASE("name list: the names of epmd, the newest first", "[node]") {
  net::Loop loop;
  PortMapper epmd{loop};
  CHECK(names_of(loop, epmd.port()).empty());
  std::vector<std::unique_ptr<net::TcpStream>> nodes;
  for (std::uint16_t port = 1; port <= 3; ++port) {
    auto& stream = *nodes.emplace_back(std::make_unique<net::TcpStream>(loop));
    stream.connect(net::Address::loopback(net::Address::Family::v4, epmd.port()), [&](Outcome) {
      epmd::NodeEntry entry;
      entry.name = "n" + std::to_string(port);
      entry.port = Port{port};
      stream.start({});
      stream.write(epmd::encode(epmd::Request{epmd::Alive2{entry}}));
    });
    turn_until(loop, [&] { return epmd.names().size() == port; });
  }
  CHECK(names_of(loop, epmd.port()) == "n3 3, n2 2, n1 1");
  // The first address of both.test is IPv6, on which nobody listens.
  CHECK(names_of(loop, epmd.port(), "both.test", net::Milliseconds{60'000}, net::Address::Family::v6) ==
        "n3 3, n2 2, n1 1");
}

TEST_CASE("name list: no epmd, one that never answers, and one that has another port", "[node]") {
  net::Loop loop;
  CHECK(names_of(loop, closed_port()) == "no_epmd");
  FalsePortMapper silent{loop, {}, false};
  CHECK(names_of(loop, silent.port(), "127.0.0.1", net::Milliseconds{50}) == "timeout");
  FalsePortMapper other{loop, listing_of(Port{1}), true};
  CHECK(names_of(loop, other.port()) == "unexpected");
  CHECK(names_of(loop, other.port(), "nobody.test") == "unknown_host");
}

TEST_CASE("name list: a question that is destroyed is not answered", "[node]") {
  net::Loop loop;
  PortMapper epmd{loop};
  auto question = std::make_unique<EpmdNames>(loop, "127.0.0.1", epmd.port(), net::Address::Family::v4,
                                              net::Milliseconds{60'000},
                                              [](auto) { FAIL("a destroyed question was answered"); });
  loop.turn(true);
  question.reset();
  CHECK(names_of(loop, epmd.port()).empty());
}

}  // namespace noderuntime
