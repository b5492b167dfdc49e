// Claims about the public Terms and Value: conversions between C++ values and terms.
#include <noderuntime/terms.h>

#include <cmath>
#include <stdexcept>
#include "test/unit/catch.h"

#include "noderuntime/term/heap.h"

using namespace noderuntime;

namespace {

struct World {
  NodeIdentity self{Atom::of("a@host"), Creation{3}};
  Heap heap;
  Terms terms{heap, self};
};

template <class T>
void there_and_back(const T& value, const std::string& text) {
  World world;
  Term term = world.terms.of(value);
  CHECK(print(term) == text);
  auto back = world.terms.as<T>(term);
  REQUIRE(back);
  CHECK(*back == value);
}

}  // namespace

TEST_CASE("terms: a C++ value becomes a term and comes back", "[library]") {
  there_and_back(true, "true");
  there_and_back(-5, "-5");
  there_and_back(std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
  there_and_back(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
  there_and_back(std::uint8_t{255}, "255");
  there_and_back(1.5, "1.5");
  there_and_back("ok"_atom, "ok");
  there_and_back(std::string{"text"}, "<<\"text\">>");
  there_and_back(std::string(100, 'x'), "<<\"" + std::string(100, 'x') + "\">>");
  there_and_back(std::vector{1, 2, 300}, "[1,2,300]");
  there_and_back(std::tuple{1, "a"_atom, std::string{"b"}}, "{1,a,<<\"b\">>}");
  there_and_back(std::pair{1, std::vector{2.5}}, "{1,[2.5]}");
  there_and_back(std::map<std::string, int>{{"a", 1}, {"b", 2}}, "#{<<\"a\">> => 1,<<\"b\">> => 2}");
}

TEST_CASE("terms: what does not fit the type is nothing", "[library]") {
  World world;
  auto& terms = world.terms;
  CHECK_FALSE(terms.as<std::uint8_t>(terms.of(256)));
  CHECK_FALSE(terms.as<std::uint32_t>(terms.of(-1)));
  CHECK_FALSE(terms.as<std::int64_t>(terms.of(std::numeric_limits<std::uint64_t>::max())));
  CHECK_FALSE(terms.as<int>(terms.of(1.0)));
  CHECK(terms.as<double>(terms.of(2)) == 2.0);
  CHECK_FALSE(terms.as<bool>(terms.of("yes"_atom)));
  CHECK_FALSE(terms.as<std::vector<int>>(terms.list(1, "a"_atom)));
  CHECK_FALSE(terms.as<std::vector<int>>(terms.cons(terms.of(1), terms.of(2))));
  CHECK_FALSE((terms.as<std::pair<int, int>>(terms.tuple(1, 2, 3))));
  CHECK_FALSE(terms.as<std::string>(terms.list(-1)));
  CHECK_FALSE(terms.as<std::string>(terms.list(0x110000)));
  CHECK_THROWS_AS(terms.of(std::nan("")), std::domain_error);
}

TEST_CASE("terms: a text is a binary or a list of characters", "[library]") {
  World world;
  CHECK(world.terms.as<std::string>(world.terms.string("aé€")) == "aé€");
  CHECK(world.terms.as<std::string>(world.terms.of("aé€")) == "aé€");
  CHECK(world.terms.as<std::string>(Term::nil()) == "");
  CHECK(print(world.terms.string("ab")) == "\"ab\"");
}

TEST_CASE("terms: identifiers of this node and of others", "[library]") {
  World world;
  Pid ours{world.self, 7, 2}, theirs{{Atom::of("b@host"), Creation{9}}, 7, 2};
  CHECK(world.terms.pid(ours).is_local_pid());
  CHECK(world.terms.as<Pid>(world.terms.of(ours)) == ours);
  CHECK(world.terms.as<Pid>(world.terms.of(theirs)) == theirs);
  Reference reference{world.self, 3, {1, 2, 3}};
  CHECK(world.terms.as<Reference>(world.terms.of(reference)) == reference);
  CHECK_FALSE(world.terms.as<Pid>(world.terms.of(reference)));
}

TEST_CASE("terms: a tuple is taken apart by a pattern", "[library]") {
  World world;
  auto& terms = world.terms;
  Term message = terms.tuple("ask"_atom, 5, terms.list("x"));
  std::int64_t number = 0;
  Term rest;
  CHECK(terms.matches(message, "ask"_atom, &number, &rest));
  CHECK(number == 5);
  CHECK(print(rest) == "[<<\"x\">>]");
  CHECK(terms.matches(message, "ask"_atom, 5, &rest));
  CHECK_FALSE(terms.matches(message, "ask"_atom, 6, &rest));
  CHECK_FALSE(terms.matches(message, "tell"_atom, &number, &rest));
  CHECK_FALSE(terms.matches(message, "ask"_atom, &number));
  CHECK_FALSE(terms.matches(message, "ask"_atom, &rest, &number));
  CHECK_FALSE(terms.matches(terms.of(1), &number));
}

TEST_CASE("terms: maps, big integers, and text", "[library]") {
  World world;
  auto& terms = world.terms;
  Term map = terms.map(std::pair{"a"_atom, 1}, std::pair{2, "b"});
  CHECK(print(map) == "#{2 => <<\"b\">>,a => 1}");
  CHECK(print(*Terms::get(map, terms.of("a"_atom))) == "1");
  CHECK_FALSE(Terms::get(map, terms.of("c"_atom)));
  CHECK(print(terms.without(map, terms.of(2))) == "#{a => 1}");
  CHECK(Terms::entries(map).size() == 2);
  auto big = terms.big_integer("-123456789012345678901234567890");
  REQUIRE(big);
  CHECK(Terms::digits(*big) == "-123456789012345678901234567890");
  CHECK_FALSE(terms.big_integer("12a"));
  auto parsed = terms.parse("{a, [1, 2.0 | b], #{x => <<1:3>>}}.");
  REQUIRE(parsed);
  CHECK(print(*parsed) == "{a,[1,2.0|b],#{x => <<1:3>>}}");
  CHECK_FALSE(terms.parse("{a,"));
}

TEST_CASE("terms: a value keeps what it was made of", "[library]") {
  Value kept;
  CHECK(kept.term().is_nil());
  {
    World world;
    kept = Value::of(world.terms.tuple(1, std::string(200, 'y')));
  }
  Value copy = kept;
  CHECK(print(copy.term()) == "{1,<<\"" + std::string(200, 'y') + "\">>}");
  CHECK(same(copy.term(), kept.term()));
  CHECK(Value::parse("[a]")->term().is_cons());
}

TEST_CASE("terms: compare_terms is Erlang's order, same is =:=", "[library]") {
  std::vector<Value> ascending;
  for (auto* text : {"-5", "1", "1.5", "18446744073709551616", "a", "b", "{}", "{a}", "{a,1}", "{b,0}", "#{}",
                     "#{a => 1}", "[]", "[1]", "[1,2]", "<<>>", "<<\"a\">>", "<<\"b\">>"})
    ascending.push_back(*Value::parse(text));
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      INFO(print(ascending[i].term()) + " and " + print(ascending[j].term()));
      int order = compare_terms(ascending[i].term(), ascending[j].term());
      CHECK((order < 0) == (i < j));
      CHECK((order > 0) == (i > j));
      CHECK(same(ascending[i].term(), ascending[j].term()) == (i == j));
    }
  CHECK(compare_terms(Value::parse("1")->term(), Value::parse("1.0")->term()) == 0);
  CHECK_FALSE(same(Value::parse("1")->term(), Value::parse("1.0")->term()));
  CHECK(compare_terms(Value::parse("{1,[2.0]}")->term(), Value::parse("{1.0,[2]}")->term()) == 0);
}
