// Claims about terms that are broken into lines.
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "readings.h"

namespace noderuntime::test {
namespace {

constexpr Notation notations[] = {Notation::erlang, Notation::lfe, Notation::elixir, Notation::json};

}  // namespace

TEST_CASE("layout: deep nesting and narrow lines are no problem", "[notation]") {
  Heap heap;
  Term list = Term::nil(), tuple = Term::nil(), map = Term::nil();
  for (int i = 0; i < 5'000; ++i) {
    list = make_cons(heap, list, Term::nil());
    tuple = make_tuple(heap, {Term::atom(Atom::of("tag")), tuple});
    map = map::put(heap, map::empty(heap), Term::atom(Atom::of("key")), map);
  }
  for (Term term : {list, tuple, map})
    for (auto notation : notations)
      for (unsigned width : {0u, 1u, 20u, 80u})
        CHECK(write_term(term, notation, {.pretty = true, .width = width}).size() > 10'000);
}

TEST_CASE("layout: a term that is broken into lines is read as the same term", "[notation]") {
  auto term = read_term(
      "{reply,[{key,<<\"text\">>},#{a => [b|c],1.5 => {}}],\"characters\",[[[]]],<<1,2,3,4:4>>,'x y'}",
      Notation::erlang);
  REQUIRE(term);
  for (auto notation : {Notation::erlang, Notation::lfe, Notation::elixir})
    for (unsigned width = 1; width < 100; ++width) {
      auto again = read_term(write_term(term->term(), notation, {.pretty = true, .width = width}), notation);
      REQUIRE(again.ok());
      CHECK(exactly_equal(again->term(), term->term()));
    }
}

}  // namespace noderuntime::test
