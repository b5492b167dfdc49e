// Claims about Client, the node that the verbs ask with. Other nodes and epmd's own server run on its loop.
#include "noderuntime/command/client.h"

#include <csignal>
#include <cstdlib>

#include "noderuntime/command/call.h"
#include "noderuntime/command/multicall.h"
#include "noderuntime/command/names.h"
#include "noderuntime/library/states.h"
#include "test/unit/catch.h"
#include "test/unit/command/captured.h"
#include "test/unit/port_mapper.h"

namespace noderuntime::command {
namespace {

using noderuntime::test::listening_socket;
using noderuntime::test::PortMapper;
using test::run;

const Atom name_b = "b@localhost"_atom, name_c = "c@localhost"_atom;

ClientOptions options_for(int epmd) {
  auto port = std::to_string(net::local_address(epmd)->port().value());
  setenv("ERL_EPMD_PORT", port.c_str(), 1);  // read by Client::create()
  ClientOptions options;
  options.common.cookie = "secret";
  options.common.log_level = "error";
  return options;
}

struct World {
  net::Descriptor socket = listening_socket();
  std::unique_ptr<Client> client;
  std::optional<PortMapper> epmd;
  std::unique_ptr<LocalNode> b, c;

  explicit World(const std::function<void(ClientOptions&)>& change = [](ClientOptions&) {}) {
    auto options = options_for(socket.get());
    change(options);
    client = std::move(*Client::create(options));
    auto port = net::local_address(socket.get())->port();
    epmd.emplace(client->loop().state().loop, std::move(socket));
    b = start(name_b, port), c = start(name_c, port);
  }
  ~World() { unsetenv("ERL_EPMD_PORT"); }

  std::unique_ptr<LocalNode> start(Atom name, Port epmd_port) {
    NodeOptions options{.name = std::string{name.text()}, .cookie = "secret"};
    options.epmd_port = epmd_port.value();
    options.start_epmd = false;
    auto node = std::move(*LocalNode::create(client->loop(), options));
    REQUIRE(node->wait_until_up());
    node->expose("m", "sum", [](int x, int y) { return x + y; });
    node->expose("m", "fail", [](noderuntime::Call& call) { return call.error("why"_atom); });
    node->expose("m", "wait", [this](noderuntime::Call& call) {
      return call.later([&](Answer answer) { kept.push_back(answer); });
    });
    return node;
  }
  Called call(Atom node, std::string_view function, std::string_view arguments) {
    return client->call(node, "m", function, *Value::parse(arguments));
  }
  // The call that the words describe, as text, or the name of the error.
  std::string call_of(const std::vector<std::string>& words) const {
    auto what = read_call(*client, name_b, words);
    if (!what) return std::string{error_name(what.error().code)};
    return std::string{what->module.text()} + ':' + std::string{what->function.text()} + ' ' +
           print(what->arguments.term());
  }
  std::vector<Answer> kept;
};

}  // namespace

TEST_CASE("client: the node that it connects to first names it, and sees it hidden", "[command]") {
  World world;
  CHECK(world.client->node().name() == "nonode@nohost"_atom);
  REQUIRE(world.client->connect(name_b));
  CHECK(world.client->node().name().text().ends_with("@localhost"));
  REQUIRE(world.client->connect(name_c));
  auto hidden = world.client->call(name_b, "erlang", "nodes", *Value::parse("[hidden]"));
  CHECK(print(hidden.term.term()) == "['" + std::string{world.client->node().name().text()} + "']");
}

TEST_CASE("client: a node is NAME@HOST, or NAME on this host", "[command]") {
  World world;
  CHECK(*world.client->target("b@localhost") == name_b);
  CHECK(world.client->target("b")->text().starts_with("b@"));
  for (auto* bad : {"", "@localhost", "b@", "b c", "a@b@c"})
    CHECK(world.client->target(bad).error().code == Errc::bad_node_name);
  CHECK(*world.client->targets({"c@localhost", "b@localhost"}) == std::vector{name_c, name_b});
  CHECK_FALSE(world.client->targets({"c@localhost", "b c"}));
}

TEST_CASE("client: connections to several nodes are told in the order of the nodes", "[command]") {
  World world;
  auto outcomes = world.client->connect_all({name_b, "nobody@localhost"_atom, name_c});
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0]);
  CHECK(outcomes[1].error().code == Errc::unknown_node);
  CHECK(outcomes[2]);
}

