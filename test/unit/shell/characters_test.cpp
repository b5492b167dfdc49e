// Claims about text in nested lists of characters and binaries.
#include "noderuntime/shell/characters.h"
#include "noderuntime/term/heap.h"
#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::shell;

namespace {
std::optional<std::string> read(const char* term, Encoding encoding = Encoding::unicode) {
  return text_of(Value::parse(term)->term(), encoding);
}
}  // namespace

TEST_CASE("characters: what unicode:characters_to_binary/2 takes is text, other terms are none", "[shell]") {
  CHECK(read("[\"a\",[98,<<\"c\">>|<<\"d\">>],[[[]]]]") == "abcd");
  CHECK(read("[228,8364]") == "\xC3\xA4\xE2\x82\xAC");
  CHECK(read("[<<195>>,<<164>>]") == "\xC3\xA4");
  CHECK(read("<<228>>", Encoding::latin1) == "\xC3\xA4");
  CHECK(read("[228]", Encoding::latin1) == "\xC3\xA4");
  CHECK(read("[]") == "");
  for (auto term : {"abc", "1", "{}", "[a]", "[-1]", "[1114112]", "[55296]", "<<255>>", "<<1:3>>", "[97|98]",
                    "[97|a]", "#{}", "[1.5]", "[[97],[b]]"})
    CHECK(read(term) == std::nullopt);
  CHECK(read("[256]", Encoding::latin1) == std::nullopt);
}

TEST_CASE("characters: lists nested a hundred thousand deep are read without recursion", "[shell]") {
  Heap heap;
  Term deep = Term::nil();
  for (int i = 0; i < 100'000; ++i) deep = make_list(heap, {deep, Term::small('x')});
  CHECK(text_of(deep, Encoding::unicode)->size() == 100'000);
}

TEST_CASE("characters: bytes that are not UTF-8 become U+FFFD", "[shell]") {
  CHECK(valid_text("a\xff"
                   "b\xC3\xA4\xC3") ==
        "a\xEF\xBF\xBD"
        "b\xC3\xA4\xEF\xBF\xBD");
  CHECK(bytes_of_characters("\xC3\xA4"
                            "b",
                            1) == 2);
  CHECK(bytes_of_characters("ab", 5) == 2);
}
