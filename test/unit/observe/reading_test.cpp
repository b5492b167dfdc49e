// What nodes answer is bounded, and absent if it has another form.
#include "noderuntime/observe/reading.h"

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using test::parsed;

TEST_CASE("reading: a text is valid UTF-8 of bounded length", "[observe]") {
  CHECK(clean("caf\xC3\xA9", 10) == "caf\xC3\xA9");
  CHECK(clean("a\xFF"
              "b",
              10) ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(clean("\xC3", 10) == "\xEF\xBF\xBD");
  CHECK(clean("abcdef", 3) == "abc…");
  CHECK(clean("ab\xC3\xA9", 3) == "ab…");  // no half characters
  CHECK(shown(parsed("{hello,<<1>>}").term(), 100) == "{hello,<<1>>}");
  CHECK(shown(parsed("[1,2,3,4,5,6,7,8,9,10]").term(), 8).size() < 20);
}

TEST_CASE("reading: texts are lists of characters, or binaries", "[observe]") {
  CHECK(text_in(parsed("\"25\"").term(), 10) == "25");
  CHECK(text_in(parsed("<<\"abc\">>").term(), 10) == "abc");
  CHECK(text_in(parsed("[]").term(), 10) == "");
  for (auto* other : {"[a]", "[65|66]", "[55296]", "[1114112]", "[-1]", "{}", "abc", "[[65]]"})
    CHECK(text_in(parsed(other).term(), 10) == std::nullopt);
}

TEST_CASE("reading: counts are not negative, and exact in JSON", "[observe]") {
  CHECK(count_in(parsed("0").term()) == 0);
  CHECK(count_in(parsed("9007199254740992").term()) == 9007199254740992);
  for (auto* other : {"-1", "9007199254740993", "18446744073709551616", "1.5", "x", "[]"})
    CHECK(count_in(parsed(other).term()) == std::nullopt);
  CHECK(first_in(parsed("{7,1}").term()) == 7);
  CHECK(first_in(parsed("{}").term()) == std::nullopt);
  CHECK(count_at(parsed("[x,{a},{a,1,2},{a,3},{a,4}|b]").term(), "a"_atom) == 3);
  CHECK(count_at(parsed("[x|y]").term(), "a"_atom) == std::nullopt);
}

TEST_CASE("reading: an object leaves out what is absent", "[observe]") {
  auto object = built([](Terms& terms) {
    return Object{terms}
        .add("one", Number{1})
        .add("none", Number{})
        .add("half", std::optional{0.12345})
        .add("endless", std::optional{1e308 * 10})
        .flag("yes", true)
        .term();
  });
  CHECK(print(object.term()) == "#{half => 0.123,one => 1,yes => true}");
}

TEST_CASE("reading: functions and pids have the forms of Erlang", "[observe]") {
  CHECK(function_text(parsed("{lists,map,2}").term()) == "lists:map/2");
  CHECK(function_text(parsed("{'A b',f,x}").term()) == "'A b':f/x");
  CHECK(function_text(parsed("other").term()) == "other");
  CHECK(pid_text({{}, 85, 0}) == "<0.85.0>");
}

}  // namespace
}  // namespace noderuntime::observe
