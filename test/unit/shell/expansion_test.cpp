// Claims about completion: which calls the node gets, and what is inserted and shown.
#include "noderuntime/shell/expansion.h"
#include "noderuntime/term/heap.h"
#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::shell;

namespace {

std::string call_of(const Expansion& expansion) {
  if (!expansion.call()) return "-";
  auto& call = *expansion.call();
  return std::string{call.module.text()} + ":" + std::string{call.function.text()} +
         print(call.arguments.term());
}
std::optional<Term> term(const char* text) {
  static std::vector<Value> kept;
  kept.push_back(*Value::parse(text));
  return kept.back().term();
}

}  // namespace

TEST_CASE("expansion: without a fun edlin_expand of the node is asked, in the form of its release",
          "[shell]") {
  Expansion expansion{{}, "li", 80};
  CHECK(call_of(expansion) == "edlin_expand:expand[\"il\",[]]");
  expansion.on_answer(std::nullopt);
  CHECK(call_of(expansion) == "edlin_expand:expand[\"il\"]");
  expansion.on_answer(term("{yes,\"sts:\",[]}"));
  CHECK(call_of(expansion) == "-");
  CHECK(expansion.insert() == "sts:");
}

TEST_CASE("expansion: matches are formatted by the node", "[shell]") {
  Expansion expansion{{}, "lists:", 33};
  expansion.on_answer(term("{yes,[],[{\"map\",2}]}"));
  CHECK(call_of(expansion) == "edlin_expand:format_matches[[{\"map\",2}],33]");
  expansion.on_answer(std::nullopt);
  CHECK(call_of(expansion) == "edlin_expand:format_matches[[{\"map\",2}]]");
  expansion.on_answer(term("[\"map/2\",10]"));
  CHECK(call_of(expansion) == "-");
  CHECK(expansion.listing() == "map/2\n");
}

TEST_CASE("expansion: a fun of the shell is applied as its arity says", "[shell]") {
  Expansion one{*Value::parse("fun a:b/1"), "x", 80};
  CHECK(call_of(one) == "erlang:apply[fun a:b/1,[\"x\"]]");
  Expansion two{*Value::parse("fun a:b/2"), "x", 80};
  CHECK(call_of(two) == "erlang:apply[fun a:b/2,[\"x\",[]]]");
  two.on_answer(std::nullopt);
  CHECK(call_of(two) == "-");
}

TEST_CASE("expansion: answers of other shapes insert nothing", "[shell]") {
  for (auto answer : {"no", "{yes,1,[]}", "{yes,[],a}", "{yes,[],[]}", "{}", "[]"}) {
    Expansion expansion{{}, "x", 80};
    expansion.on_answer(term(answer));
    CHECK(call_of(expansion) == "-");
    CHECK(expansion.insert() + expansion.listing() == "");
  }
}
