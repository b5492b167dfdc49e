// Which nodes are connected to and asked, and what is told of them.
#include "noderuntime/observe/cluster.h"

#include <algorithm>
#include <set>

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using State = Cluster::State;
using Strings = std::vector<std::string>;

// Nodes with what they see; a node in `silent` does not answer, one in `down` cannot be connected to.
struct World {
  Questions questions;
  Cluster cluster;
  Milliseconds now{1'000'000};
  std::map<std::string, std::string> sees;  // NODE: [NODE, …], as text
  std::set<std::string> silent, down;
  Strings listed;
  std::size_t connects = 0, asked = 0;

  explicit World(ClusterOptions options = {.hosts = {"h"}}) : cluster{std::move(options), questions} {
    cluster.set_self("me@h"_atom);
  }

  Value figures(const std::string& node) {
    auto count = std::to_string(100 + now.count() / 1000);
    return parsed("[" + std::to_string(now.count() * 1'000'000) + ",100,5,9000,20,0,{" + count +
                  ",0},{100,0},{1,2,0},{{input,5},{output,6}},[{total,1000000}]," +
                  (sees[node].empty() ? "[]" : sees[node]) + ",[me@h],[],[]]");
  }
  Value facts() {
    return parsed("[\"25\",\"13\",\"Erlang/OTP 25\",\"x\",2,262144,65536,1048576,8192,0,1000000000,[]]");
  }

  void step() {
    for (int round = 0; round < 4; ++round) {
      auto steps = cluster.take_steps(now);
      for (auto& host : steps.list) cluster.on_listed(host, listed, now);
      for (Atom node : steps.connect) {
        ++connects;
        auto name = std::string{node.text()};
        if (down.count(name) != 0)
          cluster.on_unreachable(node, Error{Errc::unknown_node, name}, now);
        else
          cluster.on_connected(node, now);
      }
      asked += answer_all(questions, now, [this](const Questions::Call& call) {
        auto name = std::string{call.node.text()};
        if (silent.count(name) != 0) return failed_result("timeout"_atom);
        bool static_part = Terms::elements(Terms::elements(call.arguments.term())->at(1))->size() == 12;
        kept_ = static_part ? facts() : figures(name);
        return value_result(kept_);
      });
    }
  }
  void run(Milliseconds time) {
    for (auto end = now + time; now < end; now += 500ms) step();
  }
  Value document(bool history = false) {
    return built([&](Terms& terms) { return cluster.document(terms, now, now.count(), history, {}); });
  }
  Value node(const std::string& name, bool history = false) {
    auto whole = document(history);
    for (Term row : list_at(whole.term(), "nodes"))
      if (text_at(row, "node") == name) return Value::of(row);
    return {};
  }
  State state(const char* name) { return *cluster.state(Atom::of(name)); }

 private:
  Value kept_;
};

TEST_CASE("cluster: what epmd lists is connected to and looked at, and leads to others", "[observe]") {
  World world;
  world.listed = {"a"};
  world.sees = {{"a@h", "[b@h2]"}, {"b@h2", "[a@h]"}};
  world.run(3s);
  CHECK(world.state("a@h") == State::up);
  CHECK(world.state("b@h2") == State::up);
  CHECK_FALSE(world.cluster.state("me@h"_atom));
  CHECK(world.connects == 2);
  CHECK(text_at(world.node("a@h").term(), "processes") == "100");
  CHECK(text_at(world.node("a@h").term(), "uptime") == "1001");
  CHECK(world.cluster.settled(2));
}

TEST_CASE("cluster: a node is looked at once per interval", "[observe]") {
  World world;
  world.listed = {"a"};
  world.sees = {{"a@h", "[]"}};
  world.run(3s);
  auto before = world.asked;
  world.run(20s);
  CHECK(world.asked - before >= 9);
  CHECK(world.asked - before <= 11);
}

TEST_CASE("cluster: a node that does not answer is silent, and does not hold up others", "[observe]") {
  World world;
  world.listed = {"a", "b"};
  world.sees = {{"a@h", "[]"}, {"b@h", "[]"}};
  world.run(3s);
  world.silent = {"a@h"};
  world.run(3s);
  CHECK(world.state("a@h") == State::silent);
  CHECK(text_at(world.node("a@h").term(), "reason") == "it does not answer in time");
  CHECK(world.state("b@h") == State::up);
  world.silent = {};
  world.run(3s);
  CHECK(world.state("a@h") == State::up);
  CHECK(text_at(world.node("a@h").term(), "reason") == "(absent)");
}

TEST_CASE("cluster: a silent node is not asked more while an answer is open", "[observe]") {
  Questions questions;
  Cluster cluster{{}, questions};
  cluster.add("a@h"_atom);
  auto now = 1s;
  REQUIRE(cluster.take_steps(now).connect.size() == 1);
  cluster.on_connected("a@h"_atom, now);
  for (int i = 0; i < 10; ++i) cluster.take_steps(now + i * 10s);
  CHECK(questions.take().size() == 1);
}

TEST_CASE("cluster: a node that went is gone, and up again when it comes back", "[observe]") {
  World world;
  world.listed = {"a"};
  world.sees = {{"a@h", "[]"}};
  world.run(3s);
  world.cluster.on_lost("a@h"_atom, world.now);
  world.down = {"a@h"};
  world.listed = {};
  world.run(30s);
  CHECK(world.state("a@h") == State::gone);
  world.down = {};
  world.listed = {"a"};
  world.run(7s);
  CHECK(world.state("a@h") == State::up);
  Strings events;
  auto document = world.document();
  for (Term event : list_at(document.term(), "events")) events.push_back(text_at(event, "event"));
  CHECK(events == Strings{"up", "down", "up"});
}

