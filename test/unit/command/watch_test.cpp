// Claims about the verb watch: its lines for nodes and registered processes that come and go, its options and
// its end.
#include "noderuntime/command/watch.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "test/unit/catch.h"
#include "test/unit/command/neighbours.h"

namespace noderuntime::command {
namespace {

using test::ask;
using test::matches;
using test::Neighbours;
using test::Running;
using test::start_of;
using test::Words;

const std::string time_pattern = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z ";
const std::string pid_pattern = "<d@localhost[.0-9]+>";

// `noderuntime watch` that looks for missing nodes and processes every few milliseconds.
Words watch_of(Words targets, const Words& more = {}) {
  targets.insert(targets.begin(), "watch");
  targets.insert(targets.end(), {"--setcookie", "secret", "--interval", "2ms"});
  targets.insert(targets.end(), more.begin(), more.end());
  return targets;
}

// d@localhost, a node that can be ended and started again, with a registered process `echo`.
struct Watched : Running {
  Watched() : Running{start_of("d@localhost", {"--echo"})} { REQUIRE(complains("is up on port")); }
};

std::string lines(const Words& patterns) {
  std::string all;
  for (auto& pattern : patterns) all.append(time_pattern).append(pattern).append("\n");
  return all;
}

// The lines so far without times and pids. Which of two targets on a node is reached first is chance.
std::multiset<std::string> events(const Running& watch) {
  std::multiset<std::string> all;
  std::istringstream output{std::regex_replace(watch.output(), std::regex{pid_pattern}, "PID")};
  for (std::string line; std::getline(output, line);) all.insert(line.substr(line.find(' ') + 1));
  return all;
}

}  // namespace

TEST_CASE("watch: a line tells when a node is reached, is lost, and is reached again", "[command]") {
  Neighbours there;
  auto d = std::make_unique<Watched>();
  Running watch{watch_of({"d@localhost"})};
  CHECK(watch.prints("nodeup d@localhost\n"));
  CHECK(d->status_after(SIGTERM) == success);
  CHECK(watch.prints("nodedown d@localhost noconnection\n"));
  d = std::make_unique<Watched>();
  auto again = lines({"nodeup d@localhost", "nodedown d@localhost noconnection", "nodeup d@localhost"});
  CHECK(test::eventually([&] { return matches(watch.output(), again); }));
  CHECK(watch.status_after(SIGINT) == by_interrupt);
  CHECK(watch.errors().empty());
}

TEST_CASE("watch: a line tells when a name is registered, why its process ended, and when its node is lost",
          "[command]") {
  Neighbours there;
  auto d = std::make_unique<Watched>();
  Running watch{watch_of({"d@localhost/echo"})};
  CHECK(watch.prints(" up d@localhost/echo "));
  CHECK(ask({"send", "d@localhost", "echo", "{exit, {bye, 1}}"}).status == success);
  CHECK(watch.prints(" down d@localhost/echo {bye,1}\n"));
  CHECK(d->status_after(SIGTERM) == success);
  d = std::make_unique<Watched>();
  auto come_again = lines({"up d@localhost/echo " + pid_pattern, "down d@localhost/echo \\{bye,1\\}",
                           "up d@localhost/echo " + pid_pattern});
  CHECK(test::eventually([&] { return matches(watch.output(), come_again); }));
  d.reset();  // killed
  auto lost = come_again + lines({"down d@localhost/echo noconnection"});
  CHECK(test::eventually([&] { return matches(watch.output(), lost); }));
  CHECK(watch.status_after(SIGTERM) == by_interrupt);
}

TEST_CASE("watch: every target on a node hears that its connection was lost, even if it is back at once",
          "[command]") {
  Neighbours there;
  Watched d;
  for (auto& targets : {Words{"d@localhost", "d@localhost/echo"}, Words{"d@localhost/echo", "d@localhost"}}) {
    Running watch{watch_of(targets, {"--as", "watcher@localhost"})};
    CHECK(watch.prints(" up d@localhost/echo "));
    CHECK(watch.prints("nodeup d@localhost\n"));
    CHECK(ask({"call", "d@localhost", "erlang:disconnect_node('watcher@localhost')"}).output == "true\n");
    for (auto* line : {" nodedown d@localhost noconnection\n", " down d@localhost/echo noconnection\n"}) {
      INFO(targets[0] + line);
      CHECK(watch.prints(line));
    }
    CHECK(watch.status_after(SIGINT) == by_interrupt);
  }
}

TEST_CASE("watch: what is missing from the beginning is told once, with the reason", "[command]") {
  Neighbours there;
  Running watch{watch_of({"d@localhost", "d@localhost/echo", "b@localhost/nobody"})};
  CHECK(watch.prints("down b@localhost/nobody noproc\n"));
  Watched d;
  CHECK(watch.prints(" nodeup d@localhost\n"));
  CHECK(watch.prints(" up d@localhost/echo "));
  CHECK(events(watch) == std::multiset<std::string>{"nodedown d@localhost unknown_node",
                                                    "down d@localhost/echo unknown_node",
                                                    "down b@localhost/nobody noproc", "nodeup d@localhost",
                                                    "up d@localhost/echo PID"});
  Running refused{{"watch", "b@localhost", "--setcookie", "wrong", "--interval", "2ms"}};
  CHECK(refused.prints("nodedown b@localhost bad_cookie\n"));
  CHECK(refused.status_after(SIGINT) == by_interrupt);
}

TEST_CASE("watch: a node that accepts a connection and says nothing is down after --timeout", "[command]") {
  auto silent = noderuntime::test::listening_socket();
  auto port = std::to_string(net::local_address(silent.get())->port().value());
  auto begin = std::chrono::steady_clock::now();
  Running watch{watch_of({"d@localhost"}, {"--timeout", "50ms", "--address", "127.0.0.1:" + port})};
  CHECK(watch.prints("nodedown d@localhost timeout\n"));
  // Without --timeout the attempt would end after the node's setup_time of 7 s.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
  CHECK(watch.status_after(SIGINT) == by_interrupt);
}

TEST_CASE(
    "watch: with --json a line is an object with the time, the event, the node, the name, pid or reason",
    "[command]") {
  Neighbours there;
  auto d = std::make_unique<Watched>();
  Running watch{watch_of({"d@localhost/echo", "b@localhost"}, {"--json"})};
  auto time = ",\"time\":\"" + time_pattern.substr(0, time_pattern.size() - 1) + "\"\\}\n";
  auto process =
      "\\{\"event\":\"up\",\"name\":\"echo\",\"node\":\"d@localhost\",\"pid\":\"" + pid_pattern + "\"" + time;
  auto node = "\\{\"event\":\"nodeup\",\"node\":\"b@localhost\"" + time;
  auto up = '(' + process + node + '|' + node + process + ')';
  CHECK(test::eventually([&] { return matches(watch.output(), up); }));
  INFO(watch.output());
  d.reset();
  auto down =
      "\\{\"event\":\"down\",\"name\":\"echo\",\"node\":\"d@localhost\",\"reason\":\"noconnection\"" + time;
  CHECK(test::eventually([&] { return matches(watch.output(), up + down); }));
}

TEST_CASE("watch: a reason is printed in the notation of --format, and without control characters",
          "[command]") {
  Neighbours there;
  auto d = std::make_unique<Watched>();
  Running watch{watch_of({"d@localhost/echo"}, {"--format", "elixir"})};
  CHECK(watch.prints(" up "));
  CHECK(ask({"send", "d@localhost", "echo", "{exit, {bye, \"\\e[2J\\n\", '\\e]0;x'}}"}).status == success);
  CHECK(watch.prints(" down d@localhost/echo {:bye, "));
  CHECK(watch.prints("}\n"));
  CHECK(watch.output().find('\x1b') == std::string::npos);
  CHECK(matches(watch.output(), lines({"up .*", "down .*"})));
}

TEST_CASE("watch: a target that is no node, or no name, is an error before anything is watched",
          "[command]") {
  CHECK(ask({"watch"}).status == usage);
  CHECK(ask({"watch", "b@localhost", "--interval", "soon"}).status == usage);
  for (auto* bad : {"b c", "b@", "@localhost/echo", "b@x@localhost"}) {
    auto ran = ask({"watch", "b@localhost", bad});
    INFO(bad);
    CHECK(ran.status == configuration);
    CHECK(ran.output.empty());
    CHECK(ran.errors.starts_with("noderuntime: "));
  }
  auto long_name = ask({"watch", "b@localhost/" + std::string(256, 'x')});
  CHECK(long_name.status == usage);
  CHECK(long_name.output.empty());
}

}  // namespace noderuntime::command
