// Claims about the garbage collector: it moves live terms, and leaves literals and messages that a receive
// looks at.
#include "test/unit/catch.h"

#include "noderuntime/beam/collector.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

using namespace noderuntime;

namespace {

OwnedTerm parsed(const char* text) { return std::move(*parse_text(text)); }

Roots roots_of(Term& term) {
  Roots roots;
  roots.add(&term, 1);
  return roots;
}

}  // namespace

TEST_CASE("collector: what roots reach is kept, the rest is gone", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  auto model = parsed("{a,[1,2.5,<<\"bytes\">>],#{k => {v}},123456789012345678901234567890,fun lists:map/2}");
  Term term = copy(model.term(), heap);
  for (int i = 0; i < 1000; ++i) make_tuple(heap, {Term::small(i), term});
  auto before = heap.used_words();
  collect(heap, literals, nullptr, roots_of(term));
  CHECK(exactly_equal(term, model.term()));
  CHECK(heap.used_words() < before / 10);
}

TEST_CASE("collector: shared parts stay shared", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Term part = make_list(heap, {Term::small(1)});
  Term term = make_tuple(heap, {part, part});
  collect(heap, literals, nullptr, roots_of(term));
  CHECK(term.element(0) == term.element(1));
  CHECK(heap.used_words() == 5);
}

TEST_CASE("collector: counted bytes are let go with their last slice", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  auto* bytes = RefcBinary::create(1000);
  bytes->used = 1000;
  Term kept = make_slice(heap, bytes, 0, 8000);
  make_slice(heap, bytes, 80, 800);
  CHECK(bytes->count == 3);
  collect(heap, literals, nullptr, roots_of(kept));
  CHECK(bytes->count == 2);
  Term none = Term::nil();
  collect(heap, literals, nullptr, roots_of(none));
  CHECK(bytes->count == 1);
  RefcBinary::release(bytes);
}

TEST_CASE("collector: literals do not move", "[machine]") {
  LiteralSpace literals;
  auto model = parsed("{literal,\"text\",#{a => 1}}");
  Term literal = copy(model.term(), model.heap());
  literals.move_in(std::move(model).take_heap(), std::span{&literal, 1});
  CHECK(literals.contains(box_of(literal)));
  Heap heap;
  Term term = make_tuple(heap, {literal, Term::small(1)});
  collect(heap, literals, nullptr, roots_of(term));
  CHECK(term.element(0) == literal);
  CHECK(to_text(literal, {.strings = true}) == "{literal,\"text\",#{a => 1}}");
}

TEST_CASE("collector: a message that is looked at does not move", "[machine]") {
  LiteralSpace literals;
  auto message = parsed("{message,[1,2]}");
  Heap heap;
  Term term = make_cons(heap, message.term(), message.term().element(1));
  collect(heap, literals, &message.heap(), roots_of(term));
  CHECK(term.head() == message.term());
  CHECK(to_text(message.term()) == "{message,[1,2]}");
}

TEST_CASE("collector: a list of a million cells needs no stack", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Term list = Term::nil();
  for (int i = 0; i < 1'000'000; ++i) list = make_cons(heap, make_cons(heap, list, Term::nil()), Term::nil());
  collect(heap, literals, nullptr, roots_of(list));
  std::size_t depth = 0;
  for (; list.is_cons(); list = list.head().head()) ++depth;
  CHECK(depth == 1'000'000);
}
