// Which nodes are joined, and when, with a clock of the test.
#include "noderuntime/membership/joiner.h"

#include <algorithm>
#include <array>

#include "test/unit/catch.h"

namespace noderuntime::membership {
namespace {

using Strings = std::vector<std::string>;
using Kind = JoinSource::Kind;
using namespace std::chrono_literals;

constexpr std::uint64_t longest = 0;  // the random number with which pauses are not shortened

NodeName name(std::string_view text) { return *NodeName::parse(text); }

JoinPlan plan_for(const Strings& nodes, std::vector<JoinSource> sources = {}, std::uint32_t wait = 0) {
  JoinPlan plan;
  for (auto& node : nodes) plan.nodes.push_back(name(node));
  plan.sources = std::move(sources);
  plan.base_name = "app";
  plan.wait = wait;
  return plan;
}

const JoinSource web{Kind::addresses, "web.example"};

// An engine, the time, and short names of its functions.
struct World {
  Joiner joiner;
  Milliseconds now{1'000};
  std::uint64_t chance = longest;

  explicit World(JoinPlan plan) : joiner{std::move(plan), name("app@10.0.0.1")} {}

  // "ask N", "NODE" for an attempt, "NODE at ADDRESS".
  Strings steps() {
    auto steps = joiner.take_steps(now);
    Strings texts;
    for (auto which : steps.ask) texts.push_back("ask " + std::to_string(which));
    for (auto& wanted : steps.connect)
      texts.push_back(wanted.node.full() + (wanted.address.empty() ? "" : " at " + wanted.address));
    return texts;
  }
  // The time until the deadline; -1 ms without one.
  Milliseconds wait() const {
    auto deadline = joiner.deadline();
    return deadline ? *deadline - now : -1ms;
  }
  Strings steps_at_deadline() {
    now = std::max(now, joiner.deadline().value_or(now));
    return steps();
  }
  Strings notes() {
    Strings texts;
    for (auto& note : joiner.take_notes()) texts.push_back((note.warning ? "warning " : "info ") + note.text);
    return texts;
  }
  void up(std::string_view node, bool visible = true) { joiner.node_up(now, name(node), visible); }
  void down(std::string_view node) { joiner.node_down(now, name(node), chance); }
  void fail(std::string_view node, Errc why = Errc::unknown_node, std::string_view advice = {}) {
    joiner.unreachable(now, name(node), {Error{why, {}}, advice}, chance);
  }
  void found(const Strings& names, std::optional<Milliseconds> ttl = 10s, bool complete = true,
             std::size_t which = 0) {
    joiner.found(now, which, {names, ttl, complete}, chance);
  }
  void not_found(Errc why = Errc::timeout, std::size_t which = 0) {
    joiner.not_found(now, which, Error{why, {}}, chance);
  }
};

}  // namespace

// --- nodes that are typed

TEST_CASE("joiner: typed nodes are tried at once, the own name is not, and then there is nothing to do",
          "[membership]") {
  World world{plan_for({"b@h", "app@10.0.0.1", "a@h", "b@h"})};
  CHECK(world.wait() <= 0ms);
  CHECK(world.steps() == Strings{"a@h", "b@h"});
  CHECK(world.steps().empty());
  CHECK(world.wait() == -1ms);
  world.up("a@h");
  world.up("b@h");
  CHECK(world.wait() == -1ms);
  CHECK(world.notes().empty());
}

TEST_CASE("joiner: pauses after failures double up to the longest, and chance takes up to a half",
          "[membership]") {
  World world{plan_for({"a@h"})};
  world.steps();
  std::vector<Milliseconds> pauses;
  for (int i = 0; i < 9; ++i) {
    world.fail("a@h");
    pauses.push_back(world.wait());
    CHECK(world.steps().empty());
    CHECK(world.steps_at_deadline() == Strings{"a@h"});
  }
  CHECK(pauses == std::vector<Milliseconds>{500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s});
  for (int i = 0; i < 1'000; ++i) {  // no overflow
    world.chance = static_cast<std::uint64_t>(i) * 0x9E37'79B9'7F4A'7C15u;
    world.fail("a@h");
    CHECK((world.wait() >= longest_pause / 2 && world.wait() <= longest_pause));
    world.steps_at_deadline();
  }
}

TEST_CASE("joiner: a node that is lost is tried again, after a long connection soon", "[membership]") {
  World world{plan_for({"a@h"})};
  world.steps();
  world.up("a@h");
  world.now += steady_time;
  world.down("a@h");
  CHECK(world.wait() == first_pause);
  CHECK(world.steps_at_deadline() == Strings{"a@h"});
  world.up("a@h");
  for (auto pause : {1s, 2s, 4s, 8s, 16s, 30s}) {  // it goes at once, again and again
    world.down("a@h");
    CHECK(world.wait() == pause);
    CHECK(world.steps_at_deadline() == Strings{"a@h"});
    world.up("a@h");
  }
  CHECK(world.notes().empty());
}

TEST_CASE("joiner: a node that connects to us is not tried", "[membership]") {
  World world{plan_for({"a@h", "b@h"})};
  world.up("a@h");
  CHECK(world.steps() == Strings{"b@h"});
  world.fail("b@h");
  world.up("b@h");  // while it waits for the next attempt
  CHECK(world.wait() == -1ms);
  world.down("b@h");
  CHECK(world.wait() > 0ms);
}

TEST_CASE("joiner: the failure of somebody else's attempt does not put ours off", "[membership]") {
  World world{plan_for({"a@h"})};
  world.steps();
  world.fail("a@h");
  auto before = world.wait();
  world.fail("a@h");
  world.fail("other@h");
  CHECK(world.wait() == before);
}

TEST_CASE("joiner: a failure is told with its advice, then only another one, or after some time",
          "[membership]") {
  World world{plan_for({"a@h"})};
  auto fail = [&](Errc why, std::string_view advice = {}) {
    world.steps_at_deadline();
    world.fail("a@h", why, advice);
    return world.notes();
  };
  CHECK(fail(Errc::no_epmd) ==
        Strings{"warning join: cannot connect to a@h: no port mapper daemon answers; the node tries again"});
  CHECK(fail(Errc::no_epmd).empty());
  CHECK(
      fail(Errc::bad_cookie, "compare them") ==
      Strings{"warning join: cannot connect to a@h: the peer does not know our cookie; the node tries again; "
              "advice: compare them"});
  auto told = world.now;
  while (world.now + longest_pause < told + told_again_after) REQUIRE(fail(Errc::bad_cookie).empty());
  world.now = told + told_again_after;
  CHECK(fail(Errc::bad_cookie).size() == 1);
  CHECK(fail(Errc::bad_cookie).empty());
  CHECK(fail(Errc::no_epmd).size() == 1);
}

TEST_CASE("joiner: a lost connection is told elsewhere; the first failure behind it is told again",
          "[membership]") {
  World world{plan_for({"a@h"})};
  auto fail = [&] {
    world.steps_at_deadline();
    world.fail("a@h");
    return world.notes();
  };
  CHECK(fail().size() == 1);
  world.steps_at_deadline();
  world.up("a@h");
  world.down("a@h");
  CHECK(world.notes().empty());
  CHECK(fail().size() == 1);
  CHECK(fail().empty());
}

TEST_CASE("joiner: some attempts run at once, those that have waited longest come first", "[membership]") {
  Strings nodes;
  for (int i = 100; i < 100 + 2 * static_cast<int>(attempts_at_once) + 1; ++i)
    nodes.push_back("n" + std::to_string(i) + "@h");
  World world{plan_for(nodes)};
  auto first = world.steps();
  CHECK(first.size() == attempts_at_once);
  CHECK(world.wait() == -1ms);  // not before an attempt ends
  world.now += 10s;
  CHECK(world.steps().empty());
  world.fail(first[0]);
  world.up(first[1]);
  CHECK(world.wait() <= 0ms);
  CHECK(world.steps() == Strings{nodes[attempts_at_once], nodes[attempts_at_once + 1]});
  world.now += longest_pause;
  for (std::size_t i = 2; i < attempts_at_once; ++i) world.fail(first[i]);
  auto next = world.steps();
  REQUIRE(next.size() == attempts_at_once - 2);
  CHECK(next[0] == nodes[attempts_at_once + 2]);  // untried ones before `first[0]`, which has failed
}

// --- DNS

TEST_CASE("joiner: records become names, are asked for again at their time to live, and followed",
          "[membership]") {
  World world{plan_for({}, {web})};
  CHECK(world.steps() == Strings{"ask 0"});
  CHECK(world.wait() == -1ms);
  world.found({"10.0.0.1", "10.0.0.3", "10.0.0.2", "10.0.0.2", "fd00::2", "no host"});
  CHECK(world.steps() == Strings{"app@10.0.0.2", "app@10.0.0.3", "app@fd00::2", "app@no host"});
  CHECK(world.wait() == 10s);
  for (auto* node : {"app@10.0.0.2", "app@10.0.0.3", "app@fd00::2"}) world.up(node);
  CHECK(world.steps_at_deadline() == Strings{"ask 0"});
  world.found({"10.0.0.3", "10.0.0.4"});
  CHECK(world.steps() == Strings{"app@10.0.0.4"});
  world.down("app@10.0.0.2");  // no longer wanted
  world.down("app@10.0.0.3");
  world.now += 500ms;
  CHECK(world.steps() == Strings{"app@10.0.0.3"});
}

TEST_CASE("joiner: the time to live has bounds", "[membership]") {
  World world{plan_for({}, {web})};
  auto wait_after = [&](std::optional<Milliseconds> ttl) {
    CHECK(world.steps_at_deadline().front() == "ask 0");
    world.found({"10.0.0.1"}, ttl);
    return world.wait();
  };
  CHECK(wait_after(0ms) == shortest_ttl);
  CHECK(wait_after(1s) == shortest_ttl);
  CHECK(wait_after(shortest_ttl + 1s) == shortest_ttl + 1s);
  CHECK(wait_after(24h) == longest_ttl);
  CHECK(wait_after(std::nullopt) == shortest_ttl);
}

TEST_CASE("joiner: what a name server cannot tell changes nothing; no records mean no nodes",
          "[membership]") {
  World world{plan_for({}, {web})};
  world.steps();
  world.found({"10.0.0.2"}, 10s);
  world.steps();
  CHECK(world.steps_at_deadline() == Strings{"ask 0"});
  world.not_found();
  CHECK(world.wait() == first_pause);
  CHECK(world.notes() == Strings{"info join: cannot ask web.example: the time is over; the node asks again"});
  world.fail("app@10.0.0.2");
  CHECK(world.steps_at_deadline() == Strings{"ask 0", "app@10.0.0.2"});  // still wanted
  world.not_found();
  CHECK(world.notes().size() == 1);  // that of the node
  CHECK(world.wait() <= 1s);
  world.now += 1s;
  CHECK(world.steps() == Strings{"ask 0"});
  world.found({}, std::nullopt);
  CHECK(world.notes() == Strings{"info join: web.example has no records; the node asks again"});
  world.fail("app@10.0.0.2");
  CHECK(world.wait() == 2s);  // the third failure in a row of the source; the node is not tried
  CHECK(world.steps_at_deadline() == Strings{"ask 0"});
  world.found({}, std::nullopt);
  CHECK(world.notes().empty());
  world.steps_at_deadline();
  world.found({"10.0.0.2"});
  CHECK(world.steps() == Strings{"app@10.0.0.2"});
  CHECK(world.wait() == 10s);
}

TEST_CASE("joiner: an answer that is not complete adds nodes and drops none", "[membership]") {
  World world{plan_for({}, {web})};
  world.steps();
  world.found({"10.0.0.2", "fd00::2"});
  world.steps();
  world.up("app@10.0.0.2");
  world.up("app@fd00::2");
  world.steps_at_deadline();
  world.found({"10.0.0.3"}, 10s, false);
  CHECK(world.steps() == Strings{"app@10.0.0.3"});
  world.up("app@10.0.0.3");
  world.down("app@fd00::2");
  world.now += 500ms;
  CHECK(world.steps() == Strings{"app@fd00::2"});
  world.up("app@fd00::2");
  world.steps_at_deadline();
  world.found({"10.0.0.3"});
  world.down("app@fd00::2");
  world.now += 1s;
  CHECK(world.steps().empty());
}

TEST_CASE("joiner: a node is wanted while one of its sources has it", "[membership]") {
  World world{plan_for({"app@10.0.0.2"}, {web, {Kind::addresses, "other.example"}})};
  CHECK(world.steps() == Strings{"ask 0", "app@10.0.0.2"});  // one name at a time
  world.found({"10.0.0.2", "10.0.0.3"}, 10s, true, 0);
  CHECK(world.steps() == Strings{"ask 1", "app@10.0.0.3"});
  world.found({"10.0.0.3"}, 10s, true, 1);
  world.up("app@10.0.0.2");
  world.up("app@10.0.0.3");
  world.now += 10s;
  CHECK(world.steps() == Strings{"ask 0"});
  world.found({"10.0.0.9"}, 300s, true, 0);
  CHECK(world.steps() == Strings{"ask 1", "app@10.0.0.9"});
  world.up("app@10.0.0.9");
  world.down("app@10.0.0.2");
  world.down("app@10.0.0.3");
  world.now += 500ms;
  CHECK(world.steps() == Strings{"app@10.0.0.2", "app@10.0.0.3"});
  world.found({"10.0.0.9"}, 300s, true, 1);
  world.fail("app@10.0.0.2");
  world.fail("app@10.0.0.3");
  world.now += 30s;
  CHECK(world.steps() == Strings{"app@10.0.0.2"});  // it is typed
}

TEST_CASE("joiner: with a port nodes have addresses, and services have hosts", "[membership]") {
  World world{
      plan_for({}, {{Kind::addresses, "web.example", 4370}, {Kind::services, "_app._tcp.example", 0}})};
  world.steps();
  world.found({"10.0.0.2", "fd00::2"}, 10s, true, 0);
  CHECK(world.steps() == Strings{"ask 1", "app@10.0.0.2 at 10.0.0.2:4370", "app@fd00::2 at [fd00::2]:4370"});
  world.found({"app-0.web.example"}, 10s, true, 1);
  CHECK(world.steps() == Strings{"app@app-0.web.example"});
}

TEST_CASE("joiner: a source has a bound of nodes, and its excess is told once", "[membership]") {
  Strings many;
  for (std::size_t i = 0; i < nodes_of_a_source + 50; ++i) many.push_back("h" + std::to_string(i));
  World world{plan_for({}, {web})};
  world.steps();
  world.found(many);
  CHECK(world.notes() ==
        Strings{"warning web.example has more than 1024 nodes to join: the others are ignored"});
  std::size_t tried = 0;
  for (auto some = world.steps(); !some.empty(); some = world.steps()) {
    tried += some.size();
    for (auto& node : some) world.up(node);
  }
  CHECK(tried == nodes_of_a_source);
  world.steps_at_deadline();
  world.found(many);
  CHECK(world.notes().empty());
}

TEST_CASE("joiner: a node that goes from DNS and comes back during an attempt is tried once more",
          "[membership]") {
  World world{plan_for({}, {web})};
  world.steps();
  world.found({"10.0.0.2"}, 2s);
  CHECK(world.steps() == Strings{"app@10.0.0.2"});
  world.steps_at_deadline();
  world.found({"10.0.0.3"}, 2s);
  CHECK(world.steps() == Strings{"app@10.0.0.3"});
  world.steps_at_deadline();
  world.found({"10.0.0.2", "10.0.0.3"}, 2s);
  CHECK(world.steps() == Strings{"app@10.0.0.2"});
  world.fail("app@10.0.0.2");  // the end of both attempts: the owner makes only one
  CHECK(world.wait() == first_pause);
}

// --- hosts

TEST_CASE("joiner: the nodes at a host are those of its epmd, which is asked again", "[membership]") {
  World world{plan_for({}, {{Kind::epmd, "h2"}, {Kind::epmd, "h3"}})};
  CHECK(world.steps() == Strings{"ask 0", "ask 1"});
  world.found({"a", "b"}, std::nullopt, true, 0);
  world.not_found(Errc::no_epmd, 1);
  CHECK(world.notes() ==
        Strings{"info join: cannot ask epmd of h3: no port mapper daemon answers; the node asks again"});
  CHECK(world.steps() == Strings{"a@h2", "b@h2"});
  world.up("a@h2");
  world.up("b@h2");
  world.now += 500ms;
  CHECK(world.steps() == Strings{"ask 1"});
  world.found({}, std::nullopt, true, 1);  // it has no nodes: nothing to tell
  CHECK(world.notes().empty());
  world.now += host_interval;
  CHECK(world.steps() == Strings{"ask 0", "ask 1"});
  world.found({"b", "c"}, std::nullopt, true, 0);
  world.down("a@h2");
  CHECK(world.steps() == Strings{"c@h2"});
}

TEST_CASE("joiner: some hosts are asked at once", "[membership]") {
  std::vector<JoinSource> hosts;
  for (std::size_t i = 0; i < hosts_asked_at_once + 2; ++i)
    hosts.push_back({Kind::epmd, "h" + std::to_string(i)});
  World world{plan_for({}, hosts)};
  CHECK(world.steps().size() == hosts_asked_at_once);
  CHECK(world.wait() == -1ms);
  world.not_found(Errc::timeout, 3);
  CHECK(world.steps() == Strings{"ask " + std::to_string(hosts_asked_at_once)});
}

// --- whether the node has joined

TEST_CASE("joiner: it has joined when so many nodes are connected; of hidden ones those that it wants",
          "[membership]") {
  CHECK(World{plan_for({"a@h"})}.joiner.has_joined());
  World world{plan_for({"a@h", "b@h"}, {}, 2)};
  CHECK_FALSE(world.joiner.has_joined());
  world.up("tool@h", false);
  world.up("a@h", false);
  CHECK_FALSE(world.joiner.has_joined());
  world.up("stranger@h");
  CHECK(world.joiner.has_joined());
  world.down("a@h");
  CHECK_FALSE(world.joiner.has_joined());
}

// --- every order of events

TEST_CASE("joiner: in every order of events each wanted node is tried in time, and no other one",
          "[membership]") {
  static constexpr int events = 7, length = 7;
  const NodeName node = name("app@10.0.0.2");
  int orders = 1;
  for (int i = 0; i < length; ++i) orders *= events;
  bool good = true;
  for (int order = 0; order < orders && good; ++order) {
    World world{plan_for({}, {web})};
    bool wanted = false, connected = false, trying = false, asking = false;
    auto expect = [&](bool condition) { good = good && condition; };
    auto take = [&] {
      auto steps = world.joiner.take_steps(world.now);
      for (auto which : steps.ask) {
        expect(which == 0 && !asking);
        asking = true;
      }
      for (auto& step : steps.connect) {
        expect(step.node == node && wanted && !connected);
        trying = true;
      }
    };
    take();
    expect(asking);
    for (int left = order, i = 0; i < length; ++i, left /= events) {
      switch (left % events) {
        case 0: world.up(node.full()), connected = true, trying = false; break;
        case 1:
          if (!connected && !trying) break;
          connected ? world.down(node.full()) : world.fail(node.full());
          connected = trying = false;
          break;
        case 2:
          if (!asking) break;
          world.found({"10.0.0.2"}), asking = false, wanted = true;
          break;
        case 3:
          if (!asking) break;
          world.found({}), asking = false, wanted = false;
          break;
        case 4:
          if (asking) world.not_found(), asking = false;
          break;
        case 5: world.now += longest_pause; break;
        case 6: world.now += 100ms; break;
      }
      take();
      auto deadline = world.joiner.deadline();
      expect(!deadline || *deadline > world.now);  // or the owner would spin
      expect(asking || deadline);
      if (wanted && !connected && !trying) expect(deadline && *deadline - world.now <= longest_pause);
      if (asking && (connected || trying || !wanted)) expect(!deadline);
    }
    if (!good) FAIL("in the order " << order);
  }
  CHECK(good);
}

}  // namespace noderuntime::membership
