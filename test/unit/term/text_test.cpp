// Claims about terms as text in Erlang syntax.
#include "noderuntime/term/text.h"

#include "test/unit/catch.h"

#include "noderuntime/term/order.h"

namespace noderuntime::test {

TEST_CASE("text: Erlang syntax reads as the terms it means", "[term]") {
  for (auto [text, printed] : std::initializer_list<std::pair<const char*, const char*>>{
           {" % a comment\n {a , 'B' } . ", "{a,'B'}"},
           {"[1,2|X]", nullptr},
           {"16#ff", "255"},
           {"2#-1", nullptr},
           {"-16#FF", "-255"},
           {"- 5", "-5"},
           {"1_000_000", "1000000"},
           {"$a", "97"},
           {"$\\n", "10"},
           {"-$a", "-97"},
           {"\"a\" \"b\"", "\"ab\""},
           {"\"\\x{3bb}\\101\\^a\\s\"", "[955,65,1,32]"},
           {"1.0e-3", "0.001"},
           {"-1.5E+2", "-150.0"},
           {"1.e3", nullptr},
           {"1.0e999", nullptr},
           {"#{a => 1, a => 2}", "#{a => 2}"},
           {"#{a := 1}", nullptr},
           {"<<1,2,3>>", "<<1,2,3>>"},
           {"<<1:1,0:2,258:16>>", "<<128,32,2:3>>"},
           {"<<\"å\"/utf8,\"å\">>", "<<\"Ã¥å\">>"},
           {"<<0,-1>>", "<<0,255>>"},
           {"fun lists:map/2", "fun lists:map/2"},
           {"fun 'a b':c/256", nullptr},
           {"[a,b", nullptr},
           {"[a,,b]", nullptr},
           {"{a,}", nullptr},
           {"a b", nullptr},
           {"", nullptr},
           {"'a", nullptr},
           {"X", nullptr},
           {"[|a]", nullptr},
           {"[a|b,c]", nullptr},
           {"]", nullptr},
           {"\xFF", nullptr},
           {"'\xC3'", nullptr},
           {"ok..", nullptr}}) {
    INFO(text);
    auto parsed = parse_text(text);
    REQUIRE(parsed.ok() == (printed != nullptr));
    if (parsed)
      CHECK(to_text(parsed->term(), {.strings = true}) == printed);
    else
      CHECK(parsed.error().code == Errc::bad_text);
  }
}

TEST_CASE("text: an error names its line and column", "[term]") {
  auto parsed = parse_text("{a,\n  \xC3\xA5\xC3\xA5 B}");
  REQUIRE(!parsed);
  CHECK(parsed.error().context == "2:6 near 'B}'");
}

TEST_CASE("text: a limit cuts, at a whole character", "[term]") {
  auto parsed =
      parse_text("[{a,\"\xC3\xA5\xC3\xA5\xC3\xA5\xC3\xA5\"},<<\"abcdefgh\">>,12345678901234567890123]");
  REQUIRE(parsed);
  auto whole = to_text(parsed->term(), {.strings = true});
  for (std::size_t limit = 0; limit < whole.size(); ++limit) {
    auto cut = to_text(parsed->term(), {.strings = true, .limit = limit});
    INFO(cut);
    CHECK(cut.size() <= limit + 3);
    CHECK(cut.substr(cut.size() - 3) == "...");
    CHECK(whole.compare(0, cut.size() - 3, cut, 0, cut.size() - 3) == 0);
  }
  CHECK(to_text(parsed->term(), {.strings = true, .limit = whole.size()}) == whole);
}

TEST_CASE("text: identifiers of other nodes name their node", "[term]") {
  Heap heap;
  NodeIdentity self{Atom::of("me@here"), Creation{1}}, other{Atom::of("you@there"), Creation{2}};
  CHECK(to_text(make_pid(heap, self, {self, 5, 2})) == "<0.5.2>");
  CHECK(to_text(make_pid(heap, self, {other, 5, 2})) == "<you@there.5.2>");
  CHECK(to_text(make_reference(heap, self, {self, 3, {1, 2, 3}})) == "#Ref<0.3.2.1>");
  CHECK(to_text(make_reference(heap, self, {other, 1, {9}})) == "#Ref<you@there.9>");
  CHECK(to_text(make_port(heap, other.name, 2, 7)) == "#Port<you@there.7>");
}

}  // namespace noderuntime::test
