// Claims about terms and calls in Erlang's syntax.
#include "readings.h"

#include <initializer_list>
#include <utility>

namespace noderuntime::test {
TEST_CASE("erlang: a call has a module, a function, and perhaps arguments", "[notation]") {
  for (auto [text, read] : std::initializer_list<std::pair<const char*, const char*>>{
           {"math:pi", "math pi []"},
           {"math:pi()", "math pi []"},
           {" lists : seq ( 1 , 3 ) . ", "lists seq [1,3]"},
           {"'Elixir.Enum':sum([1,2])", "Elixir.Enum sum [[1,2]]"},
           {"a:b([], {}, #{})", "a b [[],{},#{}]"},
           {"a:b({(})", "1:6 near '(})'"},
           {"math", "1:5 near ''"},
           {"math:", "1:6 near ''"},
           {"math:pi(", "1:9 near ''"},
           {"math:pi(1", "1:10 near ''"},
           {"math:pi(1,)", "1:11 near ')'"},
           {"math:pi)", "1:8 near ')'"},
           {"math:pi() x", "1:11 near 'x'"},
           {"", "1:1 near ''"}}) {
    INFO(text);
    CHECK(call_text(text, Notation::erlang) == read);
  }
}

TEST_CASE("erlang: $self is the asking process, $s a character", "[notation]") {
  auto self = local_pid(5, 6);
  auto read = [&](const char* text) {
    auto term = read_term(text, Notation::erlang, {self});
    return term ? write_term(term->term(), Notation::erlang) : term.error().context;
  };
  CHECK(read("{$self,terminate}") == "{<0.5.6>,terminate}");
  CHECK(read("[$s]") == "\"s\"");
  CHECK(read("$selfish") == "1:3 near 'elfish'");
  CHECK(read_term("$self", Notation::erlang).error().context == "1:1 near '$self'");
}

TEST_CASE("erlang: numbers above 255 are no characters in lists", "[notation]") {
  auto term = read_term("[[1000,1001],[955],\"\xC3\xA5\",<<\"\xCE\xBB\"/utf8>>]", Notation::erlang);
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::erlang) ==
        "[[1000,1001],[955],\"\xC3\xA5\",<<\"\xCE\xBB\"/utf8>>]");
  CHECK(write_term(term->term(), Notation::lfe) ==
        "(\"\xCF\xA8\xCF\xA9\" \"\xCE\xBB\" \"\xC3\xA5\" #\"\xCE\xBB\")");
  CHECK(write_term(term->term(), Notation::elixir) == "[[1000, 1001], [955], [229], \"\xCE\xBB\"]");
}

TEST_CASE("notation: it is found by its name", "[notation]") {
  CHECK(notation_of("lfe") == Notation::lfe);
  CHECK(!notation_of("lisp"));
}

}  // namespace noderuntime::test
