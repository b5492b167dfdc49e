// Claims about Session, one connection to epmd: its answers to requests that arrive in pieces of any size,
// and its time limits.
#include <algorithm>
#include <map>
#include <tuple>
#include "test/unit/catch.h"

#include "epmd/session.h"
#include "test/unit/cuts.h"

using namespace noderuntime;
using namespace noderuntime::epmd;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using test::for_each_cut;

namespace {
constexpr Milliseconds start{5'000};

// Stands in for the daemon that owns the sessions.
class FakeDaemon final : public SessionHost {
 public:
  Rules rules;
  std::map<ConnectionId, std::unique_ptr<Session>> sessions;
  std::string elsewhere = "10.0.0.2";
  std::vector<LogEvent> events;
  std::string detail;  // of the last event
  bool room = true;
  std::vector<ConnectionId> gone;  // connections that their peers have closed, which epmd has not read yet
  std::vector<ConnectionId> dropped;
  Registry names{10};

  // From this host, or from another one with the address elsewhere.
  Session& open(bool local = true) {
    ConnectionId id{++last_};
    auto from = local ? net::Address::loopback(net::Address::Family::v4, Port{40000})
                      : *net::Address::parse(elsewhere, Port{40000});
    Session::Peer peer{id, static_cast<int>(100 + last_), local, from};
    return *(sessions[id] = std::make_unique<Session>(*this, rules, peer, start));
  }
  // Sends a whole request on a new connection. Returns the answer.
  std::string ask(const Request& request, bool local = true) {
    auto& session = open(local);
    session.feed(encode(request), start);
    return text_of(session);
  }
  Session& register_node(const std::string& name, std::uint16_t highest = 6, bool local = true) {
    auto& session = open(local);
    session.feed(encode(Request{Alive2{{.name = name, .port = Port{4242}, .highest = highest}}}), start);
    return session;
  }
  static std::string text_of(Session& session) {
    auto output = session.take_output();
    return std::string{as_text(output.bytes)} + (output.text ? *output.text : "");
  }
  bool logged(LogEvent event) const { return std::find(events.begin(), events.end(), event) != events.end(); }

  Registry& registry() override { return names; }
  Creation fresh_creation() override { return Creation{1000}; }
  std::int64_t wall_time() override { return 1'700'000'000; }
  std::string connection_of(const Registry::Record& record) override {
    return "127.0.0.1:" + std::to_string(900 + record.descriptor);
  }
  bool has_room() override { return room; }
  bool is_gone(const Registry::Record& record) override {
    return std::find(gone.begin(), gone.end(), record.owner) != gone.end();
  }
  void drop(const Registry::Record& record) override {
    dropped.push_back(record.owner);
    sessions.at(record.owner)->finish();
  }
  void log(ConnectionId, LogEvent event, std::string_view with) override {
    events.push_back(event);
    detail = with;
  }

 private:
  std::uint64_t last_ = 0;
};

std::string bytes(std::initializer_list<int> values) { return {values.begin(), values.end()}; }
const std::string refused_wide = bytes({'v', 1, 0, 0, 0, 99});
const std::string registered_wide = bytes({'v', 0, 0, 0, 3, 0xe8 - 256});
}  // namespace

TEST_CASE("session: every request is answered whatever way it is cut", "[epmd]") {
  struct Case {
    Request request;
    std::string answer;
    bool stays;
  };
  const Case cases[] = {
      {Alive2{{.name = "new"}}, registered_wide, true},
      {Alive2{{.name = "new", .highest = 5}}, bytes({'y', 0, 0, 1000 % 3 + 1}), true},
      {Alive2{{.name = "known"}}, refused_wide, false},
      {PortPlease2{"nobody"}, bytes({'w', 1}), false},
      {Names{}, bytes({0, 0, 0x11, 0x11}) + "name known at port 4242\n", false},
      {Dump{}, bytes({0, 0, 0x11, 0x11}) + "active name     <known> at port 4242, fd = 101\n" + bytes({0}),
       false},
      {Kill{}, "NO", false},
      {Stop{"known"}, "", false},
  };
  for (const auto& row : cases)
    for_each_cut(encode(row.request), [&](const std::vector<Bytes>& pieces) {
      FakeDaemon daemon;
      daemon.register_node("known");
      auto& session = daemon.open();
      for (auto piece : pieces) {
        CHECK_FALSE(session.wants_close());
        session.feed(piece, start);
      }
      CHECK(FakeDaemon::text_of(session) == row.answer);
      CHECK(session.is_registered() == row.stays);
      CHECK(session.wants_close() == !row.stays);
    });
}

TEST_CASE("session: a look-up returns what was registered", "[epmd]") {
  FakeDaemon daemon;
  NodeEntry odd{
      .name = "odd name", .port = Port{65535}, .node_type = 1, .protocol = 2, .highest = 3, .lowest = 4};
  odd.extra = std::string("\0\xff", 2);
  daemon.open().feed(encode(Request{Alive2{odd}}), start);
  auto expected = encode_port2(&odd);
  CHECK(daemon.ask(PortPlease2{"odd name"}, false) == as_text(expected));
}

TEST_CASE("session: a name of 255 characters can be registered and looked up", "[epmd]") {
  FakeDaemon daemon;
  std::string longest(255, 'x');
  CHECK(daemon.register_node(longest).is_registered());
  CHECK(daemon.ask(PortPlease2{longest})[1] == 0);
  auto& session = daemon.register_node(longest + "x");
  CHECK(FakeDaemon::text_of(session) == refused_wide);
}

TEST_CASE("session: names that forge lines are refused", "[epmd]") {
  FakeDaemon daemon;
  auto& session = daemon.register_node("a\nname b at port 1");
  CHECK(FakeDaemon::text_of(session) == refused_wide);
  CHECK(session.wants_close());
  CHECK(daemon.logged(LogEvent::bad_name));
  CHECK(daemon.names.registered().empty());
}

TEST_CASE("session: any byte or close on a registered connection frees the name", "[epmd]") {
  FakeDaemon daemon;
  auto& spoke = daemon.register_node("a");
  spoke.feed(Buffer{0}, start);
  CHECK(spoke.wants_close());
  CHECK_FALSE(daemon.names.find("a"));
  auto& closed = daemon.register_node("a");
  REQUIRE(closed.is_registered());
  closed.finish();
  CHECK_FALSE(daemon.names.find("a"));
  closed.finish();  // a second call changes nothing
}

TEST_CASE("session: bytes behind a request in one piece drop everything", "[epmd]") {
  for (const auto& request : {Request{Alive2{{.name = "a"}}}, Request{Names{}}}) {
    FakeDaemon daemon;
    auto more = encode(request);
    more.push_back(0);
    auto& session = daemon.open();
    session.feed(more, start);
    CHECK(session.wants_close());
    CHECK(session.take_output().empty());
    CHECK(daemon.names.registered().empty());
  }
}

TEST_CASE("session: lengths that no request has close at once", "[epmd]") {
  for (int length : {0, 3058, 65535}) {
    FakeDaemon daemon;
    auto& session = daemon.open();
    session.feed(Buffer{static_cast<Byte>(length >> 8), static_cast<Byte>(length)}, start);
    CHECK(session.wants_close());
    CHECK(daemon.logged(LogEvent::bad_length));
  }
  FakeDaemon daemon;
  auto& session = daemon.open();
  session.feed(Buffer{3057 >> 8, 3057 & 255}, start);
  CHECK_FALSE(session.wants_close());
}

TEST_CASE("session: unknown tags close without an answer", "[epmd]") {
  FakeDaemon daemon;
  for (int tag = 0; tag < 256; ++tag) {
    if (std::string_view{"xzndksi"}.find(static_cast<char>(tag)) != std::string_view::npos) continue;
    auto& session = daemon.open();
    session.feed(Buffer{0, 1, static_cast<Byte>(tag)}, start);
    CHECK(session.wants_close());
    CHECK(session.take_output().empty());
  }
}

TEST_CASE("session: details have creation and time; connections are told on this host only", "[epmd]") {
  FakeDaemon daemon;
  daemon.register_node("old", 5);
  daemon.register_node("new one");
  auto head = bytes({0, 0, 0x11, 0x11});
  CHECK(daemon.ask(Details{}) == head +
                                     "4242 77 0 5 6 1000 1700000000 127.0.0.1:1002 new one\n"
                                     "4242 77 0 5 5 2 1700000000 127.0.0.1:1001 old\n");
  CHECK(daemon.ask(Details{}, false) == head +
                                            "4242 77 0 5 6 1000 1700000000 - new one\n"
                                            "4242 77 0 5 5 2 1700000000 - old\n");
  daemon.register_node("third");
  CHECK(daemon.ask(Details{}, false).find(" third\n") != std::string::npos);
}

TEST_CASE("session: other hosts may look up and list, nothing else", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.relaxed = true;
  daemon.register_node("a");
  CHECK_FALSE(daemon.ask(Names{}, false).empty());
  CHECK_FALSE(daemon.ask(PortPlease2{"a"}, false).empty());
  CHECK_FALSE(daemon.ask(Details{}, false).empty());
  for (const auto& request :
       {Request{Alive2{{.name = "b"}}}, Request{Dump{}}, Request{Kill{}}, Request{Stop{"a"}}}) {
    auto& session = daemon.open(false);
    session.feed(encode(request), start);
    CHECK(session.wants_close());
    CHECK(session.take_output().empty());
    CHECK_FALSE(session.ends_daemon());
  }
  CHECK(daemon.logged(LogEvent::not_local));
  CHECK(daemon.names.registered().size() == 1);
}

TEST_CASE("session: a registration from elsewhere is refused with the option that would accept it",
          "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.registrars = *net::parse_address_ranges("10.0.1.0/24,fd00::/64");
  for (auto [from, option] : {std::pair{"10.0.0.2", "10.0.0.2/32"},
                              {"::ffff:10.0.0.2", "10.0.0.2/32"},
                              {"fd00:0:0:1::2", "fd00:0:0:1::2/128"}}) {
    daemon.elsewhere = from;
    auto& session = daemon.register_node("app", 6, false);
    CHECK(session.wants_close());
    CHECK(session.take_output().empty());
    CHECK(daemon.events.back() == LogEvent::may_not_register);
    CHECK(daemon.detail == "app; to accept it, start epmd with -allow_register " + std::string{option});
  }
  CHECK(daemon.names.registered().empty());
}

TEST_CASE("session: a registration from an allowed network is accepted, logged, and ends with its connection",
          "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.registrars = *net::parse_address_ranges("10.0.1.0/24,fd00::/64");
  for (auto from : {"10.0.1.2", "::ffff:10.0.1.255", "fd00::2"}) {
    daemon.elsewhere = from;
    auto& session = daemon.register_node("app", 6, false);
    CHECK(session.is_registered());
    CHECK_FALSE(session.is_local());
    CHECK(daemon.events.back() == LogEvent::registered_from_elsewhere);
    CHECK(daemon.detail == "app");
    CHECK(FakeDaemon::text_of(session)[1] == 0);
    session.finish();
    CHECK_FALSE(daemon.names.find("app"));
  }
  daemon.register_node("here");
  CHECK(daemon.events.back() == LogEvent::registered);
}

TEST_CASE("session: names are unique for this host and the allowed networks together", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.registrars = *net::parse_address_ranges("10.0.0.0/24");
  auto& owner = daemon.register_node("app", 6, false);
  daemon.elsewhere = "10.0.0.3";
  for (bool local : {true, false})
    CHECK(FakeDaemon::text_of(daemon.register_node("app", 6, local)) == refused_wide);
  CHECK(owner.is_registered());
  owner.finish();
  auto& next = daemon.register_node("app", 6, false);
  CHECK(next.is_registered());
  CHECK(daemon.names.find("app")->counter == Creation{1001});  // the counter goes on
}

TEST_CASE("session: who may register from elsewhere may not list descriptors, kill or stop", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.registrars = *net::parse_address_ranges("0.0.0.0/0,::/0");
  daemon.rules.relaxed = true;
  daemon.register_node("a");
  for (const auto& request : {Request{Dump{}}, Request{Kill{}}, Request{Stop{"a"}}}) {
    auto& session = daemon.open(false);
    session.feed(encode(request), start);
    CHECK(session.wants_close());
    CHECK(session.take_output().empty());
    CHECK_FALSE(session.ends_daemon());
    CHECK(daemon.events.back() == LogEvent::not_local);
  }
  CHECK(daemon.names.find("a"));
}

TEST_CASE("session: KILL needs an empty daemon or a relaxed one", "[epmd]") {
  for (auto [relaxed, living, answer] :
       {std::tuple{false, false, "OK"}, {false, true, "NO"}, {true, true, "OK"}}) {
    FakeDaemon daemon;
    daemon.rules.relaxed = relaxed;
    if (living) daemon.register_node("a");
    auto& session = daemon.open();
    session.feed(encode(Request{Kill{}}), start);
    CHECK(FakeDaemon::text_of(session) == answer);
    CHECK(session.ends_daemon() == (answer == std::string{"OK"}));
  }
}

TEST_CASE("session: STOP of a relaxed daemon drops the node's connection", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.relaxed = true;
  daemon.register_node("a");
  CHECK(daemon.ask(Stop{"b"}) == "NOEXIST");
  CHECK(daemon.dropped.empty());
  CHECK(daemon.ask(Stop{"a"}) == "STOPPED");
  CHECK(daemon.dropped == std::vector{ConnectionId{1}});
  CHECK_FALSE(daemon.names.find("a"));
}

TEST_CASE("session: a duplicate is refused and its reset does not evict the owner", "[epmd]") {
  FakeDaemon daemon;
  auto& owner = daemon.register_node("a");
  auto& other = daemon.register_node("a");
  CHECK(FakeDaemon::text_of(other) == refused_wide);
  CHECK(other.wants_close());
  CHECK(daemon.logged(LogEvent::name_taken));
  other.finish();
  CHECK(owner.is_registered());
  CHECK(daemon.names.find("a"));
}

TEST_CASE("session: a name whose owner has just closed is free", "[epmd]") {
  FakeDaemon daemon;
  daemon.register_node("a");
  daemon.gone = {ConnectionId{1}};
  auto& again = daemon.register_node("a");
  CHECK(again.is_registered());
  CHECK(daemon.dropped == std::vector{ConnectionId{1}});
  CHECK(daemon.names.find("a")->owner == ConnectionId{2});
  CHECK(daemon.names.find("a")->counter == Creation{1001});
}

TEST_CASE("session: a silent connection is closed, a slow one has more time, but not for ever", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.packet_timeout = 1s;
  daemon.rules.total_timeout = 10s;
  auto& silent = daemon.open();
  CHECK(silent.deadline() == start + 2s);
  silent.on_time(start + 1999ms);
  CHECK_FALSE(silent.wants_close());
  silent.on_time(start + 2s);
  CHECK(silent.wants_close());

  auto& slow = daemon.open();
  Buffer piece{0x0b};  // half of the length of a request that never arrives completely
  for (auto time = start + 1500ms; time < start + 9s; time += 1500ms) {
    slow.on_time(time);
    REQUIRE_FALSE(slow.wants_close());
    slow.feed(piece, time);
    CHECK(slow.deadline() == std::min(time + 2s, start + 10s));
  }
  slow.feed(piece, start + 9900ms);
  CHECK(slow.deadline() == start + 10s);
  slow.on_time(start + 10s);
  CHECK(slow.wants_close());
}

TEST_CASE("session: who does not read the answer is closed, who is registered never", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.packet_timeout = 1s;
  daemon.rules.total_timeout = 10s;
  auto& deaf = daemon.open();
  deaf.feed(encode(Request{Names{}}), start);
  CHECK(deaf.deadline() == start + 10s);
  auto& registered = daemon.register_node("a");
  CHECK_FALSE(registered.deadline());
  registered.on_time(start + 1000s);
  CHECK(registered.is_registered());
}

TEST_CASE("session: the announced port is wider than a port", "[epmd]") {
  FakeDaemon daemon;
  daemon.rules.announced_port = 79921;
  CHECK(daemon.ask(Names{}) == bytes({0, 1, 0x38, 0x31}));
}

TEST_CASE("session: a name for which there is no room is refused, a registered one is still found",
          "[epmd]") {
  FakeDaemon daemon;
  daemon.register_node("a");
  daemon.room = false;
  auto& session = daemon.register_node("b");
  CHECK(FakeDaemon::text_of(session) == refused_wide);
  CHECK(daemon.logged(LogEvent::no_room));
  CHECK(daemon.ask(PortPlease2{"a"})[1] == 0);
}
