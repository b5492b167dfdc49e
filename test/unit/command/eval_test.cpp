// Claims about the verb eval: what it asks the node for each language, what it prints, and how it fails.
// Functions of the test stand in for those of OTP, Elixir and LFE; test/integration/command uses the real
// ones.
#include "noderuntime/command/eval.h"

#include <csignal>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "test/unit/catch.h"
#include "test/unit/command/neighbours.h"

namespace noderuntime::command {
namespace {

using noderuntime::Call;
using test::ask;
using test::Neighbours;
using test::Running;
using test::Words;

// erl_scan:string/1 gives the text itself as the tokens, erl_parse:parse_exprs/1 the tokens as the
// expressions. So erl_eval:exprs/2 is given the text that was typed, and its first word chooses what happens.
void add_erlang(LocalNode& node) {
  node.expose("erl_scan", "string", 1, [](Call& call, std::span<const Term> arguments) -> Returned {
    auto text = characters(arguments[0]);
    if (!arguments[0].is_list()) return call.badarg();
    if (text.starts_with("no tokens"))
      return call.of(std::tuple{"error"_atom, std::tuple{7, "erl_scan"_atom, "\x1b[2J\x07 illegal"}, 8});
    if (text.starts_with("garbage")) return call.of("garbage"_atom);
    return call.of(std::tuple{"ok"_atom, arguments[0], 1});
  });
  node.expose("erl_scan", "format_error", [](std::string what) { return "scan" + what; });
  node.expose("erl_parse", "parse_exprs", 1, [](Call& call, std::span<const Term> arguments) -> Returned {
    if (characters(arguments[0]).starts_with("no expressions"))
      return call.of(std::tuple{"error"_atom, std::tuple{3, "erl_parse"_atom, "syntax error\nbefore: '+'"}});
    return call.of(std::tuple{"ok"_atom, arguments[0]});
  });
  node.expose("erl_parse", "format_error", [](std::string what) { return what; });
  node.expose("erl_eval", "exprs", 2, [](Call& call, std::span<const Term> arguments) -> Returned {
    static std::vector<Answer> kept;
    auto text = characters(arguments[0]);
    if (text.starts_with("fail")) return call.error("why"_atom);
    if (text.starts_with("exit")) return call.exit("gone"_atom);
    if (text.starts_with("throw")) return call.throw_("ball"_atom);
    if (text.starts_with("nothing")) return call.of("nothing"_atom);
    if (text.starts_with("wait")) return call.later([](Answer answer) { kept.push_back(std::move(answer)); });
    return call.of(std::tuple{"value"_atom, std::tuple{"text"_atom, arguments[0]}, arguments[1]});
  });
}

void add_elixir(LocalNode& node) {
  node.expose("Elixir.Code", "eval_string", 1, [](Call& call, std::span<const Term> arguments) -> Returned {
    auto text = characters(arguments[0]);
    if (text.starts_with("raise")) return call.error("oops"_atom);
    if (arguments[0].is_list()) return call.badarg();
    return call.of(std::tuple{std::tuple{"text"_atom, arguments[0]}, Term::nil()});
  });
  node.expose("Elixir.Exception", "format", 3, [](Call& call, std::span<const Term> arguments) -> Returned {
    return call.of("** (" + print(arguments[0]) + ") " + print(arguments[1]) +
                   " \x1b]0;title\x07\n    stack\n\n");
  });
}

void add_lfe(LocalNode& node) {
  node.expose("lfe_io", "read_string", [](Call& call, std::string text) -> Returned {
    if (text.empty()) return call.of(std::tuple{"ok"_atom, Term::nil()});
    if (text.starts_with("(no"))
      return call.of(std::tuple{"error"_atom, std::tuple{1, "lfe_parse"_atom, "missing )"}});
    return call.of(std::tuple{"ok"_atom, std::vector<std::string>{text, text + "!"}});
  });
  node.expose("lfe_parse", "format_error", [](std::string what) { return what; });
  node.expose("lfe_eval", "expr", [](Call& call, std::string form) -> Returned {
    if (form.starts_with("(fail")) return call.error("why"_atom);
    return call.of(std::tuple{"form"_atom, form});
  });
}

test::Ran eval_of(const std::string& text, const Words& more = {}) {
  Words words{"eval", "b@localhost", text};
  words.insert(words.end(), more.begin(), more.end());
  return ask(std::move(words));
}
std::string value_of(const std::string& text, const Words& more = {}) {
  auto ran = eval_of(text, more);
  INFO(ran.errors);
  CHECK(ran.status == success);
  CHECK(ran.errors.empty());
  return ran.output;
}

}  // namespace

TEST_CASE("eval: Erlang text is scanned, parsed and evaluated by the node; the value is printed",
          "[command]") {
  Neighbours there{add_erlang};
  CHECK(value_of("1 + 2.") == "{text,\"1 + 2.\\n\"}\n");
  CHECK(value_of("1 + 2.", {"--json"}) ==
        "{\"node\":\"b@localhost\",\"value\":[\"text\",[49,32,43,32,50,46,10]]}\n");
  CHECK(value_of("x", {"--format", "elixir"}) == "{:text, ~c\"x.\\n\"}\n");
}

TEST_CASE("eval: the dot at the end of Erlang text may be left out", "[command]") {
  Neighbours there{add_erlang};
  CHECK(value_of("a") == "{text,\"a.\\n\"}\n");
  CHECK(value_of("a.") == "{text,\"a.\\n\"}\n");
  CHECK(value_of("a. \n\t") == "{text,\"a. \\n\\t\\n\"}\n");
  CHECK(value_of("") == "{text,\".\\n\"}\n");
}

TEST_CASE("eval: text that the node cannot read has the status bad_term, with the place and the node's words",
          "[command]") {
  Neighbours there{add_erlang};
  auto parsed = eval_of("no expressions");
  CHECK(parsed.status == bad_term);
  CHECK(parsed.output.empty());
  CHECK(parsed.errors.starts_with("noderuntime: b@localhost: "));
  CHECK(parsed.errors.ends_with(": 3: syntax error\nbefore: '+'\n"));
  auto garbage = eval_of("garbage");
  CHECK(garbage.status == bad_term);
  CHECK(garbage.errors.ends_with(": garbage\n"));
  auto nothing = eval_of("nothing");
  CHECK(nothing.status == bad_term);
  CHECK(nothing.output.empty());
}

TEST_CASE("eval: control characters in the node's words do not reach the terminal", "[command]") {
  Neighbours there{[](LocalNode& node) { add_erlang(node), add_elixir(node); }};
  auto scanned = eval_of("no tokens");
  CHECK(scanned.status == bad_term);
  CHECK(scanned.errors.ends_with(": 7: scan\\x1b[2J\\x07 illegal\n"));
  auto raised = eval_of("raise", {"--elixir"});
  CHECK(raised.errors == "noderuntime: b@localhost: ** (error) oops \\x1b]0;title\\x07\n    stack\n");
}

TEST_CASE("eval: an exception is printed with its class, and is a failure of the node", "[command]") {
  Neighbours there{add_erlang};
  for (auto& [text, told] :
       {std::pair{"fail", "error: why"}, {"exit", "exit: gone"}, {"throw", "throw: ball"}}) {
    auto ran = eval_of(text);
    CHECK(ran.status == remote_failure);
    CHECK(ran.output.empty());
    CHECK(ran.errors.starts_with("noderuntime: b@localhost: exception " + std::string{told} + "\n"));
  }
  auto object = eval_of("fail", {"--json"});
  CHECK(object.status == remote_failure);
  CHECK(object.output.starts_with("{\"error\":{\"class\":\"error\",\"reason\":\"why\","));
}

TEST_CASE("eval: a node without an evaluator says undef", "[command]") {
  Neighbours there;
  for (auto& [language, undef] :
       {std::pair{Words{}, "undef"}, {Words{"--lfe"}, "undef"}, {Words{"--elixir"}, ":undef"}}) {
    auto ran = eval_of("1", language);
    CHECK(ran.status == remote_failure);
    CHECK(ran.errors.starts_with("noderuntime: b@localhost: exception error: " + std::string{undef} + "\n"));
  }
}

TEST_CASE(
    "eval: Elixir text is one binary, the value is printed as Elixir, and exceptions as iex prints them",
    "[command]") {
  Neighbours there{add_elixir};
  CHECK(value_of("1 + \u20ac", {"--elixir"}) == "{:text, \"1 + \u20ac\"}\n");
  CHECK(value_of("1", {"--elixir", "--format", "json"}) == "[\"text\",\"1\"]\n");
  auto raised = eval_of("raise", {"--elixir"});
  CHECK(raised.status == remote_failure);
  CHECK(raised.errors.starts_with("noderuntime: b@localhost: ** (error) oops"));
  CHECK(raised.errors.ends_with("\n    stack\n"));
  auto object = eval_of("raise", {"--elixir", "--json"});
  CHECK(object.status == remote_failure);
  CHECK(object.output.starts_with("{\"error\":{\"class\":\"error\",\"reason\":\"oops\","));
}

TEST_CASE("eval: the forms of LFE text are evaluated in turn, and the last value is printed as LFE",
          "[command]") {
  Neighbours there{add_lfe};
  CHECK(value_of("(+ 1 2)", {"--lfe"}) == "#(form #\"(+ 1 2)!\")\n");
  CHECK(value_of("", {"--lfe"}) == "()\n");
  auto failed = eval_of("(fail)", {"--lfe"});
  CHECK(failed.status == remote_failure);
  CHECK(failed.errors.starts_with("noderuntime: b@localhost: exception error: why\n"));
  auto unread = eval_of("(no", {"--lfe"});
  CHECK(unread.status == bad_term);
  CHECK(unread.errors.ends_with(": 1: missing )\n"));
}

TEST_CASE("eval: it ends at --timeout, by a signal, and when the node is lost", "[command]") {
  Neighbours there{add_erlang};
  auto late = test::type({"eval", "b@localhost", "wait", "--setcookie", "secret", "--timeout", "100ms"});
  CHECK(late.status == temporary);
  CHECK(late.errors == "noderuntime: b@localhost: no answer in time\n");

  Words waits{"eval", "b@localhost", "wait", "--setcookie", "secret", "-v"};
  Running interrupted{waits}, lost{waits};
  // With -v the client says when it is connected; the calls follow. A node that ends before that looks
  // like one that refuses the cookie.
  CHECK(interrupted.complains("b@localhost is connected"));
  CHECK(interrupted.status_after(SIGINT) == by_interrupt);
  CHECK(interrupted.output().empty());
  CHECK(lost.complains("b@localhost is connected"));
  there.end();
  CHECK(lost.status() == unreachable);
}

TEST_CASE("eval: the node, the text and one language at most are what is typed", "[command]") {
  CHECK(ask({"eval"}).status == usage);
  CHECK(ask({"eval", "b@localhost"}).status == usage);
  CHECK(ask({"eval", "b@localhost", "1", "--lfe", "--elixir"}).status == usage);
  CHECK(ask({"eval", "b c", "1"}).status == configuration);
  Neighbours there;
  CHECK(ask({"eval", "nobody@localhost", "1"}).status == unreachable);
  CHECK(test::type({"eval", "b@localhost", "1", "--setcookie", "wrong"}).status == not_permitted);
}

}  // namespace noderuntime::command
