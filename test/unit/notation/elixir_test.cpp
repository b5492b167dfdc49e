// Claims about terms and calls in Elixir's syntax.
#include "readings.h"

#include <string>

namespace noderuntime::test {

TEST_CASE("elixir: literals read as what they mean", "[notation]") {
  for (auto [text, read] :
       Readings{{"{:ok, [1, 2.5, -3]}", "{ok,[1,2.5,-3]}"},
                {"nil # a comment", "nil"},
                {"[a: 1, b?: 2, \"c d\": 3, +: 4]", "[{a,1},{'b?',2},{'c d',3},{'+',4}]"},
                {"[1, 2, a: :b]", "[1,2,{a,b}]"},
                {"[1 | 2]", "[1|2]"},
                {"[1, 2,]", "[1,2]"},
                {"{:reply, timeout: 5, x: [y: {}]}", "{reply,[{timeout,5},{x,[{y,{}}]}]}"},
                {"%{1 => :a, b: \"c\"}", "#{1 => a,b => <<\"c\">>}"},
                {"%{}", "#{}"},
                {"%Foo.Bar{x: 1}", "#{'__struct__' => 'Elixir.Foo.Bar',x => 1}"},
                {"%Foo{}", "#{'__struct__' => 'Elixir.Foo'}"},
                {"Foo.Bar", "'Elixir.Foo.Bar'"},
                {"Elixir.Foo", "'Elixir.Foo'"},
                {":Foo", "'Foo'"},
                {":\"a\\nb\"", "'a\\nb'"},
                {":a@b", "a@b"},
                {":<<>>", "'<<>>'"},
                {"'abc'", "\"abc\""},
                {"~c\"a\\\"\"", "\"a\\\"\""},
                {"\"\\xFF\"", "<<\"\xC3\xBF\">>"},
                {"\"\\u00FF\\u{1F600}\\s\\0\"", "<<195,191,240,159,152,128,32,0>>"},
                {"\"a\\#{b\"", "<<\"a#{b\">>"},
                {"<<1, 2::4, 3::size(12), \"ab\", ?c>>", "<<1,32,3,97,98,99>>"},
                {"?a", "97"},
                {"?\\n", "10"},
                {"[0xFF, 0b11, 0o17, 1_000]", "[255,3,15,1000]"},
                {"1.0e-3", "0.001"},
                {"&Enum.map/2", "fun 'Elixir.Enum':map/2"},
                {"&:erlang.+/2", "fun erlang:'+'/2"},
                {":ol\xC3\xA1", "ol\xC3\xA1"},
                {"[:a, :b , :c ]", "[a,b,c]"},
                {"", "1:1 near ''"},
                {"foo", "1:1 near 'foo'"},
                {"\"a#{b}\"", "1:3 near '#{b}\"'"},
                {"{:a, b: 1, 2}", "1:12 near '2}'"},
                {"{:a", "1:4 near ''"},
                {"[a 1]", "1:2 near 'a 1]'"},
                {"%{a 1}", "1:3 near 'a 1}'"},
                {"%{1 = 2}", "1:5 near '= 2}'"},
                {"#PID<0.1.2>", "1:12 near ''"},
                {"1 + 2", "1:3 near '+ 2'"},
                {"$self", "1:1 near '$self'"}}) {
    INFO(text);
    CHECK(read_text(text, Notation::elixir) == read);
  }
}

TEST_CASE("elixir: a call has a module or an atom in front of its dot", "[notation]") {
  for (auto [text, read] : Readings{{"Enum.sum([1, 2])", "Elixir.Enum sum [[1,2]]"},
                                    {":lists.seq(1, 3)", "lists seq [1,3]"},
                                    {":math.pi", "math pi []"},
                                    {"Foo.Bar.baz?()", "Elixir.Foo.Bar baz? []"},
                                    {":\"a b\".\"c d\"(1)", "a b c d [1]"},
                                    {":erlang.+(1, 2)", "erlang + [1,2]"},
                                    {"M.f(1, a: 2)", "Elixir.M f [1,[{a,2}]]"},
                                    {"math.pi", "1:1 near 'math.pi'"},
                                    {"Enum", "1:5 near ''"},
                                    {"Enum.sum([1)", "1:12 near ')'"},
                                    {"Enum.sum() 1", "1:12 near '1'"},
                                    {"Enum.Foo", "1:9 near ''"}}) {
    INFO(text);
    CHECK(call_text(text, Notation::elixir) == read);
  }
}

TEST_CASE("elixir: $self is the asking process", "[notation]") {
  auto term = read_term("{$self, :terminate}", Notation::elixir, {local_pid(5, 6)});
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::elixir) == "{#PID<0.5.6>, :terminate}");
}

TEST_CASE("elixir: deep nesting is no problem", "[notation]") {
  std::string text = std::string(100'000, '{') + std::string(100'000, '}');
  auto term = read_term(text, Notation::elixir);
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::elixir) == text);
}

}  // namespace noderuntime::test