TEST_CASE("cluster: an answer to a call on a former connection is dropped", "[observe]") {
  Questions questions;
  Cluster cluster{{}, questions};
  cluster.add("a@h"_atom);
  cluster.take_steps(1s);
  cluster.on_connected("a@h"_atom, 1s);
  cluster.take_steps(1s);
  auto old = questions.take();
  REQUIRE(old.size() == 1);
  cluster.on_lost("a@h"_atom, 2s);
  questions.on_answer(old[0].id, failed_result("noconnection"_atom), 2s);
  CHECK(cluster.state("a@h"_atom) == State::gone);
  cluster.take_steps(5s);
  cluster.on_connected("a@h"_atom, 5s);
  cluster.take_steps(5s);
  questions.on_answer(old[0].id, failed_result("timeout"_atom), 5s);
  CHECK(cluster.state("a@h"_atom) == State::gone);  // until it has answered
  CHECK(questions.take().size() == 1);
}

TEST_CASE("cluster: what nobody lists or sees any more is forgotten", "[observe]") {
  World world;
  world.listed = {"a", "b"};
  world.sees = {{"a@h", "[b@h,shell@h]"}, {"b@h", "[a@h]"}};
  world.down = {"shell@h"};
  world.run(3s);
  CHECK(world.state("shell@h") == State::unreachable);
  world.sees = {{"a@h", "[]"}};
  world.cluster.on_lost("b@h"_atom, world.now);
  world.down.insert("b@h");
  world.listed = {"a"};
  world.run(10s);
  CHECK_FALSE(world.cluster.state("shell@h"_atom));
  CHECK(world.state("b@h") == State::gone);
  world.run(700s);
  CHECK_FALSE(world.cluster.state("b@h"_atom));
}

TEST_CASE("cluster: a node that is called otherwise is shown by its real name", "[observe]") {
  Questions questions;
  Cluster cluster{{.hosts = {"h"}}, questions};
  cluster.take_steps(1s);
  cluster.on_listed("h", Strings{"a"}, 1s);
  cluster.take_steps(1s);
  cluster.on_unreachable("a@h"_atom, Error{Errc::wrong_node, "a@h: it is a@10.0.0.1"}, 1s);
  CHECK_FALSE(cluster.state("a@h"_atom));
  CHECK(cluster.take_steps(1s).connect == std::vector<Atom>{"a@10.0.0.1"_atom});
  cluster.on_listed("h", Strings{"a"}, 2s);
  CHECK_FALSE(cluster.state("a@h"_atom));
  cluster.on_unreachable("a@10.0.0.1"_atom, Error{Errc::wrong_node, "it is no name"}, 2s);
  CHECK(cluster.state("a@10.0.0.1"_atom) == State::unreachable);
}

TEST_CASE("cluster: partitions are groups, and a connection that one end denies is told", "[observe]") {
  World world;
  world.listed = {"a", "b", "c", "d", "e"};
  world.sees = {{"a@h", "[b@h,c@h]"}, {"b@h", "[a@h]"}, {"c@h", "[]"}, {"d@h", "[e@h]"}, {"e@h", "[d@h]"}};
  world.run(6s);
  Strings groups, one_sided;
  auto document = world.document();
  for (Term group : list_at(document.term(), "groups")) {
    std::string names;
    for (; group.is_cons(); group = group.tail())
      names += (names.empty() ? "" : " ") + *detail::read_text(group.head());
    groups.push_back(names);
  }
  CHECK(groups == Strings{"a@h b@h", "d@h e@h", "c@h"});
  for (Term pair : list_at(document.term(), "one_sided"))
    one_sided.push_back(text_at(pair, "node") + " unseen by " + text_at(pair, "unseen_by"));
  CHECK(one_sided == Strings{"a@h unseen by c@h"});
}

TEST_CASE("cluster: a change between the looks at two ends is no partition", "[observe]") {
  World world;
  world.listed = {"a", "b"};
  world.sees = {{"a@h", "[b@h]"}, {"b@h", "[a@h]"}};
  world.run(6s);
  world.sees["b@h"] = "[]";
  for (int i = 0; i < 5 && list_at(world.node("b@h").term(), "connections").size() > 0; ++i) world.run(500ms);
  CHECK(list_at(world.document().term(), "one_sided").empty());
  world.run(5s);
  CHECK(list_at(world.document().term(), "one_sided").size() == 1);
}

TEST_CASE("cluster: a node that names thousands of others does not grow the cluster above its bound",
          "[observe]") {
  World world{{.most_nodes = 10, .hosts = {"h"}}};
  world.listed = {"a"};
  std::string many = "[b@h";
  for (int i = 0; i < 3'000; ++i) many += ",n" + std::to_string(i) + "@h";
  world.sees = {{"a@h", many + "]"}};
  world.run(3s);
  CHECK(world.cluster.nodes().size() == 10);
  CHECK(text_at(world.document().term(), "nodes_left_out") == "true");
}

TEST_CASE("cluster: the history has a point for each step, and at most ten minutes", "[observe]") {
  World world;
  world.listed = {"a"};
  world.sees = {{"a@h", "[]"}};
  world.run(21s);
  auto node = world.node("a@h", true);
  auto history = Terms::get(node.term(), Term::atom("history"_atom));
  REQUIRE(history);
  CHECK(list_at(*history, "memory").size() == 4);
  CHECK(list_at(*history, "memory")[0].is_small());
  world.run(700s);
  auto later = world.node("a@h", true);
  CHECK(list_at(*Terms::get(later.term(), Term::atom("history"_atom)), "memory").size() == 120);
}

}  // namespace
}  // namespace noderuntime::observe
