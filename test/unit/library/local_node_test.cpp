// Claims about LocalNode that need no other node, and about EventLoop.
#include <noderuntime/local_node.h>

#include <stdexcept>
#include <thread>
#include "test/unit/catch.h"

#include <noderuntime/gen_server.h>

using namespace noderuntime;

namespace {

struct World {
  EventLoop loop;
  std::unique_ptr<LocalNode> node = std::move(*LocalNode::create(loop, {.cookie = "test"}));

  // Calls a function of this node. Returns KIND TERM.
  std::string call(std::string_view module, std::string_view function,
                   const std::function<Term(Terms&)>& arguments) {
    std::optional<std::string> told;
    node->act([&](Self& self) {
      self.call(node->name(), Atom::of(module), Atom::of(function), arguments(self),
                [&](Self&, const CallResult& result) {
                  constexpr const char* kinds[] = {"value", "error", "exit", "throw", "failed"};
                  told = std::string{kinds[static_cast<int>(result.kind)]} + " " + print(result.term);
                });
    });
    loop.run_until([&] { return told.has_value(); }, Milliseconds{10'000});
    return told.value_or("nothing");
  }
};

Term none(Terms& terms) { return terms.list(); }

}  // namespace

TEST_CASE("local node: functions give values and exceptions", "[library]") {
  World world;
  auto& node = *world.node;
  node.expose("m", "sum", [](int a, int b) { return a + b; });
  node.expose("m", "raw", 1, [](Call& call, std::span<const Term> arguments) -> Returned {
    return call.tuple("got"_atom, arguments[0], call.caller().is_pid());
  });
  node.expose("m", "nothing", [] {});
  node.expose("m", "bad", [](Call& call) { return call.badarg(); });
  node.expose("m", "refuse", [](int) -> Result<int> { return Error{Errc::not_found, "it"}; });
  node.expose("m", "throw", [](int) -> int { throw std::runtime_error{"why"}; });
  CHECK(world.call("m", "sum", [](Terms& terms) { return terms.list(1, 2); }) == "value 3");
  CHECK(world.call("m", "sum", [](Terms& terms) { return terms.list(1, "2"); }) == "error function_clause");
  CHECK(world.call("m", "sum", [](Terms& terms) { return terms.list(1); }) == "error undef");
  CHECK(world.call("m", "raw", [](Terms& terms) { return terms.list(1.5); }) == "value {got,1.5,true}");
  CHECK(world.call("m", "nothing", none) == "value ok");
  CHECK(world.call("m", "bad", none) == "error badarg");
  CHECK(world.call("m", "refuse", [](Terms& terms) { return terms.list(1); }) ==
        "error {not_found,<<\"it\">>}");
  CHECK(world.call("m", "throw", [](Terms& terms) { return terms.list(1); }) ==
        "error {native_exception,<<\"why\">>}");
}

TEST_CASE("local node: a function is replaced, also one that was called and one of OTP", "[library]") {
  World world;
  CHECK(world.call("m", "f", none) == "error undef");
  world.node->expose("m", "f", [] { return 1; });
  CHECK(world.call("m", "f", none) == "value 1");
  world.node->expose("m", "f", [] { return 2; });
  CHECK(world.call("m", "f", none) == "value 2");
  world.node->expose("math", "pi", [] { return 3; });
  CHECK(world.call("math", "pi", none) == "value 3");
}

TEST_CASE("local node: an answer comes later, from any thread, once", "[library]") {
  World world;
  std::thread other;
  world.node->expose("m", "later", [&](Call& call) {
    return call.later([&](Answer answer) {
      other = std::thread{[answer] {
        answer([](Terms& terms) { return Returned{terms.of("first")}; });
        answer([](Terms& terms) { return Returned{terms.of("second")}; });
      }};
    });
  });
  CHECK(world.call("m", "later", none) == "value <<\"first\">>");
  other.join();
  world.node->expose("m", "never", [](Call& call) { return call.later([](Answer) {}); });
  CHECK(world.call("m", "never", none) == "error {native_exception,<<\"no answer\">>}");
}

TEST_CASE("local node: an answer may outlive its caller and its node", "[library]") {
  std::vector<Answer> kept;
  EventLoop loop;
  int made = 0;
  auto make = [&](Terms& terms) {
    ++made;
    return Returned{terms.of(1)};
  };
  {
    auto node = std::move(*LocalNode::create(loop, {.cookie = "test"}));
    node->expose("m", "wait",
                 [&](Call& call) { return call.later([&](Answer answer) { kept.push_back(answer); }); });
    for (int i = 0; i < 2; ++i) {
      auto late = node->call_and_wait(node->name(), "m"_atom, "wait"_atom, none, Milliseconds{30});
      CHECK((!late && late.error().code == Errc::timeout));
    }
    REQUIRE(kept.size() == 2);
    kept[0](make);  // the caller has stopped waiting
    node->expose("m", "works", [] { return 1; });
    CHECK(node->call_and_wait(node->name(), "m"_atom, "works"_atom, none));
    made = 0;
  }
  kept[1](make);
  bool later = false;
  loop.post([&] { later = true; });
  CHECK(loop.run_until([&] { return later; }, Milliseconds{10'000}));
  CHECK(made == 0);  // the node is destroyed, so the answer's term is not made
}

TEST_CASE("local node: above the limit of memory the process that holds most is killed, and no other",
          "[library]") {
  World world;
  EventLoop::log_level("error");
  world.node->spawn([](Self&, Term) {}, {.name = "frugal"_atom});
  std::string reason;
  auto watcher = world.node->spawn([&](Self& self, Term message) {
    Term reference, who, why;
    if (message.is("watch"_atom)) {
      self.monitor("greedy"_atom);
      self.send("greedy"_atom, "go"_atom);
    } else if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &why)) {
      reason = print(why);
    }
  });
  std::size_t megabytes = 0;
  world.node->spawn(
      [&](Self& self, Term) {
        self.send_after(std::chrono::hours{1}, self.pid(), std::string(1 << 20, 'x'));
        ++megabytes;
        self.send(self.pid(), "go"_atom);
      },
      {.name = "greedy"_atom});
  set_memory_limit(std::size_t{64} << 20);
  world.node->act([&](Self& self) { self.send(watcher, "watch"_atom); });
  CHECK(world.loop.run_until([&] { return !reason.empty() || megabytes > 1000; }, Milliseconds{60'000}));
  set_memory_limit(SIZE_MAX);
  CHECK(reason == "killed");
  CHECK(megabytes > 20);
  CHECK(megabytes < 250);  // more than the limit, because the node compares between turns of the loop
  CHECK(world.node->whereis("frugal"_atom));
  CHECK_FALSE(world.node->whereis("greedy"_atom));
}

TEST_CASE("local node: a handler that throws ends its process, and no other", "[library]") {
  World world;
  EventLoop::log_level("error");
  auto code = [](Self&, Term message) {
    if (message.is("fall"_atom)) throw std::runtime_error{"down"};
  };
  world.node->spawn(code, {.name = "first"_atom});
  world.node->spawn(code, {.name = "second"_atom});
  std::string reason;
  world.node->act([](Self& self) { self.send("first"_atom, "fall"_atom); });
  CHECK(world.loop.run_until([&] { return !world.node->whereis("first"_atom); }, Milliseconds{5'000}));
  CHECK(world.node->whereis("second"_atom));
  world.node->act([](Self&) { throw std::runtime_error{"in act"}; });
  bool ran = false;
  world.node->act([&](Self&) { ran = true; });
  CHECK(world.loop.run_until([&] { return ran; }, Milliseconds{5'000}));
}

TEST_CASE("local node: a message with priority comes before those that wait", "[library]") {
  World world;
  std::string seen;
  auto pid = world.node->spawn([&](Self& self, Term message) {
    if (!message.is("go"_atom)) {
      seen += print(message) + ' ';
      return;
    }
    Reference urgent = self.priority_alias(), ordinary = self.alias();
    self.send(self.pid(), 1);
    self.send(urgent, 2);
    self.send_priority(ordinary, 3);
    self.send_priority(urgent, 4);
  });
  world.node->act([&](Self& self) { self.send(pid, "go"_atom); });
  CHECK(world.loop.run_until([&] { return seen.size() == 8; }, Milliseconds{5'000}));
  CHECK(seen == "4 1 2 3 ");
}

TEST_CASE("local node: what a process calls has the group leader that it was set to", "[library]") {
  World world;
  std::optional<bool> same_leader;
  world.node->act([&](Self& self) {
    auto own = self.as<Pid>(self.pid());
    REQUIRE(own);
    self.set_group_leader(*own);
    auto answered = [&](Self& self, const CallResult& result) {
      same_leader = result.ok() && same(result.term, self.pid());
    };
    self.call(self.node().name(), "erlang"_atom, "group_leader"_atom, Term::nil(), answered);
  });
  CHECK(world.loop.run_until([&] { return same_leader.has_value(); }, Milliseconds{5'000}));
  CHECK(same_leader == true);
}

TEST_CASE("local node: a name that is taken is refused", "[library]") {
  World world;
  auto code = [](Self&, Term) {};
  world.node->spawn(code, {.name = "seat"_atom});
  CHECK_THROWS_AS(world.node->spawn(code, {.name = "seat"_atom}), std::runtime_error);
}

TEST_CASE("event loop: work of many threads runs, in the order of each", "[library]") {
  EventLoop loop;
  constexpr int threads = 4, each = 1000;
  std::vector<int> last(threads, -1);
  int count = 0;
  bool ordered = true;
  std::vector<std::thread> others;
  for (int t = 0; t < threads; ++t)
    others.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        loop.post([&, t, i] {
          ordered &= last[static_cast<std::size_t>(t)] == i - 1;
          last[static_cast<std::size_t>(t)] = i;
          ++count;
        });
    });
  CHECK(loop.run_until([&] { return count == threads * each; }, Milliseconds{10'000}));
  CHECK(ordered);
  for (auto& thread : others) thread.join();
}

TEST_CASE("event loop: run ends by stop, timers fire in their order", "[library]") {
  EventLoop loop;
  std::vector<int> fired;
  loop.after(Milliseconds{20}, [&] {
    fired.push_back(2);
    loop.stop();
  });
  loop.after(Milliseconds{5}, [&] { fired.push_back(1); });
  loop.run();
  CHECK(fired == std::vector{1, 2});
  CHECK_FALSE(loop.run_until([] { return false; }, Milliseconds{5}));
}

TEST_CASE("local node: a number outside of the bounds in its row is an error that names it", "[library]") {
  EventLoop loop;
  NodeOptions good{.name = "bounds@localhost", .cookie = "test", .publish = false};
  good.join.nodes = {"other@localhost"};  // join_wait needs a node to wait for
  for_each_row(good, [&](const auto& row, auto& value) {
    auto fallback = value;
    CHECK(row.allows(fallback));
    for (auto bound : {row.least, row.most}) {
      value = bound;
      CHECK(LocalNode::create(loop, good));
    }
    value = fallback;
  });
  auto short_time = LocalNode::create(loop, {.cookie = "test", .setup_time = Milliseconds{999}});
  REQUIRE_FALSE(short_time);
  CHECK(short_time.error().code == Errc::configuration);
  CHECK(short_time.error().context == "setup_time is 999 ms, not 1000 ms to 120000 ms");
  auto large = LocalNode::create(loop, {.cookie = "test", .max_message = std::size_t{1} << 31});
  REQUIRE_FALSE(large);
  CHECK(large.error().context == "max_message is 2147483648, not 65536 to 2147483647");
}

TEST_CASE("local node: it has another cookie for some nodes", "[library]") {
  EventLoop loop;
  NodeOptions options{.name = "unit@host", .cookie = "mine", .peer_cookies = {{"other@host", "theirs"}}};
  options.publish = false;
  auto node = LocalNode::create(loop, options);
  REQUIRE(node);
  REQUIRE((*node)->wait_until_up());
  auto cookie = [&](std::string_view of) {
    auto told = (*node)->call_and_wait((*node)->name(), "erlang"_atom, "get_cookie"_atom,
                                       [&](Terms& terms) { return terms.list(Term::atom(Atom::of(of))); });
    return told ? print(told->term()) : told.error().message();
  };
  CHECK(cookie("other@host") == "theirs");
  CHECK(cookie("third@host") == "mine");
}

TEST_CASE("local node: what is asked of other nodes before it is up waits, and fails with it", "[library]") {
  EventLoop loop;
  NodeOptions options{.name = "unit", .cookie = "test"};
  options.epmd_port = 1;  // nobody listens there
  options.start_epmd = false;
  auto node = std::move(*LocalNode::create(loop, options));
  std::string told;
  std::optional<Outcome> connected;
  node->act([&](Self& self) {
    self.call("other@host"_atom, "m"_atom, "f"_atom, self.list(),
              [&](Self&, const CallResult& result) { told = print(result.term); });
  });
  node->connect("other@host"_atom, [&](Outcome outcome) { connected = outcome; });
  auto up = node->wait_until_up(Milliseconds{10'000});
  REQUIRE_FALSE(up);
  CHECK(up.error().code == Errc::no_epmd);
  CHECK(loop.run_until([&] { return !told.empty() && connected; }, Milliseconds{5'000}));
  CHECK(told == "noconnection");
  CHECK((connected && !*connected));
}

TEST_CASE("local node: a node that is stopped before it is up does not connect", "[library]") {
  EventLoop loop;
  NodeOptions options{.name = "unit", .cookie = "test", .publish = false};
  auto node = std::move(*LocalNode::create(loop, options));
  std::optional<Outcome> before, after;
  node->connect("other@host"_atom, [&](Outcome outcome) { before = outcome; });
  node->stop();
  node->connect("other@host"_atom, [&](Outcome outcome) { after = outcome; });
  CHECK(loop.run_until([&] { return before && after; }, Milliseconds{5'000}));
  CHECK((before && !*before));
  CHECK((after && !*after));
  CHECK_FALSE(node->is_up());
}

TEST_CASE("local node: an attempt to connect ends with the node, and its continuation comes later",
          "[library]") {
  World world;
  bool stopping = false, came_inside = false;
  std::optional<Outcome> connected;
  world.node->set_address("silent@localhost"_atom, "127.0.0.1:1");
  world.node->connect("silent@localhost"_atom, [&](Outcome outcome) {
    came_inside = stopping;
    connected = outcome;
  });
  stopping = true;
  world.node->stop();
  stopping = false;
  CHECK(world.loop.run_until([&] { return connected.has_value(); }, Milliseconds{5'000}));
  CHECK((connected && !*connected));
  CHECK_FALSE(came_inside);
}
