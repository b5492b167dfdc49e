// Claims about heaps, copies of terms, identifiers, and the table of atoms.
#include "test/unit/catch.h"

#include <algorithm>
#include <vector>

#include "noderuntime/term/atom_allowance.h"
#include "noderuntime/term/heap.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/visit.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::test {
namespace {

const NodeIdentity self{Atom::of("me@here"), Creation{7}};

OwnedTerm parsed(std::string_view text) {
  auto term = parse_text(text);
  INFO(text);
  if (!term) INFO(term.error().message());
  REQUIRE(term);
  return std::move(*term);
}

}  // namespace

TEST_CASE("heap: terms do not move while it grows", "[term]") {
  Heap heap;
  Term first = make_tuple(heap, {Term::small(1), Term::atom(atoms::ok)});
  Word* place = box_of(first);
  for (int i = 0; i < 100000; ++i) make_cons(heap, Term::small(i), Term::nil());
  CHECK(box_of(first) == place);
  CHECK(to_text(first) == "{1,ok}");
  CHECK(heap.used_words() == 3 + 200000);
}

TEST_CASE("heap: a reserve on an empty heap is exact", "[term]") {
  Heap heap{10};
  heap.reserve(10);
  heap.allocate(10);
  CHECK(heap.used_words() == 10);
  CHECK_THROWS_AS(heap.allocate(1), HeapLimitExceeded);
}

TEST_CASE("heap: the limit holds to the word, and a refused allocation changes nothing", "[term]") {
  Heap heap{100};
  CHECK_THROWS_AS(heap.reserve(101), HeapLimitExceeded);
  CHECK_THROWS_AS(heap.allocate(std::size_t{1} << 60), HeapLimitExceeded);
  for (int i = 0; i < 50; ++i) make_cons(heap, Term::small(i), Term::nil());
  CHECK(heap.used_words() == 100);
  CHECK_THROWS_AS(make_cons(heap, Term::nil(), Term::nil()), HeapLimitExceeded);
  CHECK(heap.used_words() == 100);
  heap.set_limit(102);
  make_cons(heap, Term::nil(), Term::nil());
  CHECK(heap.used_words() == 102);
}

TEST_CASE("heap: an absurd allocation throws without a limit too", "[term]") {
  Heap heap;
  CHECK_THROWS_AS(heap.allocate(std::numeric_limits<std::size_t>::max() / 2), HeapLimitExceeded);
}

TEST_CASE("heap: adopted fragments keep their terms and what they hold", "[term]") {
  auto* bytes = RefcBinary::create(1000);
  bytes->used = 1000;
  {
    Heap heap;
    Term own = make_tuple(heap, {Term::small(1)});
    std::vector<Term> adopted;
    for (int i = 0; i < 20; ++i) {
      Heap fragment;
      Term slice = make_slice(fragment, bytes, 0, 8 * 100);
      Term list = make_list(fragment, {slice, Term::small(i)});
      auto words = fragment.used_words(), used = heap.used_words();
      heap.adopt(std::move(fragment));
      CHECK(fragment.empty());
      CHECK(heap.used_words() == used + words);
      adopted.push_back(list);
    }
    CHECK(bytes->count == 21);
    CHECK(heap.off_heap_bytes() == 2000);
    CHECK(to_text(own) == "{1}");
    for (int i = 0; i < 20; ++i) CHECK(adopted[static_cast<std::size_t>(i)].tail().head() == Term::small(i));
    Heap empty;
    empty.adopt(std::move(heap));
    CHECK(heap.empty());
    CHECK(empty.off_heap_bytes() == 2000);
    heap = std::move(empty);
    CHECK(bytes->count == 21);
  }
  CHECK(bytes->count == 1);
  RefcBinary::release(bytes);
}

TEST_CASE("heap: copies are equal, on their own, and of the size announced", "[term]") {
  for (auto text :
       {"1", "a", "[]", "{}", "[1,2|3]", "{a,[b,{c,\"d\"}],#{k => [v],{x} => <<1,2:3>>}}", "1.5", "fun m:f/3",
        "-123456789012345678901234567890", "[[],[[]],[[[1]]],{{}}]", "#{}", "<<>>"}) {
    INFO(text);
    auto original = parsed(text);
    Heap to;
    Term copied = copy(original.term(), to);
    CHECK(to.used_words() == size_in_words(original.term()));
    original = {};
    CHECK(to_text(copied, {.strings = true}) == text);
  }
}

TEST_CASE("heap: copying a large map, a slice and a fun keeps all parts", "[term]") {
  std::string text = "#{";
  for (int i = 0; i < 500; ++i)
    text += (i ? "," : "") + std::to_string(i) + " => {v," + std::to_string(i) + "}";
  auto map = parsed(text + "}");
  auto copied = OwnedTerm::copy_of(map.term());
  CHECK(exactly_equal(copied.term(), map.term()));

  Heap heap;
  std::vector<std::uint8_t> bytes(100, 'x');
  Term binary = make_binary(heap, bytes);
  auto other = OwnedTerm::copy_of(binary);
  auto* shared = box_as<SubBinary>(binary)->bytes;
  CHECK(box_as<SubBinary>(other.term())->bytes == shared);
  CHECK(shared->count == 2);
  heap.clear();
  CHECK(shared->count == 1);
  CHECK(to_text(other.term(), {.strings = true}) == "<<\"" + std::string(100, 'x') + "\">>");
}

TEST_CASE("heap: a copy that exceeds the limit throws before it takes anything", "[term]") {
  auto term = parsed("{[1,2,3,4,5,6,7,8,9,10],\"abcdefghijklmnop\"}");
  Heap to{20};
  CHECK_THROWS_AS(copy(term.term(), to), HeapLimitExceeded);
  CHECK(to.empty());
}

