// Claims about the options of `noderuntime start`, and about erl's spellings of options.
#include "noderuntime/command/options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "test/unit/catch.h"

namespace noderuntime::command {
namespace {

using Words = std::vector<std::string>;

Words typed(Words words) {
  words.insert(words.begin(), "noderuntime");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return for_cli11(static_cast<int>(pointers.size()), pointers.data());
}

StartOptions with_cookie() {
  StartOptions options;
  options.common.cookie = "secret";
  options.node.epmd_port = 4369;
  return options;
}

// The full name that the options give, or the name of the error.
std::string name_of(const StartOptions& options) {
  auto configuration = options.configuration();
  return configuration ? configuration->full_name->full()
                       : std::string{error_name(configuration.error().code)};
}
std::string named(std::string short_name, std::string long_name, std::string instance = {}) {
  auto options = with_cookie();
  options.short_name = std::move(short_name);
  options.long_name = std::move(long_name);
  options.name_of_instance = std::move(instance);
  return name_of(options);
}

}  // namespace

TEST_CASE("options: erl's spellings get two dashes, and a list stays one word", "[command]") {
  CHECK(typed({"start", "-sname", "a", "-setcookie", "x", "-hidden"}) ==
        Words{"start", "--sname", "a", "--setcookie", "x", "--hidden"});
  CHECK(typed({"start", "-name", "a@b.c", "-proto_dist", "inet6_tcp"}) ==
        Words{"start", "--name", "a@b.c", "--proto-dist", "inet6_tcp"});
  CHECK(typed({"start", "--proto_dist", "inet_tcp"}) == Words{"start", "--proto-dist", "inet_tcp"});
  CHECK(typed({"call", "n", "lists", "sum", "[1,2]"}) == Words{"call", "n", "lists", "sum", " [1,2]"});
  CHECK(typed({"call", "n", "m", "f", "[1,2"}) == Words{"call", "n", "m", "f", "[1,2"});
  CHECK(typed({"-snames", "-v", "--sname=a"}) == Words{"-snames", "-v", "--sname=a"});
  CHECK(typed({}).empty());
}

TEST_CASE("options: a node has the name that is typed, short or long", "[command]") {
  CHECK(named("a@host", "") == "a@host");
  CHECK(named("", "a@host.example.org") == "a@host.example.org");
  CHECK(named("a@host.example.org", "") == "configuration");
  CHECK(named("", "a@host") == "configuration");
  CHECK(named("a b@host", "") == "bad_node_name");
  CHECK(named("", "") == "usage");
}

TEST_CASE("options: the name of an instance is long if its host has a dot or a colon", "[command]") {
  CHECK(named("", "", "a@host") == "a@host");
  CHECK(named("", "", "a@host.example.org") == "a@host.example.org");
  CHECK(named("", "", "a@::1") == "a@::1");
  CHECK(named("b@host", "", "a@host") == "b@host");
}

TEST_CASE("options: what is typed for all verbs reaches the node", "[command]") {
  auto options = with_cookie();
  options.short_name = "a@host";
  options.common.protocol = "inet6_tcp";
  auto configuration = options.configuration();
  REQUIRE(configuration);
  CHECK(configuration->cookie == "secret");
  CHECK(configuration->ipv6);
  CHECK_FALSE(configuration->trace);
  options.common.log_level = "trace";
  CHECK(options.configuration()->trace);
}

TEST_CASE("options: the last port lies above the first one", "[command]") {
  auto options = with_cookie();
  options.short_name = "a@host";
  options.node.listen_min = 9100;
  CHECK(options.configuration()->listen_max == 9100);
  options.node.listen_max = 9099;
  CHECK(name_of(options) == "usage");
  options.node.listen_max = 9200;
  CHECK(options.configuration()->listen_max == 9200);
}

TEST_CASE("options: the cookies of some nodes come from a file that only its owner reads", "[command]") {
  auto path = "/tmp/noderuntime_options_test." + std::to_string(getpid());
  std::ofstream{path} << "b@host theirs\n";
  auto options = with_cookie();
  options.short_name = "a@host";
  options.peer_cookies = path;
  chmod(path.c_str(), 0444);
  CHECK(name_of(options) != "a@host");
  chmod(path.c_str(), 0400);
  auto configuration = options.configuration();
  REQUIRE(configuration);
  CHECK(configuration->cookie_of("b@host") == "theirs");
  CHECK(configuration->cookie_of("c@host") == "secret");
  std::remove(path.c_str());
  CHECK(name_of(options) != "a@host");
}

TEST_CASE("options: what is typed about other nodes is checked, and errors are those of the configuration",
          "[command]") {
  auto options = with_cookie();
  options.short_name = "a@host";
  auto error_of = [](const StartOptions& options) {
    return std::string{error_name(options.configuration().error().code)};
  };
  CHECK(options.configuration()->join_plan.empty());
  CHECK(options.configuration()->allow_list.empty());
  options.node.join = {.nodes = {"b"}, .dns = {"web:7"}};
  options.node.allow = {"@h"};
  auto configuration = options.configuration();
  REQUIRE(configuration);
  CHECK(configuration->join_plan.nodes.at(0).full() == "b@host");
  CHECK(configuration->join_plan.sources.at(0).port == 7);
  CHECK_FALSE(configuration->allow_list.empty());
  options.node.allow = {"h"};
  CHECK(error_of(options) == "configuration");
  options.node.allow.clear();
  options.node.join.nodes = {"b@"};
  CHECK(error_of(options) == "bad_node_name");
  options.node.join = {.hosts_file = "/no/such/file"};
  CHECK(error_of(options) == "configuration");
}

TEST_CASE("options: the rows of the node and of the program are visited once each", "[command]") {
  StartOptions options;
  std::vector<std::string> seen;
  for_each_row(options, [&](const auto& row, auto& value) {
    CHECK(row.allows(value));
    CHECK(std::string_view{row.option}.starts_with("--"));
    seen.emplace_back(row.member);
  });
  CHECK(seen == Words{"net_ticktime", "setup_time", "stop_time", "peer_atoms", "processes", "join_wait",
                      "tables", "table_bytes", "open_files", "file_operations", "file_read", "max_message",
                      "max_output", "poll_time", "metrics_peers", "max_atoms", "max_memory"});
}

}  // namespace noderuntime::command
