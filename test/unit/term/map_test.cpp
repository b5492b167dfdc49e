// Claims about maps: small and large ones, in agreement with a sorted map as the model.
#include "test/unit/catch.h"

#include <map>
#include <random>

#include "noderuntime/term/hash.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::test {
namespace {

using Model = std::map<std::int64_t, std::int64_t>;

void check_same(Term map, const Model& model) {
  REQUIRE(map::size(map) == model.size());
  CHECK(is_kind(map, Kind::flat_map) == (model.size() <= 32));
  Model seen;
  map::Iterator iterator{map};
  for (map::Entry entry; iterator.next(entry);) seen[entry.key.as_small()] = entry.value.as_small();
  CHECK(seen == model);
}

// A map with the entries of the model, built from all of them at once.
Term built(Heap& heap, const Model& model) {
  std::vector<map::Entry> entries;
  for (auto [key, value] : model) entries.push_back({Term::small(key), Term::small(value)});
  return *map::from_entries(heap, entries, map::Duplicates::refuse);
}

}  // namespace

TEST_CASE("map: random changes give what a sorted map gives, and one shape per content", "[term]") {
  std::mt19937_64 random{42};
  for (std::int64_t range : {5, 40, 100, 5000}) {
    Heap heap;
    Term map = map::empty(heap);
    Model model;
    for (int step = 0; step < 4000; ++step) {
      auto key = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(range));
      Term key_term = Term::small(key);
      switch (random() % 4) {
        case 0:
        case 1:
          map = map::put(heap, map, key_term, Term::small(step));
          model[key] = step;
          break;
        case 2:
          map = map::remove(heap, map, key_term);
          model.erase(key);
          break;
        case 3: {
          auto updated = map::update(heap, map, key_term, Term::small(-step));
          REQUIRE(updated.has_value() == (model.count(key) == 1));
          if (updated) map = *updated, model[key] = -step;
        }
      }
      auto found = map::get(map, key_term);
      REQUIRE(found.has_value() == (model.count(key) == 1));
      if (found) REQUIRE(found->as_small() == model[key]);
    }
    check_same(map, model);
    Term again = built(heap, model);
    CHECK(exactly_equal(map, again));
    CHECK(internal_hash(map) == internal_hash(again));
    CHECK(compare(map, again) == 0);
  }
}

TEST_CASE("map: growing over 32 keys and shrinking again", "[term]") {
  Heap heap;
  Term map = map::empty(heap);
  Model model;
  for (int i = 0; i < 70; ++i)
    check_same(map = map::put(heap, map, Term::small(i), Term::small(-i)), (model[i] = -i, model));
  for (int i = 0; i < 70; ++i)
    check_same(map = map::remove(heap, map, Term::small(i)), (model.erase(i), model));
}

TEST_CASE("map: what does not change stays the same term", "[term]") {
  Heap heap;
  for (int count : {10, 100}) {
    Model model;
    for (int i = 0; i < count; ++i) model[i] = i;
    Term map = built(heap, model);
    CHECK(map::put(heap, map, Term::small(3), Term::small(3)) == map);
    CHECK(map::remove(heap, map, Term::small(-3)) == map);
    CHECK(map::merge(heap, map, map::empty(heap)) == map);
  }
  Term map = built(heap, {{1, 1}, {2, 2}});
  Term updated = *map::update(heap, map, Term::small(2), Term::small(3));
  CHECK(box_as<FlatMap>(updated)->keys == box_as<FlatMap>(map)->keys);
  CHECK(!map::update(heap, map, Term::small(4), Term::small(3)));
}

TEST_CASE("map: duplicate keys are refused or the last one wins", "[term]") {
  for (int count : {3, 33, 200}) {
    Heap heap;
    std::vector<map::Entry> entries;
    for (int i = 0; i < count; ++i) entries.push_back({Term::small(i), Term::small(i)});
    entries.push_back({Term::small(1), Term::small(99)});
    auto copy = entries;
    CHECK(!map::from_entries(heap, copy, map::Duplicates::refuse));
    Term map = *map::from_entries(heap, entries);
    CHECK(map::size(map) == static_cast<std::size_t>(count));
    CHECK(map::get(map, Term::small(1)) == Term::small(99));
  }
}

TEST_CASE("map: 1, 1.0, 0.0 and -0.0 are four keys", "[term]") {
  Heap heap;
  Term map = map::empty(heap);
  std::vector<Term> keys{Term::small(1), make_float(heap, 1.0), make_float(heap, 0.0),
                         make_float(heap, -0.0)};
  for (Term key : keys) map = map::put(heap, map, key, key);
  CHECK(to_text(map) == "#{1 => 1,-0.0 => -0.0,0.0 => 0.0,1.0 => 1.0}");
  for (int i = 100; i < 200; ++i) map = map::put(heap, map, Term::small(i), Term::nil());
  for (Term key : keys) CHECK(map::get(map, key) == key);
}

TEST_CASE("map: merging takes the entries of the second", "[term]") {
  for (auto [first, second] :
       {std::pair{5, 10}, {20, 30}, {100, 3}, {3, 100}, {100, 100}, {1000, 10}, {0, 5}}) {
    Heap heap;
    Model a, b, both;
    for (int i = 0; i < first; ++i) a[2 * i] = 1;
    for (int i = 0; i < second; ++i) b[3 * i] = 2;
    both = b;
    both.insert(a.begin(), a.end());
    check_same(map::merge(heap, built(heap, a), built(heap, b)), both);
  }
}

TEST_CASE("map: an iterator's position leads on from the same place", "[term]") {
  for (int count : {0, 1, 20, 33, 1000}) {
    Heap heap;
    Model model, seen;
    for (int i = 0; i < count; ++i) model[i * 7919] = i;
    Term map = built(heap, model);
    map::Iterator::Position position;
    for (int steps = 0;; ++steps) {
      REQUIRE(steps <= count);
      map::Iterator iterator{map, position};
      map::Entry entry;
      if (!iterator.next(entry)) break;
      REQUIRE(seen.emplace(entry.key.as_small(), entry.value.as_small()).second);
      position = iterator.position();
    }
    CHECK(seen == model);
  }
}

TEST_CASE("map: sorted() gives the order of keys", "[term]") {
  Heap heap;
  Model model;
  for (int i = 0; i < 300; ++i) model[i] = i;
  auto entries = map::sorted(built(heap, model));
  REQUIRE(entries.size() == 300);
  for (std::size_t i = 0; i < 300; ++i) CHECK(entries[i].key == Term::small(static_cast<std::int64_t>(i)));
}

TEST_CASE("map: a key is found wherever its bits start", "[term]") {
  for (std::size_t size : {3, 8, 63, 64, 65, 200}) {
    INFO(size);
    Heap heap;
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(7 * i + 1);
    Term key = make_binary(heap, bytes);
    auto* shared = RefcBinary::create(size + 1);
    shared->used = size + 1;
    for (std::size_t i = 0; i <= size; ++i)
      shared->data[i] =
          static_cast<std::uint8_t>((i > 0 ? bytes[i - 1] << 4 : 0) | (i < size ? bytes[i] >> 4 : 0));
    Term shifted = make_slice(heap, shared, 4, 8 * size);
    RefcBinary::release(shared);
    REQUIRE(exactly_equal(key, shifted));
    CHECK(internal_hash(key) == internal_hash(shifted));
  }
}

}  // namespace noderuntime::test