TEST_CASE("heap: identifiers of our own node live in the word or in three, others keep their node",
          "[term]") {
  Heap heap;
  Pid local{self, 5, 0xFFFFFFFF}, other{{self.name, Creation{8}}, 5, 1}, wide{self, 1u << 28, 1};
  for (auto pid : {local, other, wide}) CHECK(to_pid(self, make_pid(heap, self, pid)) == pid);
  CHECK(make_pid(heap, self, local).is_local_pid());
  CHECK(is_kind(make_pid(heap, self, other), Kind::external_pid));
  CHECK(is_kind(make_pid(heap, self, wide), Kind::external_pid));
  Reference mine{self, 3, {1, 2, 3}}, foreign{{Atom::of("x@y"), Creation{1}}, 5, {1, 2, 3, 4, 5}};
  for (auto reference : {mine, foreign})
    CHECK(to_reference(self, make_reference(heap, self, reference)) == reference);
  CHECK(is_kind(make_reference(heap, self, mine), Kind::reference));
}

TEST_CASE("heap: integers are small where they fit, at every edge", "[term]") {
  Heap heap;
  for (std::int64_t value :
       {std::int64_t{0}, Term::small_min, Term::small_min - 1, Term::small_max, Term::small_max + 1,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    Term term = make_integer(heap, value);
    CHECK(term.is_small() == Term::fits_small(value));
    CHECK(to_int64(term) == value);
    CHECK(to_text(term) == std::to_string(value));
  }
  Term large = make_unsigned(heap, ~std::uint64_t{0});
  CHECK(to_uint64(large) == ~std::uint64_t{0});
  CHECK(!to_int64(large));
  CHECK(!to_uint64(Term::small(-1)));
  CHECK(!to_int64(Term::atom(atoms::ok)));
}

TEST_CASE("heap: visiting shows every atom of a term", "[term]") {
  auto term = parsed("{a,[b|c],#{d => {e}},fun f:g/1,<<1>>,\"xy\"}");
  std::string seen;
  for_each_term(term.term(), [&](Term part) {
    if (part.is_atom()) seen += part.as_atom().text();
  });
  std::sort(seen.begin(), seen.end());
  CHECK(seen == "abcdefg");
}

TEST_CASE("atoms: the same text is the same atom, and the limits hold", "[term]") {
  CHECK(Atom::of("ok") == atoms::ok);
  CHECK(Atom{} == Atom::of(""));
  CHECK(*Atom::intern("some atom") == *Atom::intern("some atom"));
  CHECK(!Atom::existing("never seen before"));
  std::string longest, umlauts;
  for (int i = 0; i < 255; ++i) longest += 'a', umlauts += "\xC3\xA4";
  CHECK(Atom::intern(longest));
  CHECK(Atom::intern(umlauts)->text() == umlauts);
  CHECK(!Atom::intern(longest + 'a'));
  CHECK(!Atom::intern("\xC3"));
  CHECK(Atom::of("nonode@nohost") == atoms::nonode);

  AtomAllowance allowance{2};
  CHECK(allowance.intern("ok"));
  CHECK(allowance.intern("new one"));
  CHECK(allowance.intern("new one"));
  CHECK(allowance.intern("new two"));
  CHECK(allowance.left() == 0);
  CHECK(allowance.intern("new three").error().code == Errc::too_many_atoms);
  CHECK(allowance.intern("new two"));
  set_atom_limit(atom_count());
  CHECK(Atom::intern("one too many").error().code == Errc::too_many_atoms);
  set_atom_limit(1u << 20);
  for (int i = 0; i < 5000; ++i) Atom::of("atom " + std::to_string(i));
  for (int i = 0; i < 5000; ++i)
    CHECK(Atom::existing("atom " + std::to_string(i))->text() == "atom " + std::to_string(i));
}

TEST_CASE("atoms: when the table is full, names of nodes and our own texts still have room", "[term]") {
  auto name = [](std::uint32_t i) { return "node" + std::to_string(i) + "@host"; };
  const auto limit = atom_count() + 1;
  set_atom_limit(limit);
  CHECK(atom_limit() == limit);
  CHECK(intern_node_name("before@host"));  // takes the last place that is not reserved
  CHECK(node_names_left() == atoms_for_node_names);
  REQUIRE(Atom::intern("one more").error().code == Errc::too_many_atoms);
  for (std::uint32_t i = 0; i < atoms_for_node_names; ++i) {
    CHECK(room_for_node_name(name(i)));
    CHECK(intern_node_name(name(i)));
    CHECK(intern_node_name(name(i)));  // exists already, so it takes no place
    REQUIRE(node_names_left() == atoms_for_node_names - i - 1);
  }
  CHECK_FALSE(room_for_node_name("last@host"));
  CHECK(intern_node_name("last@host").error().code == Errc::too_many_atoms);
  CHECK(room_for_node_name(name(1)));
  CHECK(intern_node_name(name(1)));
  CHECK(intern_node_name(std::string(300, 'x')).error().code == Errc::bad_term);
  CHECK(index_of(Atom::of("a text of the program that nobody has named before")) >= limit);
  auto ours = AtomAllowance::of_the_program();
  CHECK(ours.intern("another text of the program"));
  CHECK(ours.intern(std::string(300, 'x')).error().code == Errc::bad_term);
  CHECK(Atom::intern("one more").error().code == Errc::too_many_atoms);
  set_atom_limit(1u << 20);
}

}  // namespace noderuntime::test
