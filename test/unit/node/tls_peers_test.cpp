// Claims about Peers whose connections are TLS: over loopback sockets, with faults that a relay makes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "test/unit/catch.h"
#include "test/unit/node/sides.h"
#include "test/unit/tls/certificates.h"

namespace noderuntime {
namespace {

using namespace test;
using Strings = std::vector<std::string>;

// Credentials with this certificate, in both roles.
std::shared_ptr<const tls::Credentials> credentials_with(const std::string& certificate,
                                                         const std::string& versions = "",
                                                         bool check_names = false) {
  auto settings = settings_with(certificate);
  auto made = tls::Credentials::load({.enabled = true,
                                      .certificate = settings.certificate_file,
                                      .key = settings.key_file,
                                      .authorities = settings.authorities_file,
                                      .versions = versions,
                                      .check_names = check_names});
  REQUIRE(made.ok());
  return *made;
}

struct Two {
  net::Loop loop;
  Side a, b;
  explicit Two(std::shared_ptr<const tls::Credentials> of_a = credentials_with("a"),
               std::shared_ptr<const tls::Credentials> of_b = credentials_with("a"))
      : a{loop, "a@localhost", 5, std::move(of_a)}, b{loop, "b@localhost", 5, std::move(of_b)} {
    a.set_address(b.self.name, b.address());
    b.set_address(a.self.name, a.address());
  }
  template <class Condition>
  void until(Condition condition) {
    turn_until(loop, condition);
  }
};

struct Relayed : Two {
  Relay relay{loop, b.address()};
  Relayed() { a.set_address(b.self.name, relay.address()); }
};

bool has(const Strings& lines, std::string_view part) {
  return std::any_of(lines.begin(), lines.end(), [&](auto& line) { return line.find(part) != line.npos; });
}

}  // namespace

TEST_CASE("tls peers: messages of all sizes arrive in order, in both directions", "[node]") {
  for (auto* version : {"1.2", "1.3"}) {
    auto credentials = credentials_with("a", version);
    Two two{credentials, credentials};
    REQUIRE(two.a.connect_and_wait(two.b.self.name) == "ok");
    Strings sizes;
    for (std::size_t size : {0u, 1u, 16'383u, 16'384u, 16'385u, 70'000u, 3'000'000u, 5u}) {
      two.a.send(two.b.self.name, size);
      two.b.send(two.a.self.name, size);
      sizes.push_back(std::to_string(size));
    }
    auto arrived = [&](Side& side) {
      side.peers.flush();
      return side.got.size() == sizes.size();
    };
    two.until([&] { return arrived(two.a) & arrived(two.b); });
    std::sort(sizes.begin(), sizes.end());  // fragments of a large message let small ones overtake it
    for (auto* side : {&two.a, &two.b}) {
      std::sort(side->got.begin(), side->got.end());
      CHECK(side->got == sizes);
    }
  }
}

TEST_CASE("tls peers: two nodes that call each other have one connection, whoever calls later", "[node]") {
  auto credentials = credentials_with("a");
  for (int turns_between = 0; turns_between < 40; turns_between += 3) {
    Two two{credentials, credentials};
    const auto& told_a = two.a.connect(two.b.self.name);
    for (int i = 0; i < turns_between; ++i) two.loop.turn(false);
    const auto& told_b = two.b.connect(two.a.self.name);
    two.until([&] { return told_a != "none yet" && told_b != "none yet"; });
    CHECK(told_a == "ok");
    CHECK(told_b == "ok");
    CHECK(two.a.events.size() == 1);
    CHECK(two.b.events.size() == 1);
  }
}

TEST_CASE(
    "tls peers: a connection that ends anywhere in the handshakes is an error, and the next one succeeds",
    "[node]") {
  std::size_t whole = 0;
  for (std::size_t bytes = 0; bytes < 4'000; bytes += bytes < 1'200 ? 150 : 400) {
    Relayed two;
    two.relay.pass_only(bytes, Relay::Then::closes);
    auto told = two.a.connect_and_wait(two.b.self.name);
    CAPTURE(bytes, told);
    if (told == "ok") {
      whole = bytes;
      break;
    }
    CHECK((told == "connection_closed" || told == "system" || told == "bad_cookie"));
    two.relay.pass_only(SIZE_MAX, Relay::Then::closes);
    CHECK(two.a.connect_and_wait(two.b.self.name) == "ok");
  }
  CHECK(whole > 1'000);
}

TEST_CASE("tls peers: a peer that is silent anywhere in the handshakes is a timeout", "[node]") {
  for (std::size_t bytes : {0u, 300u, 700u}) {  // inside of the first flight of TLS
    Relayed two;
    two.a.configuration.setup_time = two.b.configuration.setup_time = std::chrono::milliseconds{200};
    two.relay.pass_only(bytes, Relay::Then::is_silent);
    CHECK(two.a.connect_and_wait(two.b.self.name) == "timeout");
  }
}

TEST_CASE("tls peers: where only one side speaks TLS, both are told at once", "[node]") {
  Two from_plain{nullptr};
  CHECK(from_plain.a.connect_and_wait(from_plain.b.self.name) == "tls_peer");
  from_plain.until([&] { return has(from_plain.b.notes, "does not speak TLS"); });
  Two to_plain{credentials_with("a"), nullptr};
  CHECK(to_plain.a.connect_and_wait(to_plain.b.self.name) == "plain_peer");
  to_plain.until([&] { return has(to_plain.b.notes, "the peer speaks TLS"); });
}

TEST_CASE("tls peers: a certificate that is refused is told on both sides, whoever refuses it", "[node]") {
  for (auto* version : {"1.2", "1.3"}) {
    Two server{credentials_with("a", version), credentials_with("foreign", version)};
    CHECK(server.a.connect_and_wait(server.b.self.name) == "certificate_untrusted");
    server.until([&] { return has(server.b.notes, "unknown authority: ours, says the peer"); });
    Two client{credentials_with("foreign", version), credentials_with("a", version)};
    CHECK(client.a.connect_and_wait(client.b.self.name) == "certificate_untrusted");
    client.until([&] { return has(client.b.notes, "unknown authority: the peer's"); });
    CHECK(client.b.events.empty());
  }
}

TEST_CASE("tls peers: a wrong cookie is refused inside of TLS", "[node]") {
  Two two;
  two.a.configuration.cookie = "wrong";
  CHECK(two.a.connect_and_wait(two.b.self.name) == "bad_cookie");
}

TEST_CASE("tls peers: names are compared with certificates only where this is wanted", "[node]") {
  Two strict{credentials_with("b"), credentials_with("a", "", true)};  // the certificate b is for b.example
  CHECK(strict.a.connect_and_wait(strict.b.self.name) == "not_allowed");
  CHECK(strict.b.events.empty());
  CHECK(has(strict.b.notes, "not localhost: b.example b"));
  Two lenient{credentials_with("b"), credentials_with("a")};
  CHECK(lenient.a.connect_and_wait(lenient.b.self.name) == "ok");
}

// Two ends of one connection, whose handshake of TLS is finished.
struct Streams {
  net::Loop loop;
  Transport transport{loop, credentials_with("a")};
  std::unique_ptr<net::TcpListener> listener;
  std::unique_ptr<TlsStream> caller, called;

  Streams() {
    int secured = 0;
    auto on_secured = [&](const Outcome& outcome) { secured += outcome ? 1 : 0; };
    listener = *net::TcpListener::open(loop, any_port, {}, [&](auto accepted) {
      called = transport.server(std::move(accepted));
      called->secure(on_secured);
    });
    auto tcp = std::make_unique<net::TcpStream>(loop);
    tcp->connect(*listener->local(), [](const Outcome&) {});
    auto* connecting = tcp.get();
    turn_until(loop, [&] { return called != nullptr && connecting->peer().ok(); });
    caller = transport.client(std::move(tcp), "localhost");
    caller->secure(on_secured);
    turn_until(loop, [&] { return secured == 2; });
  }
};

TEST_CASE("tls stream: output of any size is encrypted in slices, and arrives as it is", "[node]") {
  constexpr std::size_t megabyte = std::size_t{1} << 20, size = 24 * megabyte, slice = megabyte + 64 * 1024;
  Streams two;
  Buffer sent(size), received;
  for (std::size_t i = 0; i < size; ++i) sent[i] = static_cast<Byte>(i * 31 + i / 251);
  int drained = 0;
  bool ended = false;
  two.called->start({.read = [&](Bytes bytes) { append(received, bytes); },
                     .drained = {},
                     .ended = [&](Error error) { ended = error.code == Errc::connection_closed; },
                     .space = {}});
  two.caller->start({.read = {}, .drained = [&] { ++drained; }, .ended = {}, .space = {}});
  auto before = held_memory.used();
  two.caller->write(Buffer{sent});
  CHECK(two.caller->pending_output() > size - slice);
  two.caller->write(Buffer{1, 2, 3});  // behind what rests
  two.caller->finish_output();
  std::size_t most_held = 0, most_in_a_turn = 0;
  auto turn = [&] {
    auto pending = two.caller->pending_output();
    two.loop.turn(false);
    most_in_a_turn = std::max(most_in_a_turn, pending - std::min(pending, two.caller->pending_output()));
    most_held = std::max(most_held, held_memory.used() - before);
  };
  turn_until(two.loop, [&] { return turn(), ended; });
  CHECK(most_held < slice + 64 * 1024);
  CHECK(most_in_a_turn < 4 * slice);
  CHECK(drained == 1);
  append(sent, Buffer{1, 2, 3});
  CHECK((received == sent));  // without printing them
}

TEST_CASE("tls stream: sessions are counted as long as they live", "[node]") {
  auto before = held_memory.used();
  {
    Streams two;
    CHECK(held_memory.used() - before >= 2 * tls::Session::typical_bytes);
    CHECK(two.caller->held_bytes() >= tls::Session::typical_bytes);
    CHECK(two.caller->held_bytes() < 2 * tls::Session::typical_bytes);
  }
  CHECK(held_memory.used() == before);
}

TEST_CASE("tls peers: what callers hold before they have proved the cookie is counted, and they can be ended",
          "[node]") {
  Two two;
  constexpr std::size_t callers = 20, bytes = 16'000;
  Buffer unfinished{0x16, 3, 1, 0x40, 0};  // a record of 16384 bytes
  unfinished.resize(bytes);
  std::vector<std::unique_ptr<net::TcpStream>> streams;
  std::size_t closed = 0;
  for (std::size_t i = 0; i < callers; ++i) {
    auto& stream = *streams.emplace_back(std::make_unique<net::TcpStream>(two.loop));
    stream.connect(two.b.address(), [&](const Outcome&) {
      stream.start({.read = {}, .drained = {}, .ended = [&](Error) { ++closed; }, .space = {}});
      stream.write(Buffer{unfinished});
    });
  }
  two.until([&] { return two.b.held(Atom{}) >= callers * bytes; });
  CHECK(held_memory.used() >= callers * bytes);
  REQUIRE(two.a.connect_and_wait(two.b.self.name) == "ok");
  CHECK(two.a.held(two.b.self.name) >= tls::Session::typical_bytes);

  two.b.peers.end_soon(Atom{}, "a test wants it");
  two.until([&] { return closed == callers; });
  CHECK(two.b.held(Atom{}) == 0);
  CHECK(has(two.b.notes, "the connections that have not proved the cookie end: a test wants it"));
  CHECK(two.b.peers.connected(two.a.self.name));
}

TEST_CASE("tls stream: a handshake that exceeds the bound of the program is told", "[node]") {
  net::Loop loop;
  int told = 0;
  Transport transport{loop, credentials_with("a"), [&] { ++told; }};
  std::unique_ptr<TlsStream> called;
  auto listener = *net::TcpListener::open(loop, any_port, {}, [&](auto accepted) {
    called = transport.server(std::move(accepted));
    called->secure([](const Outcome&) {});
  });
  net::TcpStream caller{loop};
  caller.connect(*listener->local(), [](const Outcome&) {});
  turn_until(loop, [&] { return called && caller.peer().ok(); });
  held_memory.set_bound(held_memory.used());
  caller.start({});
  caller.write(Buffer{0x16, 3, 1, 0x40, 0, 1});
  turn_until(loop, [&] { return told > 0; });
  held_memory.set_bound(HeldMemory::no_bound);
  CHECK(called->held_bytes() > 0);
}

TEST_CASE("tls peers: a node that is lost is told of", "[node]") {
  Two two;
  REQUIRE(two.a.connect_and_wait(two.b.self.name) == "ok");
  two.until([&] { return two.b.peers.connected(two.a.self.name); });
  two.b.peers.disconnect(two.a.self.name);
  two.until([&] { return two.a.events.size() == 2; });
  CHECK(two.a.events.back() == "down b@localhost connection_closed");
}

TEST_CASE("tls peers: while a long message is decoded, what is behind it waits, and comes in order",
          "[node]") {
  Two two;
  REQUIRE(two.a.connect_and_wait(two.b.self.name) == "ok");
  Heap heap;
  std::vector<Term> all;
  for (std::int64_t i = 0; i < 300'000; ++i) all.push_back(Term::small(i));
  Term list = make_list(heap, all);
  auto send = [&](Term term) {
    two.a.peers.send(two.b.self.name, signal::Message{Pid{two.a.self, 1}, Atom::of("sink"), term});
    two.a.peers.flush();
  };
  for (int round = 0; round < 3; ++round) {
    send(Term::small(round));
    send(list);
  }
  send(Term::small(3));
  two.until([&] { return two.b.got.size() == 7; });
  CHECK(two.b.slices > 10);
  for (std::size_t i = 0; i < 7; i += 2) CHECK(two.b.got[i] == std::to_string(i / 2));
}

}  // namespace noderuntime
