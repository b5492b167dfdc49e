// From options to what is joined.
#include "noderuntime/membership/join_plan.h"

#include "test/unit/catch.h"

namespace noderuntime::membership {
namespace {

Result<JoinPlan> plan(const JoinOptions& options, std::vector<std::string> hosts = {}) {
  return plan_of(options, 3, *NodeName::parse("app@h1.example.org"), hosts);
}
std::string error_of(const JoinOptions& options) {
  auto made = plan(options);
  return made ? "none" : std::string{error_name(made.error().code)};
}
std::string text(const JoinSource& source) {
  static constexpr const char* kinds[] = {"addresses", "services", "epmd"};
  return std::string{kinds[static_cast<int>(source.kind)]} + " " + source.name + " " +
         std::to_string(source.port);
}

}  // namespace

TEST_CASE("join plan: nodes are full names; one without a host is on ours", "[membership]") {
  auto made = plan({.nodes = {"a@h2.example.org", "b"}});
  REQUIRE(made);
  REQUIRE(made->nodes.size() == 2);
  CHECK(made->nodes[0].full() == "a@h2.example.org");
  CHECK(made->nodes[1].full() == "b@h1.example.org");
  CHECK(made->base_name == "app");
  CHECK(made->wait == 3);
}

TEST_CASE("join plan: names of DNS are names of addresses, or of services", "[membership]") {
  auto made =
      plan({.dns = {"app.example.org", "app:4370", "_app._tcp.example.org", "_app._tcp.example.org:9", "_x"},
            .base_name = "web"},
           {"h7"});
  REQUIRE(made);
  std::vector<std::string> sources;
  for (auto& source : made->sources) sources.push_back(text(source));
  CHECK(sources == std::vector<std::string>{"addresses app.example.org 0", "addresses app 4370",
                                            "services _app._tcp.example.org 0",
                                            "services _app._tcp.example.org 9", "addresses _x 0",
                                            "epmd h7 0"});
  CHECK(made->base_name == "web");
}

TEST_CASE("join plan: it is empty without anything to join or to wait for", "[membership]") {
  CHECK(JoinPlan{}.empty());
  CHECK_FALSE(plan({})->empty());  // it waits
}

TEST_CASE("join plan: what is no name is an error", "[membership]") {
  CHECK(error_of({.nodes = {"a b"}}) == "bad_node_name");
  CHECK(error_of({.nodes = {""}}) == "bad_node_name");
  CHECK(error_of({.nodes = {"a@b@c"}}) == "bad_node_name");
  CHECK(error_of({.base_name = "a.b"}) == "bad_node_name");
  CHECK(error_of({.base_name = "a@b"}) == "bad_node_name");
  for (auto* name : {"", ":4370", "a:", "a:0", "a:70000", "a:b", "a b", "a@b", "10.0.0.0/8"})
    CHECK(std::pair{name, error_of({.dns = {name}})} == std::pair{name, std::string{"configuration"}});
}

}  // namespace noderuntime::membership
