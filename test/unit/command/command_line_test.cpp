// Claims about command lines that need no other node: help, errors, and the verbs term and completion.
#include "noderuntime/command/command_line.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/command/exit_status.h"
#include "test/unit/catch.h"
#include "test/unit/command/captured.h"

namespace noderuntime::command {
namespace {

using test::type;
using Words = std::vector<std::string>;

std::string output(const Words& words) {
  auto ran = type(words);
  INFO(ran.errors);
  CHECK(ran.status == success);
  CHECK(ran.errors.empty());
  return ran.output;
}
bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// The first word of each line that a section of a help lists, without the dashes of options.
std::set<std::string> listed(const std::string& help, std::string_view section) {
  std::set<std::string> words;
  std::istringstream lines{help.substr(std::min(help.find(section), help.size()))};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && !line.empty()) {
    std::string names;
    std::istringstream{line} >> names;
    std::istringstream separate{line.starts_with("    ") ? "" : names};
    for (std::string name; std::getline(separate, name, ',');)
      words.insert(name.substr(std::min(name.find_first_not_of('-'), name.size())));
  }
  return words;
}

}  // namespace

TEST_CASE("command line: the version and the help are no errors", "[command]") {
  CHECK(output({"--version"}).starts_with("noderuntime "));
  auto help = output({"--help"});
  for (auto* verb : {"start", "ping", "names", "call", "multicall", "parallel", "send", "spawn", "genserver",
                     "eval", "shell", "watch", "info", "top", "observe", "doctor", "term", "completion"})
    CHECK(contains(help, std::string{"\n  "} + verb + " "));
  CHECK(contains(output({"ping", "--help"}), "--timeout"));
}

// CLI11 2.4 and later end the program if they do.
TEST_CASE("command line: no argument of a verb has the name of one of its options", "[command]") {
  auto verbs = listed(output({"--help"}), "Subcommands:");
  CHECK(verbs.size() >= 18);
  for (auto& verb : verbs) {
    auto help = output({verb, "--help"});
    auto options = listed(help, "Options:");
    CHECK(options.contains("help"));
    for (auto& argument : listed(help, "Positionals:")) {
      INFO(verb + " " + argument);
      CHECK_FALSE(options.contains(argument));
    }
  }
}

TEST_CASE("command line: no verb, an unknown verb and an unknown option are errors of usage", "[command]") {
  CHECK(type({}).status == usage);
  auto unknown = type({"pong"});
  CHECK(unknown.status == usage);
  CHECK(unknown.errors == "noderuntime: there is no verb 'pong'; noderuntime --help lists them\n");
  CHECK(type({"ping", "a@host", "--no-such-option"}).status == usage);
  CHECK(type({"ping"}).status == usage);
  CHECK(type({"term"}).status == usage);
}

TEST_CASE("command line: a number outside of the bounds in its row is an error of usage", "[command]") {
  for (auto& words :
       {Words{"--net-ticktime", "3"}, Words{"--net-ticktime", "86401"}, Words{"--setup-time", "0"},
        Words{"--setup-time", "121"}, Words{"--max-message", "65535"}, Words{"--max-message", "2GB"},
        Words{"--max-output", "1MB"}, Words{"--max-memory", "1KB"}, Words{"--poll-time", "10001"},
        Words{"--max-processes", "-1"}, Words{"--max-processes", "many"}}) {
    auto ran = type({"start", "--sname", "a@host", words[0], words[1]});
    INFO(words[0] + " " + words[1]);
    CHECK(ran.status == usage);
    CHECK(contains(ran.errors, words[0]));
  }
}

TEST_CASE("command line: a duration has a unit, or is in seconds", "[command]") {
  for (auto* good : {"30", "30s", "500ms", "2m", "2min", "1h", "0.5s", "0"})
    CHECK(type({"ping", "a b", "--timeout", good}).status == configuration);  // refused for its name only
  for (auto* bad : {"", "s", "5x", "-1", "1e10", "nan", "5 s"}) {
    INFO(bad);
    CHECK(type({"ping", "a b", std::string{"--timeout="} + bad}).status == usage);
  }
}

TEST_CASE("command line: a conf file that is missing is an error of the configuration", "[command]") {
  auto ran = type({"start", "--conf-file", "/no/such/file"});
  CHECK(ran.status == configuration);
  CHECK(contains(ran.errors, "/no/such/file"));
}

TEST_CASE("command line: a list is one argument", "[command]") {
  CHECK(output({"term", "encode", "[1,2]", "--to", "hex"}) == "836b00020102\n");
}

TEST_CASE("term: bytes and notations are converted into each other", "[command]") {
  CHECK(output({"term", "encode", "{ok, 1}", "--to", "hex"}) ==
        "8368027702"
        "6f6b6101\n");
  CHECK(output({"term", "encode", "ok", "--to", "base64"}) == "g3cCb2s=\n");
  CHECK(output({"term", "encode", "ok"}) == "\x83w\x02ok");
  CHECK(output({"term", "decode", "83 68 02 77 02 6f 6b 61 01"}) == "{ok,1}\n");
  CHECK(output({"term", "decode", "g3cCb2s=", "--input", "base64"}) == "ok\n");
  CHECK(output({"term", "decode", "<<131,97,5>>"}) == "5\n");
  CHECK(output({"term", "decode", "8361FF", "--to", "json"}) == "255\n");
  CHECK(output({"term", "convert", "#{a => [1]}", "--to", "elixir"}) == "%{a: [1]}\n");
  CHECK(output({"term", "convert", "#(a b)", "--from", "lfe"}) == "{a,b}\n");
  CHECK(output({"term", "convert", "[1,null]", "--from", "json"}) == "[1,null]\n");
}

TEST_CASE("term: a compressed term is shorter, and is read again", "[command]") {
  auto text = '"' + std::string(1000, 'x') + '"';
  auto plain = output({"term", "encode", text, "--to", "hex"});
  auto compressed = output({"term", "encode", text, "--to", "hex", "--compressed"});
  CHECK(compressed.size() < plain.size() / 10);
  CHECK(output({"term", "decode", compressed}) == text + "\n");
}

TEST_CASE("term: what is no term has a status of its own, and says where it ends", "[command]") {
  auto text = type({"term", "encode", "{ok,"});
  CHECK(text.status == bad_term);
  CHECK(contains(text.errors, "1:"));
  for (auto* bad : {"836", "83zz", "8368", "836101ff", "<<1:3>>"}) {
    auto ran = type({"term", "decode", bad});
    INFO(bad);
    CHECK(ran.status == bad_term);
    CHECK_FALSE(ran.errors.empty());
    CHECK(ran.output.empty());
  }
  CHECK(type({"term", "decode", "&", "--input", "base64"}).status == bad_term);
}

TEST_CASE("term: damaged bytes are explained as far as they go, with the status of an error", "[command]") {
  CHECK(contains(output({"term", "decode", "836101", "--hex"}), "83"));
  auto damaged = type({"term", "decode", "8361", "--hex"});
  CHECK(damaged.status == bad_term);
  CHECK(contains(damaged.output, "83"));
}

TEST_CASE("completion: the script of each shell names every verb", "[command]") {
  for (auto* shell : {"bash", "zsh", "fish"}) {
    auto script = output({"completion", shell});
    for (auto* verb : {"start", "ping", "genserver", "term", "completion"}) CHECK(contains(script, verb));
    CHECK(contains(script, "encode"));
    CHECK(contains(script, "net-ticktime"));
  }
  CHECK(type({"completion", "csh"}).status == usage);
}

}  // namespace noderuntime::command
