// Claims about the verb start: its log, its exit statuses, and the signals and calls that end the node.
#include "noderuntime/command/start.h"

#include <csignal>
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

std::string line(const std::string& level, const std::string& text) {
  return "[0-9]{4}-[0-9-]+ [0-9:.]+ noderuntime " + level + ": " + text + "\n";
}

struct Ended {
  int status;
  std::string output, errors;
};

// A node that cannot start ends by itself.
Ended ended(const Words& words) {
  Running start{words};
  int status = start.status();
  return {status, start.output(), start.errors()};
}

}  // namespace

TEST_CASE("start: the log says that the node is up and where, who connects, who leaves, and that it ends",
          "[command]") {
  for (int signal : {SIGINT, SIGTERM}) {
    Neighbours there;
    Running start{start_of("d@localhost")};
    CHECK(start.complains("is up on port"));
    CHECK(ask({"call", "d@localhost", "erlang:node()", "--as", "visitor@localhost"}).output ==
          "d@localhost\n");
    CHECK(start.complains("visitor@localhost disconnected"));
    CHECK(start.status_after(signal) == success);
    CHECK(start.output().empty());
    CHECK(matches(start.errors(), line("info", "d@localhost is up on port [0-9]+") +
                                      line("info", "visitor@localhost connected") +
                                      line("info", "visitor@localhost disconnected") +
                                      line("info", "d@localhost ends")));
    CHECK(matches(ask({"names", "localhost"}).output, "b@localhost [0-9]+\nc@localhost [0-9]+\n"));
  }
}

TEST_CASE("start: a call of erlang:halt/1 or init:stop/1 ends the node with that status", "[command]") {
  Neighbours there;
  for (auto& call : {"erlang:halt(5)", "init:stop(5)"}) {
    Running start{start_of("d@localhost")};
    CHECK(start.complains("is up on port"));
    ask({"call", "d@localhost", call});
    CHECK(start.status() == 5);
    CHECK(start.errors().find("d@localhost ends with status 5, as it was told to\n") != std::string::npos);
  }
}

TEST_CASE("start: --echo registers a process that answers, and without the option there is none",
          "[command]") {
  Neighbours there;
  for (bool echo : {true, false}) {
    Running start{start_of("d@localhost", echo ? Words{"--echo"} : Words{})};
    CHECK(start.complains("is up on port"));
    auto answered = ask({"send", "d@localhost", "echo", "{$self, hello}", "--reply", echo ? "1" : "0"});
    CHECK(answered.status == (echo ? success : remote_failure));
    CHECK(answered.output == (echo ? "hello\n" : ""));
  }
}

TEST_CASE("start: --log-level chooses what is logged", "[command]") {
  Neighbours there;
  Running start{start_of("d@localhost", {"--log-level", "warning"})};
  CHECK(test::eventually([] { return ask({"ping", "d@localhost"}).status == success; }));
  CHECK(start.status_after(SIGTERM) == success);
  CHECK(start.errors().empty());
}

TEST_CASE("start: a node that cannot start says why, and has the status of the error", "[command]") {
  Neighbours there;
  auto taken = ended(start_of("b@localhost"));
  CHECK(taken.status == cannot_create);
  CHECK(matches(taken.errors, line("error", "b@localhost cannot start: .*name.*")));
  auto port = std::to_string(there.port_of_b);
  auto no_port = ended(start_of("d@localhost", {"--listen-min", port, "--listen-max", port}));
  CHECK(no_port.status == unreachable);
  CHECK(matches(no_port.errors, line("error", "d@localhost cannot start: .*EADDRINUSE.*")));
  there.end();
  auto no_epmd = ended(start_of("d@localhost"));
  CHECK(no_epmd.status == unreachable);
  CHECK(matches(no_epmd.errors, line("error", "d@localhost cannot start: no port mapper daemon answers.*")));
}

TEST_CASE("start: wrong options are errors on standard error, before a node is made", "[command]") {
  struct Row {
    Words words;
    int status;
    std::string text;
  };
  for (auto& row : {Row{{"start", "--setcookie", "secret"}, usage, "a node needs --sname or --name"},
                    Row{{"start", "--name", "d@localhost", "--setcookie", "secret"}, configuration, "dot"},
                    Row{{"start", "--sname", "d e", "--setcookie", "secret"}, configuration, "d e"},
                    Row{start_of("d@localhost", {"--log-level", "lo\x1bud"}), usage,
                        "noderuntime: the command line is wrong: log level lo\\x1bud\n"}}) {
    auto ran = ended(row.words);
    INFO(row.text);
    INFO(ran.errors);
    CHECK(ran.status == row.status);
    CHECK(ran.output.empty());
    CHECK(ran.errors.find(row.text) != std::string::npos);
  }
  CHECK(ask(start_of("d@localhost", {"--name", "d@a.b"})).status == usage);
  CHECK(ask(start_of("d@localhost", {"--listen-max", "1"})).status == usage);
  for (auto& range : {Words{"--listen-min", "9100"}, Words{"--listen-min", "9100", "--listen-max", "9110"}}) {
    auto both = range;
    both.insert(both.begin(), {"--listen-port", "9105"});
    auto ran = ended(start_of("d@localhost", both));
    CHECK(ran.status == usage);
    CHECK(ran.errors.find("--listen-min excludes --listen-port") != std::string::npos);
  }
  CHECK(ask(start_of("d@localhost", {"--borrow-code", "all"})).status == usage);
}

}  // namespace noderuntime::command