TEST_CASE("client: a call gives the value, or the exception with its class", "[command]") {
  World world;
  REQUIRE(world.client->connect(name_b));
  auto sum = world.call(name_b, "sum", "[1,2]");
  CHECK(sum.ok());
  CHECK(sum.class_name() == "value");
  CHECK(print(sum.term.term()) == "3");
  auto failed = world.call(name_b, "fail", "[]");
  CHECK_FALSE(failed.ok());
  CHECK(failed.class_name() == "error");
  CHECK(print(failed.term.term()) == "why");
  auto text = run([&] { return world.client->fail(name_b, failed); });
  CHECK(text.status == remote_failure);
  CHECK(text.errors.starts_with("noderuntime: b@localhost: exception error: why\n  in m:fail"));
  CHECK(text.output.empty());
}

TEST_CASE("client: the answers of many calls are in the order of the calls", "[command]") {
  World world;
  world.client->connect_all({name_b, name_c});
  std::vector<Call> calls;
  for (int i = 0; i < 20; ++i)
    calls.push_back(
        {i % 2 ? name_b : name_c, "m"_atom, "sum"_atom, *Value::parse("[" + std::to_string(i) + ",0]")});
  auto answers = world.client->call_all(calls);
  REQUIRE(answers.size() == calls.size());
  for (int i = 0; i < 20; ++i)
    CHECK(print(answers[static_cast<std::size_t>(i)].term.term()) == std::to_string(i));
}

TEST_CASE("client: what is not answered within --timeout has failed, and the next call has its own time",
          "[command]") {
  World world{[](ClientOptions& options) { options.timeout = Seconds{1}; }};
  world.client->restart_clock();
  REQUIRE(world.client->connect(name_b));
  auto called = world.call(name_b, "wait", "[]");
  CHECK(called.class_name() == "failed");
  auto told = run([&] { return world.client->fail(name_b, called); });
  CHECK(told.status == temporary);
  CHECK(told.errors == "noderuntime: b@localhost: no answer in time\n");
  world.client->restart_clock();
  CHECK(world.call(name_b, "sum", "[1,2]").ok());
}

TEST_CASE("client: a node that stops is lost, and so is the call that waits for it", "[command]") {
  World world;
  REQUIRE(world.client->connect(name_b));
  CHECK_FALSE(world.client->lost(name_b));
  world.client->loop().post([&] {
    world.c->act([&](Self& self) {
      self.call(name_b, "erlang"_atom, "halt"_atom, self.list(), [](Self&, const CallResult&) {});
    });
  });
  auto called = world.call(name_b, "wait", "[]");
  auto told = run([&] { return world.client->fail(name_b, called); });
  CHECK(told.status == unreachable);
  CHECK(told.errors == "noderuntime: b@localhost: the connection is lost\n");
  CHECK(world.client->lost(name_b));
  CHECK_FALSE(world.client->lost(name_c));
}

TEST_CASE("client: a signal interrupts what it waits for", "[command]") {
  World world;
  CHECK(world.client->wait([] { return false; }, Seconds{0.001}) == Waited::timeout);
  CHECK(world.client->wait([] { return true; }, Seconds{60}) == Waited::done);
  std::raise(SIGTERM);
  CHECK(world.client->wait([] { return false; }, Seconds{60}) == Waited::interrupted);
  CHECK(world.client->interrupted());
  CHECK(world.client->connect(name_b).error().code == Errc::interrupted);
  world.client->go_on();
  CHECK(world.client->connect(name_b));
}

