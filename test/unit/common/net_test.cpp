// Claims about the loop, timers, TCP and the other wrappers of common/net, over loopback sockets.
#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <new>
#include <optional>
#include <stdexcept>

#include "test/unit/catch.h"

#include "common/net/address_range.h"
#include "common/net/child_process.h"
#include "common/net/descriptor.h"
#include "common/net/dns.h"
#include "common/net/resolver.h"
#include "common/net/signals.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"

using namespace noderuntime;
using namespace noderuntime::net;
using std::chrono_literals::operator""ms;

namespace {
const auto loopback = Address::loopback(Address::Family::v4, Port{0});
const auto nobody = [](std::unique_ptr<TcpStream>) {};

// Turns the loop until `condition`; a test that waits in vain is ended by ctest.
template <class Condition>
void turn_until(Loop& loop, Condition condition) {
  while (!condition()) loop.turn(true);
}

// Two connected streams.
struct Pair {
  Loop& loop;
  std::unique_ptr<TcpStream> client = std::make_unique<TcpStream>(loop);
  std::unique_ptr<TcpStream> server;

  explicit Pair(Loop& on) : loop{on} {
    auto listener = *TcpListener::open(loop, loopback, {}, [&](auto stream) { server = std::move(stream); });
    bool connected = false;
    client->connect(*listener->local(), [&](Outcome outcome) { connected = outcome.ok(); });
    turn_until(loop, [&] { return connected && server; });
  }
};
}  // namespace

TEST_CASE("address: text goes in and comes out", "[net]") {
  CHECK(Address::parse("127.0.0.1", Port{80})->text() == "127.0.0.1:80");
  CHECK(Address::parse("::1", Port{80})->text() == "[::1]:80");
  for (auto bad : {"localhost", "127.1", "[::1]", "", "eth0", "1.2.3.4 ", "1.2.3.4%1"})
    CHECK_FALSE(Address::parse(bad, Port{1}));
}

TEST_CASE("address: IPv4 mapped into IPv6 is IPv4", "[net]") {
  auto mapped = *Address::parse("::ffff:127.0.0.2", Port{1});
  CHECK(mapped.is_loopback());
  CHECK(mapped.same_host(*Address::parse("127.0.0.2", Port{2})));
  CHECK_FALSE(mapped.same_host(*Address::parse("127.0.0.3", Port{1})));
  CHECK_FALSE(Address::parse("::ffff:128.0.0.1", Port{1})->is_loopback());
  CHECK(Address::parse("::1", Port{1})->is_loopback());
  CHECK_FALSE(Address::parse("::2", Port{1})->is_loopback());
  CHECK(Address::any(Address::Family::v6, Port{1}).is_any());
}

