// Claims about LocalNode with other nodes: several nodes and epmd's own server on one loop.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <noderuntime/local_node.h>
#include "noderuntime/library/states.h"
#include "test/unit/catch.h"
#include "test/unit/port_mapper.h"

namespace noderuntime {
namespace {

using Strings = std::vector<std::string>;

const Atom name_a = "a@localhost"_atom, name_b = "b@localhost"_atom;

struct World {
  EventLoop loop;
  test::PortMapper epmd{loop.state().loop};
  Strings told;  // "NODE: EVENT"

  World() { EventLoop::log_level("error"); }

  std::unique_ptr<LocalNode> start(const std::string& name) {
    NodeOptions options{.name = name, .cookie = "secret"};
    options.epmd_port = epmd.port().value();
    options.start_epmd = false;
    auto tell = [this, name](const std::string& event) { told.push_back(name + ": " + event); };
    auto node = std::move(*LocalNode::create(
        loop, options,
        {.node_changed = [tell](Atom other,
                                bool up) { tell((up ? "up " : "down ") + std::string{other.text()}); },
         .halted = [tell](int status) { tell("halted " + std::to_string(status)); }}));
    REQUIRE(node->wait_until_up());
    return node;
  }
  void until(const std::function<bool()>& condition) {
    REQUIRE(loop.run_until(condition, Milliseconds{60'000}));
  }
};

struct Two : World {
  std::unique_ptr<LocalNode> a = start("a@localhost"), b = start("b@localhost");

  // a calls a function of b. Returns the value or the error as text.
  std::string call(std::string_view module, std::string_view function, std::string_view arguments) {
    auto list = *Value::parse(arguments);
    auto answer = a->call_and_wait(name_b, Atom::of(module), Atom::of(function),
                                   [&](Terms& terms) { return terms.of(list); });
    return answer ? print(answer->term()) : answer.error().message();
  }
};

}  // namespace

TEST_CASE("cluster: a call of another node gives its value or its exception", "[library]") {
  Two two;
  two.b->expose("m", "sum", [](int x, int y) { return x + y; });
  two.b->expose("m", "refuse", [](Call& call) { return call.badarg(); });
  CHECK(two.call("m", "sum", "[1,2]") == "3");
  CHECK(two.call("erlang", "node", "[]") == "b@localhost");
  CHECK(two.call("lists", "reverse", "[[1,2,3]]") == "[3,2,1]");
  CHECK(two.call("m", "refuse", "[]") == "the called function raised an exception: error badarg");
  CHECK(two.call("m", "no_such", "[]") == "the called function raised an exception: error undef");
  CHECK(two.told == Strings{"b@localhost: up a@localhost", "a@localhost: up b@localhost"});
}

TEST_CASE("cluster: a node that is not there is unreachable, and no ping answers", "[library]") {
  Two two;
  CHECK(two.a->ping_and_wait(name_b));
  CHECK_FALSE(two.a->ping_and_wait("c@localhost"_atom));
  auto answer = two.a->call_and_wait("c@localhost"_atom, "erlang"_atom, "node"_atom,
                                     [](Terms& terms) { return terms.list(); });
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unreachable);
  std::optional<Outcome> outcome;
  two.a->connect("c@localhost"_atom, [&](Outcome told) { outcome = told; });
  CHECK_FALSE(outcome);
  two.until([&] { return outcome.has_value(); });
  CHECK(outcome->error().code == Errc::unknown_node);
}

TEST_CASE("cluster: messages to a name of another node keep their order, and are answered", "[library]") {
  Two two;
  std::string seen, answered;
  two.b->spawn(
      [&](Self& self, Term message) {
        Term number, sender;
        REQUIRE(self.matches(message, &number, &sender));
        seen += print(number) + ' ';
        self.send(sender, number);
      },
      {.name = "sink"_atom});
  auto asker = two.a->spawn([&](Self& self, Term message) {
    if (!message.is("go"_atom)) {
      answered += print(message) + ' ';
      return;
    }
    for (int i = 1; i <= 5; ++i) self.send(std::pair{"sink"_atom, name_b}, self.tuple(i, self.pid()));
  });
  two.a->act([&](Self& self) { self.send(asker, "go"_atom); });
  two.until([&] { return answered.size() == 10; });
  CHECK(seen == "1 2 3 4 5 ");
  CHECK(answered == seen);
}

TEST_CASE("cluster: monitors and links of a node that stops end with noconnection", "[library]") {
  Two two;
  auto there = two.b->spawn([](Self&, Term) {}, {.name = "sink"_atom});
  Strings seen;
  auto watcher = two.a->spawn([&](Self& self, Term message) {
    Term who, reason, reference;
    if (message.is("go"_atom)) {
      self.trap_exit(true);
      self.monitor(std::pair{"sink"_atom, name_b});
      self.link(self.of(there));
    } else if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &reason)) {
      seen.push_back("DOWN " + print(who) + " " + print(reason));
    } else if (self.matches(message, "EXIT"_atom, &who, &reason)) {
      seen.push_back("EXIT " + print(reason));
    }
  });
  two.a->act([&](Self& self) { self.send(watcher, "go"_atom); });
  CHECK(two.call("erlang", "node", "[]") == "b@localhost");  // arrives after the monitor and the link
  CHECK(seen.empty());
  two.b->stop();
  two.until([&] { return seen.size() == 2; });
  std::sort(seen.begin(), seen.end());
  CHECK(seen == Strings{"DOWN {sink,b@localhost} noconnection", "EXIT noconnection"});
  two.until([&] { return two.told.back() == "a@localhost: down b@localhost"; });
}

TEST_CASE("cluster: a call that is waited for fails when its node stops", "[library]") {
  Two two;
  std::optional<Answer> kept;
  two.b->expose("m", "wait",
                [&](Call& call) { return call.later([&](Answer answer) { kept.emplace(answer); }); });
  std::string told;
  two.a->act([&](Self& self) {
    self.call(name_b, "m"_atom, "wait"_atom, self.list(), [&](Self&, const CallResult& result) {
      told = std::string{result.kind == CallResult::Kind::failed ? "failed " : "not failed "} +
             print(result.term);
    });
  });
  two.until([&] { return kept.has_value(); });
  two.b.reset();
  two.until([&] { return !told.empty(); });
  CHECK(told == "failed noconnection");
}

TEST_CASE("cluster: after disconnect_node the next call connects again", "[library]") {
  Two two;
  CHECK(two.call("erlang", "node", "[]") == "b@localhost");
  CHECK(print(two.a
                  ->call_and_wait(name_a, "erlang"_atom, "disconnect_node"_atom,
                                  [](Terms& terms) { return terms.list(name_b); })
                  ->term()) == "true");
  two.until([&] { return two.told.size() == 4; });
  CHECK(two.call("erlang", "nodes", "[]") == "[a@localhost]");
  CHECK(std::count(two.told.begin(), two.told.end(), "a@localhost: up b@localhost") == 2);
  CHECK(std::count(two.told.begin(), two.told.end(), "a@localhost: down b@localhost") == 1);
}

TEST_CASE("cluster: another node halts this one, after the answer", "[library]") {
  Two two;
  two.a->act([&](Self& self) {
    self.call(name_b, "erlang"_atom, "halt"_atom, self.list(7), [](Self&, const CallResult&) {});
  });
  two.until([&] { return !two.told.empty() && two.told.back() == "b@localhost: halted 7"; });
  two.until([&] { return two.epmd.names() == Strings{"a"}; });
}

TEST_CASE("cluster: a node without a name gets one with its first connection", "[library]") {
  World world;
  auto b = world.start("b@localhost");
  auto nameless = std::move(*LocalNode::create(world.loop, {.cookie = "secret"}));
  CHECK(nameless->name() == "nonode@nohost"_atom);
  nameless->set_address(name_b, "127.0.0.1:" + std::to_string(b->port()));
  std::optional<Outcome> outcome;
  nameless->connect(name_b, [&](Outcome told) { outcome = told; });
  world.until([&] { return outcome.has_value(); });
  REQUIRE(*outcome);
  CHECK(nameless->name().text().ends_with("@localhost"));
  CHECK(nameless->ping_and_wait(name_b));
}

}  // namespace noderuntime