TEST_CASE("client: results and errors are objects with --json", "[command]") {
  World world{[](ClientOptions& options) { options.json = true; }};
  REQUIRE(world.client->connect(name_b));
  auto called = world.call(name_b, "sum", "[1,2]");
  CHECK(run([&] { return world.client->result(name_b, called.term.term()), 0; }).output ==
        "{\"node\":\"b@localhost\",\"value\":3}\n");
  auto failed = run([&] { return world.client->fail(name_b, world.call(name_b, "fail", "[]")); });
  CHECK(failed.status == remote_failure);
  CHECK(failed.output.find("\"class\":\"error\"") != std::string::npos);
  CHECK(failed.output.find("\"reason\":\"why\"") != std::string::npos);
  CHECK(failed.output.find("\"node\":\"b@localhost\"") != std::string::npos);
  auto error = run([&] { return world.client->fail(Error{Errc::no_epmd, "port 1"}, "d@localhost"); });
  CHECK(error.status == unreachable);
  CHECK(error.output.find("\"reason\":\"no_epmd\"") != std::string::npos);
  CHECK(error.errors == "noderuntime: d@localhost: no port mapper daemon answers: port 1\n");
}

TEST_CASE("client: without --json a result is the value, or NODE: VALUE", "[command]") {
  World world;
  auto value = *Value::parse("{ok,1}");
  CHECK(run([&] { return world.client->result(name_b, value.term()), 0; }).output == "{ok,1}\n");
  CHECK(run([&] { return world.client->result_of(name_b, value.term()), 0; }).output ==
        "b@localhost: {ok,1}\n");
}

TEST_CASE("call: one word is M:F(A), more are a module, a function and arguments", "[command]") {
  World world;
  CHECK(world.call_of({"lists:sum([1,2])"}) == "lists:sum [[1,2]]");
  CHECK(world.call_of({"erlang:node()"}) == "erlang:node []");
  CHECK(world.call_of({"erlang:node"}) == "erlang:node []");
  CHECK(world.call_of({"lists", "sum", "[1,2]"}) == "lists:sum [[1,2]]");
  CHECK(world.call_of({"erlang", "+", "1", "2"}) == "erlang:+ [1,2]");
  CHECK(world.call_of({"Elixir.Enum", "count", "[]"}) == "Elixir.Enum:count [[]]");
  CHECK(world.call_of({"m", "f", "{a"}) == "bad_text");
  CHECK(world.call_of({"m:f(1"}) == "bad_text");
}

TEST_CASE("multicall: the nodes are those typed, or one with all that it is connected to", "[command]") {
  World world;
  auto found = [&](NodesOptions options) {
    auto nodes = options.find(*world.client);
    return nodes ? *nodes : std::vector{Atom::of(error_name(nodes.error().code))};
  };
  CHECK(found({.nodes = {"c@localhost", "b@localhost"}, .connected = {}}) == std::vector{name_c, name_b});
  CHECK(found({}) == std::vector{"usage"_atom});
  REQUIRE(world.c->ping_and_wait(name_b));
  CHECK(found({.nodes = {}, .connected = "c@localhost"}) == std::vector{name_b, name_c});
  CHECK(found({.nodes = {}, .connected = "nobody@localhost"}) == std::vector{"unknown_node"_atom});
}

TEST_CASE("names: what epmd lists, the newest first", "[command]") {
  World world;
  auto names = names_at(*world.client, "localhost", world.epmd->port());
  REQUIRE(names);
  CHECK(*names == std::vector{epmd::NameAndPort{"c", Port{world.c->port()}},
                              epmd::NameAndPort{"b", Port{world.b->port()}}});
  auto nobody = names_at(*world.client, "localhost", noderuntime::test::closed_port());
  CHECK(nobody.error().code == Errc::no_epmd);
}

}  // namespace noderuntime::command
