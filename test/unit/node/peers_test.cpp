// Claims about Peers: connections between two nodes over loopback sockets, with faults that a relay makes.
#include "noderuntime/node/peers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "noderuntime/term/pace.h"
#include "test/unit/node/sides.h"
#include "test/unit/paced.h"

namespace noderuntime {
namespace {

using namespace test;
using Strings = std::vector<std::string>;

struct Two {
  net::Loop loop;
  Side a{loop, "a@localhost"}, b{loop, "b@localhost"};
  Two() {
    a.set_address(b.self.name, b.address());
    b.set_address(a.self.name, a.address());
  }
  template <class Condition>
  void until(Condition condition) {
    turn_until(loop, condition);
  }
  void connect() {
    REQUIRE(a.connect_and_wait(b.self.name) == "ok");
    until([&] { return b.peers.connected(a.self.name); });
  }
};

// Two nodes; a reaches b through a relay.
struct Relayed : Two {
  Relay relay{loop, b.address()};
  Relayed() { a.set_address(b.self.name, relay.address()); }
};

// The bytes that b sends in a handshake: its status, its challenge, and the digest that proves it.
constexpr std::size_t status_bytes = 2 + 3, challenge_bytes = 2 + 19 + std::string_view{"b@localhost"}.size(),
                      digest_bytes = 2 + 17;
constexpr std::size_t handshake_bytes = status_bytes + challenge_bytes + digest_bytes;

}  // namespace

TEST_CASE("peers: two nodes are connected, and what one sends the other gets in order", "[node]") {
  Two two;
  two.connect();
  for (auto* text : {"1", "{two,[2]}", "three"}) two.a.send_text(two.b.self.name, text);
  two.b.send_text(two.a.self.name, "back");
  two.until([&] { return two.b.got.size() == 3 && two.a.got.size() == 1; });
  CHECK(two.b.got == Strings{"1", "{two,[2]}", "three"});
  CHECK(two.a.got == Strings{"back"});
  CHECK(two.a.events == Strings{"up b@localhost"});
  CHECK(two.b.events == Strings{"up a@localhost"});
  CHECK(two.a.peers.creation_of(two.b.self.name) == Creation{5});
  CHECK(two.a.peers.connected(true) == std::vector{two.b.self.name});
  CHECK(two.a.peers.takes_spawn_requests(two.b.self.name));
}

TEST_CASE("peers: a second request for the same connection succeeds with the first", "[node]") {
  Two two;
  const auto &first = two.a.connect(two.b.self.name), &second = two.a.connect(two.b.self.name);
  two.until([&] { return first == "ok" && second == "ok"; });
  CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
  CHECK(two.a.events == Strings{"up b@localhost"});
}

TEST_CASE("peers: a node is connected to itself", "[node]") {
  Two two;
  CHECK(two.a.connect_and_wait(two.a.self.name) == "ok");
  CHECK(two.a.events.empty());
}

TEST_CASE("peers: two nodes that call each other have one connection, whoever calls later", "[node]") {
  for (bool a_calls_first : {true, false}) {
    for (int turns_between = 0; turns_between < 30; ++turns_between) {
      Two two;
      auto &first = a_calls_first ? two.a : two.b, &second = a_calls_first ? two.b : two.a;
      const auto& told_first = first.connect(second.self.name);
      for (int i = 0; i < turns_between; ++i) two.loop.turn(false);
      const auto& told_second = second.connect(first.self.name);
      two.until([&] { return told_first != "none yet" && told_second != "none yet"; });
      CHECK(told_first == "ok");
      CHECK(told_second == "ok");
      first.send_text(second.self.name, "to_second");
      second.send_text(first.self.name, "to_first");
      two.until([&] { return !first.got.empty() && !second.got.empty(); });
      CHECK(first.events.size() == 1);
      CHECK(second.events.size() == 1);
    }
  }
}

TEST_CASE("peers: a wrong cookie is refused, and the right one is taken afterwards", "[node]") {
  Two two;
  two.a.configuration.cookie = "wrong";
  CHECK(two.a.connect_and_wait(two.b.self.name) == "bad_cookie");
  CHECK(two.a.events == Strings{"failed b@localhost bad_cookie"});
  CHECK_FALSE(two.a.peers.any_connected());
  CHECK(two.b.events.empty());
  two.a.configuration.peer_cookies["b@localhost"] = "secret";
  CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
}

TEST_CASE("peers: a node with another name than the expected one is refused", "[node]") {
  Two two;
  two.a.set_address(Atom::of("c@localhost"), two.b.address());
  CHECK(two.a.connect_and_wait(Atom::of("c@localhost")) == "wrong_node");
  CHECK(two.b.events.empty());
}

TEST_CASE("peers: a peer that closes anywhere in the handshake is an error, and the next attempt succeeds",
          "[node]") {
  for (std::size_t passed = 0; passed < handshake_bytes; ++passed) {
    Relayed two;
    two.relay.pass_only(passed, Relay::Then::closes);
    INFO(passed);
    CHECK(two.a.connect_and_wait(two.b.self.name) != "ok");
    CHECK(two.relay.passed() == passed);
    CHECK(two.a.events.size() == 1);
    CHECK_FALSE(two.a.peers.any_connected());
    two.until([&] { return !two.b.peers.any_connected(); });
    two.relay.pass_only(SIZE_MAX, Relay::Then::closes);
    CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
    two.a.send_text(two.b.self.name, "hello");
    two.until([&] { return !two.b.got.empty(); });
  }
}

TEST_CASE("peers: a peer that falls silent in the handshake is given up after setup_time", "[node]") {
  for (std::size_t passed : {std::size_t{0}, status_bytes, status_bytes + challenge_bytes}) {
    Relayed two;
    two.a.configuration.setup_time =
        net::Milliseconds{250};  // enough for the steps before, also on a busy machine
    two.relay.pass_only(passed, Relay::Then::is_silent);
    CHECK(two.a.connect_and_wait(two.b.self.name) == "timeout");
    CHECK(two.relay.passed() == passed);
    CHECK(two.a.events == Strings{"failed b@localhost timeout"});
  }
}

TEST_CASE("peers: a caller that says nothing is closed after setup_time", "[node]") {
  Two two;
  two.a.configuration.setup_time = net::Milliseconds{100};
  net::TcpStream caller{two.loop};
  bool closed = false;
  caller.connect(two.a.address(), [&](Outcome outcome) {
    REQUIRE(outcome);
    caller.start({.ended = [&](Error) { closed = true; }});
  });
  two.until([&] { return closed; });
  CHECK(two.a.events.empty());
}

TEST_CASE("peers: a peer that prefers its own call, but does not make it, is given up after setup_time",
          "[node]") {
  Two two;  // b has the greater name, so it refuses a's attempt while its own attempt runs
  Relay silent{two.loop, two.a.address()};
  silent.pass_only(0, Relay::Then::is_silent);
  two.b.set_address(two.a.self.name, silent.address());
  two.b.connect(two.a.self.name);
  two.until([&] { return silent.calls() == 1; });
  two.a.configuration.setup_time = net::Milliseconds{100};
  CHECK(two.a.connect_and_wait(two.b.self.name) == "timeout");
}

TEST_CASE("peers: above the most unproved callers the oldest one is closed", "[node]") {
  Two two;
  two.b.configuration.incoming_handshakes = 2;
  struct Caller {
    std::unique_ptr<net::TcpStream> stream;
    bool connected = false, closed = false;
  };
  Caller callers[3];
  for (auto& caller : callers) {
    caller.stream = std::make_unique<net::TcpStream>(two.loop);
    caller.stream->connect(two.b.address(), [&](Outcome) {
      caller.connected = true;
      caller.stream->start({.ended = [&](Error) { caller.closed = true; }});
    });
    two.until([&] { return caller.connected; });
  }
  two.until([&] { return callers[0].closed; });
  CHECK_FALSE(callers[1].closed);
  CHECK_FALSE(callers[2].closed);
  callers[1].stream.reset();
  two.connect();
}

TEST_CASE("peers: a node that comes back replaces its dead connection", "[node]") {
  Two two;
  two.connect();
  Side again{two.loop, "a@localhost", 6};
  again.set_address(two.b.self.name, two.b.address());
  CHECK(again.connect_and_wait(two.b.self.name) == "ok");
  two.until([&] { return two.b.events.size() == 3; });
  CHECK(two.b.events == Strings{"up a@localhost", "down a@localhost other_connection", "up a@localhost"});
  CHECK(two.b.peers.creation_of(again.self.name) == Creation{6});
  two.b.send_text(again.self.name, "to_the_new_one");
  two.until([&] { return !again.got.empty(); });
  CHECK(two.a.got.empty());
}

TEST_CASE("peers: a node without a name is given one by the first peer", "[node]") {
  Two two;
  Side nameless{two.loop, ""};
  nameless.set_address(two.b.self.name, two.b.address());
  CHECK(nameless.connect_and_wait(two.b.self.name) == "ok");
  CHECK(nameless.events == Strings{"named", "hidden up b@localhost"});  // as on OTP, such a node is hidden
  CHECK(nameless.self.name.text().size() == 12 + std::string_view{"@localhost"}.size());
  nameless.send_text(two.b.self.name, "hello");
  two.until([&] { return !two.b.got.empty(); });
  CHECK(two.b.peers.connected(nameless.self.name));
}

TEST_CASE("peers: names that were given are given again, with other creations, when their nodes are gone",
          "[node]") {
  Two two;
  std::set<std::string> names;
  std::set<std::uint32_t> creations;
  for (int round = 0; round < 5; ++round) {
    Side nameless{two.loop, ""}, another{two.loop, ""};
    for (auto* side : {&nameless, &another}) {
      side->set_address(two.b.self.name, two.b.address());
      REQUIRE(side->connect_and_wait(two.b.self.name) == "ok");
      names.emplace(side->self.name.text());
      creations.insert(two.b.peers.creation_of(side->self.name)->value());
    }
    two.b.peers.disconnect(nameless.self.name);
    another.peers.disconnect(two.b.self.name);
    two.until([&] { return !two.b.peers.connected(another.self.name); });
  }
  CHECK(names.size() == 2);
  CHECK(creations.size() == 10);
}

TEST_CASE("peers: a name that was given to a caller without the cookie is forgotten", "[node]") {
  Two two;
  auto before = atom_count();
  for (int round = 0; round < 5; ++round) {
    Side nameless{two.loop, ""};
    nameless.configuration.cookie = "another";
    nameless.set_address(two.b.self.name, two.b.address());
    CHECK(nameless.connect_and_wait(two.b.self.name) != "ok");
  }
  CHECK(atom_count() == before);
}

TEST_CASE("peers: a caller that no rule allows is refused with a line; we may still call it", "[node]") {
  Two two;
  auto allow = [&](const std::string& rule) {
    two.b.configuration.allow_list = *membership::AllowList::parse({"x@y", rule});
  };
  allow("192.0.2.0/24");
  CHECK(two.a.connect_and_wait(two.b.self.name) == "not_allowed");
  Strings warnings;
  for (auto& note : two.b.notes)
    if (note.find("--allow") != note.npos) warnings.push_back(note);
  CHECK(warnings ==
        Strings{"a@localhost from 127.0.0.1 is not allowed: --allow 127.0.0.1 or --allow @localhost "
                "lets it in"});
  CHECK(two.b.events.empty());
  CHECK(two.b.connect_and_wait(two.a.self.name) == "ok");
  two.b.peers.disconnect(two.a.self.name);
  two.until([&] { return !two.a.peers.connected(two.b.self.name); });
  for (auto* rule : {"a@localhost", "@localhost", "127.0.0.0/8"}) {
    allow(rule);
    two.connect();
    two.b.peers.disconnect(two.a.self.name);
    two.until([&] { return !two.a.peers.connected(two.b.self.name); });
  }
}

TEST_CASE("peers: a node that asks for a name is allowed by its host or address", "[node]") {
  net::Loop loop;
  Side b{loop, "b@localhost"};
  auto outcome = [&](const std::string& rule) {
    b.configuration.allow_list = *membership::AllowList::parse({rule});
    Side nameless{loop, ""};
    nameless.set_address(b.self.name, b.address());
    return std::string{nameless.connect_and_wait(b.self.name)};
  };
  CHECK(outcome("a@localhost") == "not_allowed");
  CHECK(outcome("192.0.2.0/24") == "not_allowed");
  CHECK(outcome("@localhost") == "ok");
  CHECK(outcome("127.0.0.1") == "ok");
}

TEST_CASE("peers: a hidden node is connected, but not visible", "[node]") {
  Two two;
  two.a.configuration.hidden = true;
  two.connect();
  CHECK(two.b.events == Strings{"hidden up a@localhost"});
  CHECK(two.b.peers.connected(true).empty());
  CHECK(two.b.peers.connected(false) == std::vector{two.a.self.name});
}

TEST_CASE("peers: signals that are sent before the connection is up arrive in order", "[node]") {
  Two two;
  for (auto* text : {"1", "2", "3"}) two.a.send_text(two.b.self.name, text);
  CHECK(two.b.got.empty());
  two.until([&] { return two.b.got.size() == 3; });
  CHECK(two.b.got == Strings{"1", "2", "3"});
}

TEST_CASE("peers: what is sent as soon as the connection is up arrives behind what waited for it", "[node]") {
  Two two;
  two.a.when_up = [&](Atom node) { two.a.send_text(node, "3"); };
  for (auto* text : {"1", "2"}) two.a.send_text(two.b.self.name, text);
  two.until([&] { return two.b.got.size() == 3; });
  CHECK(two.b.got == Strings{"1", "2", "3"});
}

TEST_CASE("peers: above busy_signals senders wait for the connection, above pending_signals signals are lost",
          "[node]") {
  Two two;
  two.a.configuration.busy_signals = 2;
  two.a.configuration.pending_signals = 4;
  std::vector<bool> waits;
  for (std::size_t size = 1; size <= 6; ++size) waits.push_back(two.a.send(two.b.self.name, size));
  CHECK(waits == std::vector{false, false, true, true, true, true});
  two.until([&] { return two.a.events.size() == 2; });
  CHECK(two.a.events == Strings{"up b@localhost", "drained b@localhost"});
  two.a.send_text(two.b.self.name, "later");
  two.until([&] { return !two.b.got.empty() && two.b.got.back() == "later"; });
  CHECK(two.b.got == Strings{"1", "2", "3", "4", "later"});
}

TEST_CASE("peers: senders wait above busy_bytes, until the peer has read", "[node]") {
  Two two;
  two.a.configuration.busy_bytes = 64 << 10;
  two.connect();
  Pid sender{two.a.self, 1};
  constexpr std::size_t size = 16 << 10;
  std::size_t sent = 0;
  while (!two.a.send(two.b.self.name, size)) REQUIRE(++sent < 100'000);
  ++sent;
  CHECK(two.a.peers.busy(two.b.self.name, sender));
  CHECK(two.a.held(two.b.self.name) > two.a.configuration.busy_bytes);
  two.until([&] { return two.a.events.back() == "drained b@localhost"; });
  CHECK_FALSE(two.a.peers.busy(two.b.self.name, sender));
  two.until([&] { return two.b.got.size() == sent; });
  CHECK(two.b.got == Strings(sent, std::to_string(size)));
  CHECK(two.a.held(two.b.self.name) == 0);
}

TEST_CASE("peers: a large message holds back its own sender, and no other", "[node]") {
  Two two;
  two.connect();
  Pid writer{two.a.self, 1}, other{two.a.self, 2};
  std::size_t large = 64 << 20;
  CHECK(two.a.send(two.b.self.name, large, writer.id));
  CHECK_FALSE(two.a.peers.busy(two.b.self.name, other));
  two.a.send(two.b.self.name, 7, other.id);
  two.until([&] { return two.b.got.size() == 2; });
  CHECK(two.b.got == Strings{"7", std::to_string(large)});
}

TEST_CASE("peers: a peer that reads nothing is closed above max_output", "[node]") {
  Relayed two;
  two.a.configuration.max_output = 4 << 20;
  two.connect();
  two.relay.stop_reading_the_caller();
  for (int i = 0; two.a.peers.connected(two.b.self.name); ++i) {
    REQUIRE(i < 10'000);
    two.a.send(two.b.self.name, 16 << 10);
    two.loop.turn(false);
  }
  CHECK(two.a.events.back() == "down b@localhost too_large");
}

TEST_CASE("peers: a connection is ended while output waits, and the next one carries only what is new",
          "[node]") {
  Two two;
  two.connect();
  two.a.send(two.b.self.name, 64 << 20);
  CHECK(two.a.held(two.b.self.name) > 0);
  two.a.peers.disconnect(two.b.self.name);
  CHECK(two.a.held(two.b.self.name) == 0);
  CHECK(two.a.events == Strings{"up b@localhost", "down b@localhost connection_closed"});
  two.until([&] { return two.b.events.size() == 2; });
  CHECK_FALSE(two.b.peers.any_connected());
  CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
  two.a.send_text(two.b.self.name, "new");
  two.until([&] { return !two.b.got.empty(); });
  CHECK(two.b.got == Strings{"new"});
}

TEST_CASE("peers: a connection may be ended as soon as it is up", "[node]") {
  for (bool by_caller : {true, false}) {
    Two two;
    auto& ender = by_caller ? two.a : two.b;
    ender.when_up = [&](Atom node) { ender.peers.disconnect(node); };
    two.a.connect_and_wait(two.b.self.name);
    two.until([&] { return !two.a.peers.any_connected() && ender.events.size() == 2; });
    CHECK(ender.events[0].starts_with("up "));
    CHECK(ender.events[1].starts_with("down "));
    ender.when_up = [](Atom) {};
    two.until([&] { return !two.b.peers.any_connected(); });
    two.connect();
  }
}

TEST_CASE("peers: a node that ends at any moment of an attempt leaves the other one in order", "[node]") {
  for (int turns = 0; turns < 25; ++turns) {
    Two two;
    auto ending = std::make_unique<Side>(two.loop, "c@localhost");
    auto name = ending->self.name;
    ending->set_address(two.b.self.name, two.b.address());
    ending->connect(two.b.self.name);
    for (int i = 0; i < turns; ++i) two.loop.turn(false);
    ending.reset();
    two.connect();
    two.until([&] { return !two.b.peers.connected(name); });
    CHECK(two.b.peers.connected(true) == std::vector{two.a.self.name});
  }
}

TEST_CASE("peers: an attempt that is cancelled has failed", "[node]") {
  Two two;
  const auto& told = two.a.connect(two.b.self.name);
  two.a.peers.disconnect(two.b.self.name);
  two.until([&] { return told != "none yet"; });
  CHECK(told == "connection_closed");
  CHECK(two.a.events == Strings{"failed b@localhost connection_closed"});
  two.connect();
}

TEST_CASE("peers: what was sent before the output is finished arrives before the end", "[node]") {
  Two two;
  two.connect();
  two.a.send(two.b.self.name, 8 << 20);
  two.a.send_text(two.b.self.name, "last");
  two.a.peers.finish_output();
  two.until([&] { return !two.b.peers.any_connected(); });
  CHECK(two.b.got == Strings{std::to_string(8 << 20), "last"});
  two.until([&] { return !two.a.peers.any_connected(); });
}

TEST_CASE("peers: idle nodes keep their connection by ticks", "[node]") {
  Relayed two;
  two.a.configuration.net_ticktime = two.b.configuration.net_ticktime = std::chrono::seconds{1};
  two.connect();
  auto before = two.relay.passed();
  constexpr std::size_t tick_bytes = 4, looks_beyond_ticktime = 5;
  two.until([&] { return two.relay.passed() >= before + looks_beyond_ticktime * tick_bytes; });
  CHECK(two.a.peers.connected(two.b.self.name));
  CHECK(two.b.peers.connected(two.a.self.name));
  CHECK(two.a.got.empty());
}

TEST_CASE("peers: a peer that does not tick is down after net_ticktime", "[node]") {
  Relayed two;
  two.a.configuration.net_ticktime = std::chrono::seconds{1};
  two.connect();
  two.relay.pass_only(0, Relay::Then::is_silent);
  two.until([&] { return !two.a.peers.any_connected(); });
  CHECK(two.a.events.back() == "down b@localhost timeout");
}

TEST_CASE("peers: a message above max_message ends the connection", "[node]") {
  Two two;
  two.b.configuration.max_message = 64 << 10;
  two.connect();
  two.a.send(two.b.self.name, 1 << 20);
  two.until([&] { return !two.b.peers.any_connected(); });
  CHECK(two.b.events.back() == "down a@localhost too_large");
  CHECK(two.b.got.empty());
}

TEST_CASE("peers: a signal to what is no name of a node tells that the node is down", "[node]") {
  Two two;
  two.a.send_text(Atom::of("nonsense"), "1");
  CHECK(two.a.events.empty());
  two.until([&] { return !two.a.events.empty(); });
  CHECK(two.a.events == Strings{"failed nonsense bad_node_name"});
}

TEST_CASE("peers: each signal is traced with its direction and its node", "[node]") {
  Two two;
  Strings traced;
  two.a.configuration.trace = [&](std::string_view line) { traced.emplace_back(line.substr(0, 14)); };
  two.connect();
  two.a.send_text(two.b.self.name, "1");
  two.b.send_text(two.a.self.name, "2");
  two.until([&] { return !two.a.got.empty(); });
  CHECK(traced == Strings{"-> b@localhost", "<- b@localhost"});
}

namespace {

// A list of so many integers, as an own term.
OwnedTerm numbers(std::int64_t count) {
  Heap heap;
  std::vector<Term> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(Term::small(i));
  return OwnedTerm::copy_of(make_list(heap, all));
}
void send(Side& from, const Side& to, Term term) {
  from.peers.send(to.self.name, signal::Message{Pid{from.self, 1}, Atom::of("sink"), term});
  from.peers.flush();
}
constexpr std::int64_t many_numbers = 500'000;
std::string brief(const std::string& text) { return text.size() > 100 ? "long" : text; }
Strings brief(Strings texts) {
  for (auto& text : texts) text = brief(text);
  return texts;
}

}  // namespace

TEST_CASE("peers: while a long message is decoded, others are served, and what is behind it stays there",
          "[node]") {
  Two two;
  Side c{two.loop, "c@localhost"};
  c.set_address(two.b.self.name, two.b.address());
  two.connect();
  REQUIRE(c.connect_and_wait(two.b.self.name) == "ok");
  auto term = numbers(many_numbers);
  for (int round = 0; round < 3; ++round) {
    send(two.a, two.b, Term::small(round));
    send(two.a, two.b, term.term());
    send(two.a, two.b, Term::small(round + 10));
  }
  std::size_t asked = 0, answered_early = 0;
  two.until([&] {
    bool decodes = two.b.slices > 0 && two.b.got.size() < 9 + asked;
    if (decodes && asked < 50 &&
        std::ranges::count(two.b.got, "ping") == static_cast<std::ptrdiff_t>(asked)) {
      ++asked;
      c.send_text(two.b.self.name, "ping");
    }
    if (std::ranges::count(two.b.got, "12") == 0) answered_early = asked;
    return std::ranges::count(two.b.got, "12") == 1;
  });
  CHECK(two.b.slices > 20);
  CHECK(answered_early > 5);
  auto from_a = two.b.got;
  std::erase(from_a, "ping");
  CHECK(brief(from_a) == Strings{"0", "long", "10", "1", "long", "11", "2", "long", "12"});
  two.until([&] { return std::ranges::count(two.b.got, "ping") == static_cast<std::ptrdiff_t>(asked); });
}

TEST_CASE("peers: a connection that ends while a long message of it is decoded takes that along", "[node]") {
  enum class By { us, peer, memory };
  for (auto by : {By::us, By::peer, By::memory}) {
    auto held = held_memory.used();
    {
      Two two;
      two.connect();
      send(two.a, two.b, numbers(many_numbers).term());
      two.until([&] { return two.b.slices > 2; });
      CHECK(two.b.held(two.a.self.name) > 1'000'000);
      if (by == By::us) two.b.peers.disconnect(two.a.self.name);
      if (by == By::peer) two.a.peers.disconnect(two.b.self.name);
      if (by == By::memory) two.b.peers.end_soon(two.a.self.name, "it holds too much");
      two.until([&] { return two.b.events.size() == 2; });
      if (by == By::peer)  // what had arrived before the end counts
        CHECK(two.b.got.size() == 1);
      else
        CHECK(two.b.got.empty());
      two.a.events.clear();
      if (by != By::peer) two.until([&] { return !two.a.peers.any_connected(); });
      CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
      two.a.send_text(two.b.self.name, "again");
      two.until([&] { return !two.b.got.empty() && two.b.got.back() == "again"; });
    }
    CHECK(held_memory.used() < held + 1'000'000);
  }
}

TEST_CASE("peers: a long message is encoded in slices, and others send meanwhile", "[node]") {
  Two two;
  two.connect();
  auto term = numbers(many_numbers);
  SignalBody message = signal::Message{Pid{two.a.self, 1}, Atom::of("sink"), term.term()};
  int sent = 0;
  {
    Paced paced{[&] {
      SignalBody other = signal::Message{Pid{two.a.self, 2}, Atom::of("sink"), Term::small(++sent)};
      two.a.peers.send(two.b.self.name, other);
    }};
    MayPause here;
    two.a.peers.send(two.b.self.name, message);
    CHECK(paced.pauses() > 10);
    CHECK(paced.overdrawn() < 2 * Paced::slice);
  }
  two.a.peers.flush();
  two.until([&] { return two.b.got.size() == static_cast<std::size_t>(sent) + 1; });
  CHECK(brief(two.b.got.back()) == "long");
  CHECK(two.b.got.front() == "1");
}

TEST_CASE("peers: a connection that ends while a message to it is encoded loses the message", "[node]") {
  Two two;
  two.connect();
  auto term = numbers(many_numbers);
  SignalBody message = signal::Message{Pid{two.a.self, 1}, Atom::of("sink"), term.term()};
  {
    Paced paced{[&] { two.a.peers.disconnect(two.b.self.name); }};
    MayPause here;
    CHECK_FALSE(two.a.peers.send(two.b.self.name, message));
    CHECK(paced.pauses() > 10);
  }
  two.a.peers.flush();
  two.until([&] { return !two.b.peers.any_connected(); });
  CHECK(two.b.got.empty());
  CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
  {
    Paced paced;
    paced.cancel_at(3);  // the sender is killed
    MayPause here;
    CHECK_THROWS_AS(two.a.peers.send(two.b.self.name, message), ProcessCancelled);
  }
  two.a.send_text(two.b.self.name, "next");
  two.until([&] { return !two.b.got.empty(); });
  CHECK(two.b.got == Strings{"next"});
}

}  // namespace noderuntime