TEST_CASE("address range: it matches the addresses with its prefix", "[net]") {
  struct Case {
    const char* range;
    std::vector<const char*> inside, outside;
  };
  const Case cases[] = {
      {"10.0.0.0/8",
       {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"},
       {"9.255.255.255", "11.0.0.0", "::10"}},
      {"172.16.0.0/12", {"172.16.0.0", "172.31.255.255"}, {"172.15.255.255", "172.32.0.0"}},
      {"192.0.2.7", {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.6", "192.0.2.8"}},
      {"192.0.2.6/31", {"192.0.2.6", "192.0.2.7"}, {"192.0.2.5", "192.0.2.8"}},
      {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"}, {"::1", "fd00::1"}},
      {"::/0", {"::1", "fd00::1"}, {"1.2.3.4", "::ffff:1.2.3.4"}},
      {"fd00::/9", {"fd00::1", "fd7f:ffff::"}, {"fd80::", "fc00::"}},
      {"fe80::/64", {"fe80::1", "fe80::1%1"}, {"fe80:0:0:1::1"}},
      {"2001:db8::5/128", {"2001:db8::5"}, {"2001:db8::4"}},
      {"::ffff:10.0.0.0/104", {"10.1.2.3", "::ffff:10.1.2.3"}, {"11.0.0.0"}},
      {"::ffff:192.0.2.7", {"192.0.2.7"}, {"192.0.2.6"}},
  };
  for (const auto& row : cases) {
    INFO(row.range);
    auto range = AddressRange::parse(row.range);
    REQUIRE(range);
    for (auto* address : row.inside) CHECK(range->matches(*Address::parse(address, Port{9})));
    for (auto* address : row.outside) CHECK_FALSE(range->matches(*Address::parse(address, Port{9})));
  }
}

TEST_CASE("address range: a wrong one is refused, with the reason", "[net]") {
  for (auto* bad : {"",
                    "/8",
                    "10/8",
                    "10.0.0.0/",
                    "10.0.0.0/33",
                    "10.0.0.0/-1",
                    "10.0.0.0/+8",
                    "10.0.0.0/8x",
                    "10.0.0.0/8/8",
                    " 10.0.0.0/8",
                    "10.0.0.1/8",
                    "10.0.0.0/99999999999999999999",
                    "fd00::/129",
                    "fd00::1/64",
                    "fe80::1%1",
                    "fe80::%lo/64",
                    "[::1]",
                    "localhost",
                    "::ffff:10.0.0.1/104",
                    "::ffff:0.0.0.0/95"}) {
    INFO(bad);
    auto range = AddressRange::parse(bad);
    REQUIRE_FALSE(range);
    CHECK(range.error().code == Errc::configuration);
    CHECK(range.error().context.starts_with("\"" + std::string{bad} + "\": "));
  }
  CHECK(AddressRange::parse("10.0.0.1/8")
            .error()
            .context.ends_with("the address has bits behind the first 8, which the range would ignore"));
}

TEST_CASE("address range: text goes in and comes out, and lists keep their order", "[net]") {
  CHECK(AddressRange::parse("10.0.0.0/8")->text() == "10.0.0.0/8");
  CHECK(AddressRange::parse("FD00:0::/8")->text() == "fd00::/8");
  CHECK(AddressRange::parse("::ffff:10.0.0.0/104")->text() == "10.0.0.0/8");
  for (auto [address, text] : {std::pair{"192.0.2.7", "192.0.2.7/32"},
                               {"::ffff:192.0.2.7", "192.0.2.7/32"},
                               {"fe80::1%1", "fe80::1/128"}})
    CHECK(AddressRange::only(*Address::parse(address, Port{9})).text() == text);
  auto list = parse_address_ranges("fd00::/8,10.0.0.0/8,192.0.2.7");
  REQUIRE(list);
  CHECK(list->size() == 3);
  CHECK(list->at(0) == *AddressRange::parse("fd00::/8"));
  CHECK(list->at(2) == AddressRange::only(*Address::parse("192.0.2.7", Port{9})));
  for (auto* bad : {"", ",", "10.0.0.0/8,", ",10.0.0.0/8", "10.0.0.0/8, fd00::/8"})
    CHECK_FALSE(parse_address_ranges(bad));
}

TEST_CASE("addresses: those of a family go before the others, each in the order they came", "[net]") {
  auto list = [](std::initializer_list<const char*> texts) {
    std::vector<Address> all;
    for (auto* text : texts) all.push_back(*Address::parse(text, Port{1}));
    return all;
  };
  auto mixed = list({"::1", "10.0.0.2", "fe80::1", "10.0.0.1"});
  CHECK(Resolution::preferring(Address::Family::v4, mixed) ==
        list({"10.0.0.2", "10.0.0.1", "::1", "fe80::1"}));
  CHECK(Resolution::preferring(Address::Family::v6, mixed) ==
        list({"::1", "fe80::1", "10.0.0.2", "10.0.0.1"}));
  CHECK(Resolution::preferring(Address::Family::v4, list({"::1"})) == list({"::1"}));
  CHECK(Resolution::preferring(Address::Family::v4, {}).empty());
}

TEST_CASE("loop: deferred actions run in order, in a later turn", "[net]") {
  Loop loop;
  std::vector<int> order;
  loop.later([&] {
    order.push_back(1);
    loop.later([&] { order.push_back(3); });
  });
  loop.later([&] { order.push_back(2); });
  CHECK(order.empty());
  loop.run();
  CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("loop: deferred actions that take long go on in the turn after, in order", "[net]") {
  Loop loop;
  std::vector<int> order;
  auto spin = [&](int number) {
    return [&order, number] {
      for (auto end = std::chrono::steady_clock::now() + 3ms; std::chrono::steady_clock::now() < end;) {}
      order.push_back(number);
    };
  };
  for (int number = 1; number <= 3; ++number) loop.later(spin(number));
  loop.turn(false);
  CHECK(order == std::vector{1});
  loop.later(spin(4));
  loop.turn(false);
  CHECK(order == std::vector{1, 2});
  loop.run();
  CHECK(order == std::vector{1, 2, 3, 4});
}

TEST_CASE("loop: what follows a deferred action that throws runs later", "[net]") {
  Loop loop;
  bool ran = false;
  loop.later([] { throw std::runtime_error{"escaped"}; });
  loop.later([&] { ran = true; });
  CHECK_THROWS_AS(loop.turn(false), std::runtime_error);
  CHECK_FALSE(ran);
  loop.run();
  CHECK(ran);
}

TEST_CASE("loop: work runs in every turn until it is stopped", "[net]") {
  Loop loop;
  int turns = 0;
  IdleTask work{loop, [&] {
                  if (++turns == 5) work.stop();
                }};
  work.start();
  CHECK(work.started());
  loop.run();
  CHECK(turns == 5);
  CHECK_FALSE(work.started());
}

TEST_CASE("loop: its busy time does not include its waits", "[net]") {
  constexpr auto while_ = 50ms;
  auto spin = [&] {
    for (auto end = std::chrono::steady_clock::now() + while_; std::chrono::steady_clock::now() < end;) {}
  };
  Loop loop;
  loop.measure_use();
  Timer timer{loop};
  timer.start(while_, [] {});
  loop.run();
  auto idle = loop.use();
  CHECK(idle.total >= while_ - 1ms);
  CHECK(idle.total - idle.busy >= while_ / 2);
  loop.later(spin);
  loop.turn(false);
  auto busy = loop.use();
  CHECK(busy.busy - idle.busy >= while_);
  CHECK(busy.busy <= busy.total);
  loop.measure_use();  // a second call does not reset the measurement
  CHECK(loop.use().total >= busy.total);
}

TEST_CASE("timer: once, again from its own callback, repeating", "[net]") {
  Loop loop;
  Timer once{loop}, repeating{loop}, stopped{loop};
  int shots = 0, repeats = 0;
  auto begin = loop.now();
  once.start(5ms, [&] {
    ++shots;
    once.start(5ms, [&] { ++shots; });
  });
  repeating.start_repeating(1ms, [&] {
    if (++repeats == 3) repeating.stop();
  });
  stopped.start(1ms, [] { FAIL("a stopped timer fired"); });
  stopped.stop();
  loop.run();
  CHECK(shots == 2);
  CHECK(repeats == 3);
  CHECK(loop.now() - begin >= 10ms);
}

TEST_CASE("tcp: what one side writes the other reads", "[net]") {
  Loop loop;
  Pair pair{loop};
  std::string got;
  std::vector<Error> ends;
  pair.server->start({.read = [&](Bytes bytes) { got += as_text(bytes); },
                      .ended = [&](Error error) { ends.push_back(error); }});
  std::vector<Segment> segments;
  segments.emplace_back(Buffer{'a', 'b'});
  auto shared = std::make_shared<const std::string>("shared");
  segments.emplace_back(as_bytes(*shared), shared);
  pair.client->write(std::move(segments));
  pair.client->finish_output();
  turn_until(loop, [&] { return !ends.empty(); });
  CHECK(got == "abshared");
  CHECK(ends.size() == 1);
  CHECK(ends[0].code == Errc::connection_closed);
  CHECK(pair.client->local()->text() == pair.server->peer()->text());
}

TEST_CASE("tcp: pending output is counted, and its end is told once", "[net]") {
  Loop loop;
  Pair pair{loop};
  constexpr std::size_t size = 32 * 1024 * 1024;
  int drained = 0;
  std::size_t got = 0;
  pair.client->start({.drained = [&] { ++drained; }});
  pair.client->write(Buffer(size, 'x'));
  CHECK(pair.client->pending_output() > 0);
  pair.server->start({.read = [&](Bytes bytes) { got += bytes.size(); }});
  turn_until(loop, [&] { return drained > 0 && got == size; });
  CHECK(drained == 1);
  CHECK(pair.client->pending_output() == 0);
}

TEST_CASE("tcp: after an end of stream one can still write", "[net]") {
  Loop loop;
  Pair pair{loop};
  std::string got;
  pair.server->start({.ended = [&](Error) { pair.server->write(Buffer{'k'}); }});
  pair.client->start({.read = [&](Bytes bytes) { got = as_text(bytes); }});
  pair.client->finish_output();
  turn_until(loop, [&] { return !got.empty(); });
  CHECK(got == "k");
}

TEST_CASE("tcp: pending output that is lost is told as drained, after the error", "[net]") {
  Loop loop;
  Pair pair{loop};
  ignore_write_signals();
  std::vector<std::string> told;
  pair.client->start(
      {.drained = [&] { told.push_back("drained"); }, .ended = [&](Error) { told.push_back("ended"); }});
  pair.client->write(Buffer(32 * 1024 * 1024, 'x'));
  pair.server.reset();  // closed with unread input: a reset
  turn_until(loop, [&] { return told.size() == 2; });
  CHECK(told == std::vector<std::string>{"ended", "drained"});
  CHECK(pair.client->pending_output() == 0);
}

TEST_CASE("tcp: bytes are read to the space that the reader offers", "[net]") {
  Loop loop;
  Pair pair{loop};
  std::array<Byte, 3> place{};
  std::vector<std::size_t> sizes;
  pair.server->start(
      {.read = [&](Bytes bytes) { sizes.push_back(bytes.size()); },
       .space = [&]() -> std::span<Byte> { return sizes.empty() ? place : std::span<Byte>{}; }});
  pair.client->write(Buffer{'a', 'b', 'c', 'd', 'e'});
  turn_until(loop, [&] { return sizes.size() == 2; });
  CHECK(sizes == std::vector<std::size_t>{3, 2});
  CHECK(place == std::array<Byte, 3>{'a', 'b', 'c'});
}

TEST_CASE("tcp: what came while much was awaited is read afterwards", "[net]") {
  Loop loop;
  Pair pair{loop};
  Buffer got;
  pair.server->start({.read = [&](Bytes bytes) { append(got, bytes); }});
  pair.server->await_much(true);
  pair.client->write(Buffer{'a', 'b'});
  while (!pair.server->has_news()) loop.turn(false);
  for (int i = 0; i < 20; ++i) loop.turn(false);
  CHECK(got.empty());
  pair.server->await_much(false);
  turn_until(loop, [&] { return got.size() == 2; });
}

TEST_CASE("tcp: nothing is read after reading was stopped", "[net]") {
  Loop loop;
  Pair pair{loop};
  std::size_t got = 0;
  pair.server->start({.read = [&](Bytes bytes) {
    got += bytes.size();
    pair.server->stop_reading();
  }});
  std::size_t size = 4 * TcpStream::most_at_once;
  pair.client->write(Buffer(size, 'a'));
  turn_until(loop, [&] { return got > 0; });
  REQUIRE(pair.server->has_news());
  for (int i = 0; i < 20; ++i) loop.turn(false);
  CHECK(got <= loop.read_buffer().size());
}

TEST_CASE("tcp: a sender of much leaves the others their turn", "[net]") {
  Loop loop;
  Pair pair{loop};
  std::size_t got = 0, most = 0, size = 16 * TcpStream::most_at_once;
  pair.client->write(Buffer(size, 'a'));  // the kernel takes all of it before the first read
  pair.server->start({.read = [&](Bytes bytes) { got += bytes.size(); }});
  while (got < size) {
    auto before = got;
    loop.turn(true);
    most = std::max(most, got - before);
  }
  CHECK(most < TcpStream::most_at_once + loop.read_buffer().size());
}

TEST_CASE("tcp: a stream can be closed in its own callback", "[net]") {
  Loop loop;
  Pair pair{loop};
  bool ended = false;
  pair.server->start(
      {.read = [&](Bytes) { pair.server->close(); }, .ended = [](Error) { FAIL("called when closed"); }});
  pair.client->start({.ended = [&](Error) { ended = true; }});
  pair.client->write(Buffer{'a'});
  turn_until(loop, [&] { return ended; });
  CHECK(pair.server->descriptor() == -1);
  CHECK(pair.server->pending_output() == 0);
  pair.server->write(Buffer{'b'});
  CHECK_FALSE(pair.server->peer());
}

TEST_CASE("tcp: a refused connection is an error, and a dropped stream is not called", "[net]") {
  Loop loop;
  auto closed = *TcpListener::open(loop, loopback, {}, nobody);
  auto address = *closed->local();
  closed.reset();
  std::optional<Outcome> outcome;
  TcpStream stream{loop};
  stream.connect(address, [&](Outcome result) { outcome = result; });
  CHECK_FALSE(outcome);
  auto dropped = std::make_unique<TcpStream>(loop);
  dropped->connect(address, [](Outcome) { FAIL("a dropped stream was called"); });
  dropped.reset();
  turn_until(loop, [&] { return outcome.has_value(); });
  CHECK_FALSE(outcome->ok());
  CHECK(outcome->error().system == ECONNREFUSED);
}

TEST_CASE("listener: a port in use is recognised, and a range goes on to the next", "[net]") {
  Loop loop;
  auto first = *TcpListener::open(loop, loopback, {}, nobody);
  auto used = *first->local();
  auto second = TcpListener::open(loop, used, {}, nobody);
  REQUIRE_FALSE(second);
  CHECK(is_address_in_use(second.error()));
  auto last = Port{static_cast<std::uint16_t>(std::min(used.port().value() + 50, 65535))};
  auto ranged = TcpListener::open_in_range(loop, used, used.port(), last, {}, nobody);
  REQUIRE(ranged);
  CHECK((*ranged)->local()->port() != used.port());
}

namespace {

// Connections that the kernel has made, and that no one has accepted yet.
std::vector<Descriptor> callers_of(const TcpListener& listener, int count) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listener.local()->port().value());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<Descriptor> callers;
  for (int i = 0; i < count; ++i) {
    auto& caller = callers.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(caller.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  return callers;
}

}  // namespace

TEST_CASE("listener: a crowd is accepted in parts, and others have their turn meanwhile", "[net]") {
  static constexpr int crowd = 4 * TcpListener::most_at_once;
  Loop loop;
  Pair other{loop};
  std::vector<std::unique_ptr<TcpStream>> accepted;
  auto listener =
      *TcpListener::open(loop, loopback, {}, [&](auto stream) { accepted.push_back(std::move(stream)); });
  auto callers = callers_of(*listener, crowd);
  std::optional<std::size_t> accepted_before_others;
  other.server->start({.read = [&](Bytes) { accepted_before_others = accepted.size(); }});
  other.client->write(Buffer{'x'});
  std::size_t most = 0;
  while (accepted.size() < crowd) {
    auto before = accepted.size();
    loop.turn(true);
    most = std::max(most, accepted.size() - before);
  }
  CHECK(most <= TcpListener::most_at_once + 1);  // the one that stopped libuv begins a part
  turn_until(loop, [&] { return accepted_before_others.has_value(); });
  CHECK(*accepted_before_others <= TcpListener::most_at_once + 1);
  for (int i = 0; i < 20; ++i) loop.turn(false);
  CHECK(accepted.size() == crowd);
}

TEST_CASE("listener: one that is dropped while a crowd waits is not called any more", "[net]") {
  Loop loop;
  std::size_t accepted = 0;
  auto listener = *TcpListener::open(loop, loopback, {}, [&](auto) { ++accepted; });
  auto callers = callers_of(*listener, 2 * TcpListener::most_at_once);
  turn_until(loop, [&] { return accepted > 0; });
  auto before = accepted;
  REQUIRE(before < callers.size());
  listener.reset();
  for (int i = 0; i < 20; ++i) loop.turn(false);
  CHECK(accepted == before);
}

TEST_CASE("signals: delivered on the loop, and not what keeps it running", "[net]") {
  Loop loop;
  std::vector<int> got;
  Signals signals{loop, {SIGUSR1}, [&](int number) {
                    got.push_back(number);
                    loop.stop();
                  }};
  loop.run();  // returns: nothing else is open
  Timer keep{loop};
  keep.start(std::chrono::hours{1}, [] {});
  kill(getpid(), SIGUSR1);
  loop.run();
  CHECK(got == std::vector{SIGUSR1});
}

TEST_CASE("resolver: localhost has a loopback address; a dropped question is forgotten", "[net]") {
  Loop loop;
  std::optional<Resolution::Answer> answer;
  Resolution question{loop, "localhost", Port{7}, Resolution::Want::v4, [&](auto got) { answer = got; }};
  auto forgotten = std::make_unique<Resolution>(loop, "localhost", Port{7}, Resolution::Want::any,
                                                [](auto) { FAIL("a dropped question was answered"); });
  forgotten.reset();
  loop.run();
  REQUIRE(answer);
  REQUIRE(answer->ok());
  CHECK(answer->value()[0].text() == "127.0.0.1:7");
}

TEST_CASE("resolver: a name that is too long for any host is not known, without asking libuv", "[net]") {
  Loop loop;
  std::optional<Resolution::Answer> answer;
  std::string name;
  for (int i = 0; i < 20'000; ++i) name += "\u00e4";
  Resolution question{loop, name, Port{7}, Resolution::Want::v4, [&](auto got) { answer = got; }};
  loop.run();
  REQUIRE(answer);
  CHECK(answer->error().code == Errc::unknown_host);
  CHECK(answer->error().message().ends_with("unknown node or service"));
}

namespace {

void put(Buffer& message, std::initializer_list<int> numbers) {
  for (int number : numbers) message.insert(message.end(), {Byte(number >> 8), Byte(number)});
}
// A record of the name in the question, which stands behind the header of 12 bytes.
void put_record(Buffer& message, int type, int ttl, const Buffer& data) {
  put(message, {0xC00C, type, 1, 0, ttl, static_cast<int>(data.size())});
  append(message, data);
}
Buffer dns_answer(int answers) {
  Buffer message;
  put(message, {7, 0x8180, 1, answers, 0, 0});
  append(message, as_bytes(std::string_view{"\1a\4test\0", 8}));
  put(message, {1, 1});
  return message;
}

}  // namespace

TEST_CASE("dns: addresses of both families, aliases and other records, and the least time to live", "[net]") {
  auto message = dns_answer(4);
  put_record(message, 5, 30, {0xC0, 0x0C});  // CNAME
  put_record(message, 1, 60, {192, 0, 2, 1});
  put_record(message, 16, 1, {0});  // TXT
  put_record(message, 28, 50, {0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  DnsRecords records;
  REQUIRE(add_dns_records(records, DnsType::addresses, message));
  CHECK(records.hosts == std::vector<std::string>{"192.0.2.1", "fd00::1"});
  CHECK(records.ttl == std::chrono::seconds{30});
  CHECK(records.complete);
  DnsRecords services;
  REQUIRE(add_dns_records(services, DnsType::services, message));
  CHECK(services.hosts.empty());
}

TEST_CASE("dns: the targets of services, without their last dot; a dot alone is none", "[net]") {
  auto message = dns_answer(2);
  put_record(message, 33, 9, {0, 1, 0, 2, 0x11, 0x12, 4, 'H', '-', '0', '1', 0xC0, 0x0C});
  put_record(message, 33, 8, {0, 1, 0, 2, 0, 0, 0});
  DnsRecords records;
  REQUIRE(add_dns_records(records, DnsType::services, message));
  CHECK(records.hosts == std::vector<std::string>{"H-01.a.test"});
  CHECK(records.ttl == std::chrono::seconds{8});
}

TEST_CASE("dns: an answer that is cut anywhere, or points at itself, is malformed", "[net]") {
  auto message = dns_answer(2);
  put_record(message, 33, 9, {0, 1, 0, 2, 0x11, 0x12, 3, 'h', '-', '0', 0xC0, 0x0C});
  put_record(message, 1, 8, {192, 0, 2, 1});
  for (auto type : {DnsType::addresses, DnsType::services})
    for (std::size_t size = 0; size < message.size(); ++size) {
      Buffer cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
      DnsRecords records;
      CHECK_FALSE(add_dns_records(records, type, cut).ok());
    }
  DnsRecords records;
  auto circle = dns_answer(1);
  put_record(circle, 33, 9, {0, 1, 0, 2, 0, 0, 0xC0, Byte(circle.size() + 18)});
  CHECK_FALSE(add_dns_records(records, DnsType::services, circle).ok());
  auto short_address = dns_answer(1);
  put_record(short_address, 1, 9, {192, 0, 2});
  CHECK_FALSE(add_dns_records(records, DnsType::addresses, short_address).ok());
  auto long_target = dns_answer(1);  // the name goes on behind its record
  put_record(long_target, 33, 9, {0, 1, 0, 2, 0, 0, 3, 'a'});
  append(long_target, as_bytes(std::string_view{"bc\0", 3}));
  CHECK_FALSE(add_dns_records(records, DnsType::services, long_target).ok());
  CHECK(records.hosts.empty());
}

TEST_CASE("loop: what a callback lets out stops the loop, and run() throws it", "[net]") {
  Loop loop;
  Timer timer{loop}, later{loop};
  bool went_on = false;
  timer.start(Milliseconds{0}, [] { throw std::runtime_error{"escaped"}; });
  later.start(Milliseconds{1000}, [&] { went_on = true; });
  CHECK_THROWS_AS(loop.run(), std::runtime_error);
  CHECK_FALSE(went_on);
  loop.later([] { throw std::bad_alloc{}; });
  CHECK_THROWS_AS(loop.turn(false), std::bad_alloc);
}

TEST_CASE("child process: it reads its input, or does not", "[net]") {
  Loop loop;
  std::string text(300'000, 'x');  // more than a pipe holds
  for (auto* command : {"test $(wc -c) = 300000", "exit 0", "exec <&-; exit 0"}) {
    INFO(command);
    int status = -1;
    auto child = *ChildProcess::start(loop, *find_program("sh"), {"-c", command}, {.input = text},
                                      [&](int code) { status = code; });
    loop.run();
    CHECK(status == 0);
  }
}

TEST_CASE("child process: a signal reaches what it has started, also from its end", "[net]") {
  Loop loop;
  int status = -1;
  std::unique_ptr<ChildProcess> child;
  auto started = std::chrono::steady_clock::now();
  child = *ChildProcess::start(loop, *find_program("sh"), {"-c", "sleep 100 & sleep 100"}, {},
                               [&](int code) { status = code; });
  Timer timer{loop};
  timer.start(Milliseconds{50}, [&] { child->kill_all(SIGTERM); });
  loop.run();
  CHECK(status == 128 + SIGTERM);
  // The rest of a program that has ended holds its end of a pipe until it is killed.
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  child = *ChildProcess::start(loop, *find_program("sh"),
                               {"-c", "sleep 100 >&" + std::to_string(ends[1]) + " & exit 0"}, {},
                               [&](int code) { status = code, child->kill_all(SIGKILL); });
  loop.run();
  CHECK(status == 0);
  close(ends[1]);
  char byte;
  CHECK(read(ends[0], &byte, 1) == 0);
  close(ends[0]);
  child->kill_all(SIGTERM);  // nobody any more
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds{50});
}

TEST_CASE("child process: its exit status is told", "[net]") {
  Loop loop;
  int status = -1;
  auto shell = *find_program("sh");
  auto child = *ChildProcess::start(loop, shell, {"-c", "exit 7"}, [&](int code) { status = code; });
  loop.run();
  CHECK(status == 7);
  CHECK_FALSE(ChildProcess::start(loop, "/no/such/program", {}, [](int) {}));
  CHECK(find_program("no such program").error().code == Errc::not_found);
}
