// Claims about whole verbs, with nodes of this library in another process (neighbours.h).
// test/integration/command has the same verbs with a real erl.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "noderuntime/command/exit_status.h"
#include "test/unit/catch.h"
#include "test/unit/command/captured.h"
#include "test/unit/command/neighbours.h"

namespace noderuntime::command {
namespace {

using test::matches;
using test::Neighbours;
using test::Words;

test::Ran type(Words words) { return test::ask(std::move(words)); }
std::string output(const Words& words) {
  auto ran = type(words);
  INFO(ran.errors);
  CHECK(ran.status == success);
  CHECK(ran.errors.empty());
  return ran.output;
}

}  // namespace

TEST_CASE("ping: pong or pang for each node, and the status of the first failure", "[command]") {
  Neighbours there;
  CHECK(matches(output({"ping", "b@localhost"}), "pong b@localhost [0-9.]+ ms OTP [0-9]+\n"));
  auto ran = type({"ping", "nobody@localhost", "c@localhost", "a b"});
  CHECK(ran.status == unreachable);
  CHECK(matches(ran.output, "pang nobody@localhost\npong c@localhost .*\npang a b\n"));
  CHECK(matches(
      output({"ping", "b@localhost", "--json"}),
      "\\{\"milliseconds\":[0-9.]+,\"node\":\"b@localhost\",\"pong\":true,\"release\":\"[0-9]+\"\\}\n"));
  auto wrong = test::type({"ping", "b@localhost", "--setcookie", "wrong"});
  CHECK(wrong.status == not_permitted);
}

TEST_CASE("names: sorted lines, the text of epmd, or JSON", "[command]") {
  Neighbours there;
  CHECK(matches(output({"names", "localhost"}), "b@localhost [0-9]+\nc@localhost [0-9]+\n"));
  CHECK(matches(output({"names", "localhost", "--epmd-format"}),
                "epmd: up and running on port " + std::to_string(there.epmd_port) +
                    " with data:\nname b at port [0-9]+\nname c at port [0-9]+\n"));
  CHECK(output({"names", "localhost", "--json"})
            .starts_with("{\"host\":\"localhost\",\"name\":\"b\",\"port\":" +
                         std::to_string(there.port_of_b) + "}\n"));
}

TEST_CASE("call: the value in any format, or the exception", "[command]") {
  Neighbours there;
  CHECK(output({"call", "b@localhost", "m:sum(1, 2)"}) == "3\n");
  CHECK(output({"call", "b@localhost", "lists", "reverse", "[1,2]"}) == "[2,1]\n");
  CHECK(output({"call", "b@localhost", "m:sum(1, 2)", "--json"}) ==
        "{\"node\":\"b@localhost\",\"value\":3}\n");
  CHECK(output({"call", "b@localhost", ":erlang.list_to_tuple([:ok, 1])", "--format", "elixir"}) ==
        "{:ok, 1}\n");
  auto failed = type({"call", "b@localhost", "m:fail()"});
  CHECK(failed.status == remote_failure);
  CHECK(failed.errors.starts_with("noderuntime: b@localhost: exception error: why\n"));
  CHECK(type({"call", "b@localhost", "m:sum(1"}).status == bad_term);
  CHECK(output({"call", "b@localhost", "m:sum(1, 2)", "--address",
                "127.0.0.1:" + std::to_string(there.port_of_b)}) == "3\n");
}

TEST_CASE("multicall: a line for each node; one that fails makes the status partial", "[command]") {
  Neighbours there;
  CHECK(output({"multicall", "erlang:node()", "--nodes", "c@localhost,b@localhost"}) ==
        "c@localhost: c@localhost\nb@localhost: b@localhost\n");
  CHECK(output({"multicall", "--nodes", "b@localhost", "erlang:node()"}) == "b@localhost: b@localhost\n");
  auto ran = type({"multicall", "erlang:node()", "--nodes", "b@localhost,nobody@localhost"});
  CHECK(ran.status == partial);
  CHECK(ran.output == "b@localhost: b@localhost\n");
}

TEST_CASE("parallel: the values in the order of the lines", "[command]") {
  Neighbours there;
  auto path = "/tmp/noderuntime_verbs_test." + std::to_string(getpid());
  std::ofstream{path} << "m:sum(1,2)\n\n% no call\nm:sum(3,4)\nm:fail()\n";
  auto ran = type({"parallel", path, "--nodes", "b@localhost,c@localhost"});
  CHECK(ran.status == partial);
  CHECK(ran.output == "3\n7\n");
  CHECK(ran.errors.find(path + ":5") != std::string::npos);
  std::remove(path.c_str());
  CHECK(type({"parallel", path, "--nodes", "b@localhost"}).status == usage);
}

TEST_CASE("send: replies are printed, and nobody to send to is a failure", "[command]") {
  Neighbours there;
  CHECK(output({"send", "b@localhost", "echo", "{$self, {hello, 1}}", "--reply", "1"}) == "{hello,1}\n");
  CHECK(output({"send", "b@localhost", "echo", "ignored"}).empty());
  auto nobody = type({"send", "b@localhost", "nobody", "hello"});
  CHECK(nobody.status == remote_failure);
  CHECK(nobody.errors == "noderuntime: nothing is registered as nobody on b@localhost\n");
  auto ended = type({"send", "c@localhost", "echo", "stop", "--reply", "1"});
  CHECK(ended.status == remote_failure);
  CHECK(ended.errors == "noderuntime: echo on c@localhost has ended: normal\n");
}

TEST_CASE("genserver: a call prints the reply, a cast prints nothing", "[command]") {
  Neighbours there;
  CHECK(output({"genserver", "call", "b@localhost", "counter", "{add, 2}"}) == "2\n");
  CHECK(output({"genserver", "cast", "b@localhost", "counter", "40"}).empty());
  CHECK(output({"genserver", "call", "b@localhost", "counter", "{add, 2}"}) == "42\n");
  CHECK(output({"genserver", "call", "b@localhost", "counter", "what"}) == "{unknown,what}\n");
  CHECK(type({"genserver", "call", "b@localhost", "nobody", "what"}).status == remote_failure);
}

TEST_CASE("spawn: the pid, and with --wait the reason of the end", "[command]") {
  Neighbours there;
  CHECK(matches(output({"spawn", "b@localhost", "m:sum(1, 2)"}), "<b@localhost[.0-9]+>\n"));
  CHECK(matches(output({"spawn", "b@localhost", "m:sum(1, 2)", "--wait"}),
                "<b@localhost[.0-9]+>\nexit normal\n"));
  auto failed = type({"spawn", "b@localhost", "erlang:exit(going)", "--monitor"});
  CHECK(failed.status == remote_failure);
  CHECK(matches(failed.output, "<b@localhost[.0-9]+>\nexit going\n"));
}

TEST_CASE("info and top: a row for each thing that the node reports", "[command]") {
  Neighbours there;
  auto info = output({"info", "b@localhost"});
  for (auto* row : {"node ", "release ", "processes ", "atoms ", "memory "})
    CHECK(("\n" + info).find(std::string{"\n"} + row) != std::string::npos);
  auto top = output({"top", "b@localhost", "--times", "1", "--rows", "2"});
  CHECK(std::count(top.begin(), top.end(), '\n') == 4);  // with two lines above
  CHECK(type({"info", "nobody@localhost"}).status == unreachable);
}

TEST_CASE("doctor: a line for each step, as far as the first that fails, with advice", "[command]") {
  Neighbours there;
  auto port = std::to_string(there.port_of_b);
  CHECK(matches(output({"doctor", "b@localhost"}),
                "ok    name       b@localhost, a short name\n"
                "ok    cookie     6 characters, from --setcookie\n"
                "ok    resolve    localhost is [^\n]*127.0.0.1[^\n]*\n"
                "ok    epmd       on port [0-9]+, says that b is at port " +
                    port +
                    "\n"
                    "ok    tcp        [^\n]*:" +
                    port +
                    " is open, [0-9.]+ ms\n"
                    "ok    handshake  the cookie is right, we are [^\n]*@localhost, [0-9.]+ ms\n"
                    "ok    release    OTP [0-9]+\n"
                    "ok    clock      differs by [0-9.]+ s from ours, an answer takes [0-9.]+ ms\n"));
  auto nobody = type({"doctor", "nobody@localhost"});
  CHECK(nobody.status == unreachable);
  CHECK(matches(nobody.output,
                "ok    name [^\n]*\nok    cookie [^\n]*\nok    resolve [^\n]*\n"
                "FAIL  epmd       [^\n]*: nobody; it knows: c b\n"
                " {17}the node is not running, has another name, [^\n]*\n"));
  auto wrong = test::type({"doctor", "b@localhost", "--setcookie", "wrong"});
  CHECK(wrong.status == not_permitted);
  CHECK(wrong.output.find("FAIL  handshake") != std::string::npos);
  CHECK(wrong.output.find("compare with erlang:get_cookie()") != std::string::npos);
  auto name = type({"doctor", "a b"});
  CHECK(name.status == configuration);
  CHECK(name.output.starts_with("FAIL  name "));
  auto address = type({"doctor", "b@localhost", "--address", "127.0.0.1:" + port});
  CHECK(address.status == success);
  CHECK(address.output.find("epmd") == std::string::npos);
}

}  // namespace noderuntime::command
