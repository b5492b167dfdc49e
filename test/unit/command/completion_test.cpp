// Claims about the completion scripts for bash, zsh and fish.
#include "noderuntime/command/completion.h"

#include "test/unit/catch.h"
#include "test/unit/command/captured.h"

namespace noderuntime::command {
namespace {

// A program with one verb, which has an option of each kind.
std::vector<Place> places() {
  Place program{.path = {}, .verbs = {{{"run"}, "the verb's text"}}, .options = {}, .positionals = {}};
  Place run{.path = "run",
            .verbs = {},
            .options = {{{"--level", "-l"}, "how much", true, false, {"low", "high"}},
                        {{"--log-file"}, "where", true, true, {}},
                        {{"--dry"}, "only shown", false, false, {}}},
            .positionals = {{{}, "what", true, false, {"one", "two"}}}};
  return {program, run};
}

std::string script(const std::string& shell) {
  return test::run([&] { return completion({.shell = shell, .places = places}); }).output;
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("completion: bash is told the words of each place and the values of each option", "[command]") {
  auto bash = script("bash");
  CHECK(contains(bash, "    '') words='run' ;;\n"));
  CHECK(contains(bash, "    'run') words='one two --level -l --log-file --dry' ;;\n"));
  CHECK(contains(bash,
                 "'run --level'|'run -l') COMPREPLY=($(compgen -W 'low high' -- \"$current\")); return ;;"));
  CHECK(contains(bash, "'run --log-file') COMPREPLY=($(compgen -f -- \"$current\")); return ;;"));
  CHECK_FALSE(contains(bash, "'run --dry')"));
}

TEST_CASE("completion: zsh is told texts too, with quotes escaped", "[command]") {
  auto zsh = script("zsh");
  CHECK(contains(zsh, "verbs=( 'run:the verb'\\''s text' )"));
  CHECK(contains(zsh, "verbs=( 'one:what' 'two:what' )"));
  CHECK(contains(zsh, "'run --level'|'run -l') compadd -- low high; return ;;"));
  CHECK(contains(zsh, "'run --log-file') _files; return ;;"));
  CHECK(contains(zsh, "'--dry:only shown'"));
}

TEST_CASE("completion: fish is told long and short options, values and files", "[command]") {
  auto fish = script("fish");
  CHECK(contains(fish, "-n '__fish_use_subcommand' -a run -d 'the verb\\'s text'\n"));
  CHECK(contains(fish, "-n '__fish_seen_subcommand_from run' -a one -d 'what'\n"));
  CHECK(contains(fish, " -l level -s l -x -a 'low high' -d 'how much'\n"));
  CHECK(contains(fish, " -l log-file -r -F -d 'where'\n"));
  CHECK(contains(fish, " -l dry -d 'only shown'\n"));
}

}  // namespace noderuntime::command
