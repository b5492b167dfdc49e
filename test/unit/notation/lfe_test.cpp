// Claims about terms and calls in LFE's syntax.
#include "readings.h"

#include <string>

#include "noderuntime/notation/notation.h"
#include "noderuntime/term/order.h"

namespace noderuntime::test {

TEST_CASE("lfe: data is read as the shell would take it", "[notation]") {
  for (auto [text, read] :
       Readings{{"#(ok (1 2.5 -3))", "{ok,[1,2.5,-3]}"},
                {" ; a comment\n [a b]", "[a,b]"},
                {"(a b . c)", "[a,b|c]"},
                {"(a .b)", "[a,'.b']"},
                {"'foo", "foo"},
                {"'(a 'b `c ,d ,@e)", "[a,[quote,b],[backquote,c],[comma,d],['comma-at',e]]"},
                {"#M(a 1 \"b\" #\"c\")", "#{a => 1,\"b\" => <<\"c\">>}"},
                {"#m()", "#{}"},
                {"#S(point x 1)", "#{'__struct__' => point,x => 1}"},
                {"#B(1 2 (5 (size 3)) \"ab\" (\"\xC3\xA5\" utf8))", "<<1,2,172,44,88,116,5:3>>"},
                {"#\\a", "97"},
                {"#\\\xC3\xA5", "229"},
                {"(#xff #b101 #o17 #*11 #d9 #36rZ #x-10)", "[255,5,15,3,9,35,-16]"},
                {"#'lists:map/2", "fun lists:map/2"},
                {"|a \\| b|", "'a | b'"},
                {"||", "''"},
                {"\"a\\n\\\"\\x\"", "\"a\\n\\\"x\""},
                {"#\"\xC3\xA5\"", "<<\"\xC3\xA5\"/utf8>>"},
                {"+5", "5"},
                {"1.0e+3", "1.0e3"},
                {"1e3", "'1e3'"},
                {"a->b", "'a->b'"},
                {"repl1@host", "repl1@host"},
                {"$self", "'$self'"},
                {"", "1:1 near ''"},
                {"(a", "1:3 near ''"},
                {"(a . b c)", "1:8 near 'c)'"},
                {"(. a)", "1:2 near '. a)'"},
                {"(a]", "1:3 near ']'"},
                {"#(1))", "1:5 near ')'"},
                {"#M(a)", "1:5 near ')'"},
                {"#Pid<0.1.2>", "1:1 near '#Pid<0.1.2>'"},
                {"#'f/1", "1:6 near ''"},
                {"#B(a)", "1:4 near 'a)'"},
                {"#37rZ", "1:1 near '#37rZ'"},
                {"\"abc", "1:5 near ''"},
                {"(a\n {b})", "2:2 near '{b})'"},
                {"'", "1:2 near ''"},
                {"\xFF", "1:1 near ''"}}) {
    INFO(text);
    CHECK(read_text(text, Notation::lfe) == read);
  }
}

TEST_CASE("lfe: a call is a form, its arguments may be quoted", "[notation]") {
  for (auto [text, read] : Readings{{"(lists:seq 1 3)", "lists seq [1,3]"},
                                    {"(: lists seq 1 3)", "lists seq [1,3]"},
                                    {"math:pi", "math pi []"},
                                    {"(math:pi)", "math pi []"},
                                    {"(Elixir.Enum:sum '(1 2))", "Elixir.Enum sum [[1,2]]"},
                                    {"(|a b|:|c d| 'x '('y))", "a b c d [x,[[quote,y]]]"},
                                    {"(erlang:+ 1 2)", "erlang + [1,2]"},
                                    {"(foo 1)", "1:5 near ' 1)'"},
                                    {"(a:b . c)", "1:6 near '. c)'"},
                                    {"(a:b 1", "1:7 near ''"},
                                    {"(a:b) c", "1:7 near 'c'"},
                                    {"()", "1:2 near ')'"},
                                    {"", "1:1 near ''"}}) {
    INFO(text);
    CHECK(call_text(text, Notation::lfe) == read);
  }
}

TEST_CASE("lfe: $self is the asking process", "[notation]") {
  auto term = read_term("#(acksvr $self)", Notation::lfe, {local_pid(5, 6)});
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::lfe) == "#(acksvr #Pid<0.5.6>)");
}

TEST_CASE("lfe: deep nesting is no problem", "[notation]") {
  std::string text = std::string(100'000, '(') + std::string(100'000, ')');
  auto term = read_term(text, Notation::lfe);
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::lfe) == text);
}

TEST_CASE("lfe: what is written with commas is read as the same", "[notation]") {
  for (auto* text : {"(, @z)", ", @z", "(comma-at z)", "(, ,@z)", "(, |a b|)", "(x , @ y)"}) {
    auto term = read_term(text, Notation::lfe);
    REQUIRE(term);
    auto written = write_term(term->term(), Notation::lfe);
    INFO(written);
    auto again = read_term(written, Notation::lfe);
    REQUIRE(again);
    CHECK(exactly_equal(again->term(), term->term()));
  }
}

}  // namespace noderuntime::test
