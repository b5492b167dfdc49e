// Claims about work on terms that is paused: it gives what it gives without pauses, and leaves nothing when its process
// is killed.
#include "test/unit/catch.h"

#include <numeric>

#include "noderuntime/term/hash.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/visit.h"
#include "test/unit/paced_terms.h"
#include "test/unit/random_terms.h"

namespace noderuntime::test {
namespace {

constexpr auto slice = PacedRun::usual_slice;
constexpr std::int64_t most_behind = 6'000;

Term numbers(Heap& heap, std::int64_t count, std::int64_t last) {
  auto* cells = reinterpret_cast<Term*>(heap.allocate(2 * static_cast<std::size_t>(count)));
  for (std::int64_t i = 0; i < count; ++i, cells += 2)
    cells[0] = Term::small(i), cells[1] = i + 1 < count ? list_at(cells + 2) : Term::nil();
  cells[-2] = Term::small(last);
  return list_at(cells - 2 * count);
}

// Lists in lists, to the left or to the right.
Term nested(Heap& heap, std::size_t depth) {
  Term term = Term::nil();
  while (depth-- > 0) term = make_cons(heap, term, Term::small(1));
  return term;
}

template <class Work>
void check(Work work) {
  check_paced(work, most_behind, 20);
}

}  // namespace

TEST_CASE("pace: comparing two lists of a million cells pauses, and gives the same order", "[term]") {
  Heap heap;
  constexpr std::int64_t count = 1'000'000;
  Term a = numbers(heap, count, 1), b = numbers(heap, count, 2), c = numbers(heap, count, 2);
  PacedRun run{slice};
  CHECK(run([&] { return compare(a, b) < 0; }) == true);
  CHECK(run.pauses() >= count / slice);
  CHECK(run([&] { return compare_keys(c, b) == 0; }) == true);
  CHECK(run([&] { return exactly_equal(a, b); }) == false);
  CHECK(run([&] { return equal(b, c); }) == true);
  CHECK(run.overdraft() < most_behind);
}

TEST_CASE("pace: without leave to pause nothing is paused", "[term]") {
  Heap heap;
  Term a = numbers(heap, 100'000, 1), b = numbers(heap, 100'000, 1);
  PacedRun run{1};
  CHECK(run([&] {
          NoPause no_pause;
          return exactly_equal(a, b);
        }) == true);
  CHECK(run.pauses() == 0);
  CHECK(run.overdraft() >= 100'000);
}

TEST_CASE("pace: paused work on random terms gives what it gives without pauses", "[term]") {
  std::size_t pauses = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    INFO("seed " << seed);
    Heap heap;
    RandomTerms random{heap, seed};
    Term terms[] = {random.of(2000), random.of(2000), copy(random.of(2000), heap)};
    auto sign = [](int order) { return (order > 0) - (order < 0); };
    for (Term a : terms)
      for (Term b : terms) {
        PacedRun run{1};
        CHECK(run([&] { return sign(compare(a, b)); }) == sign(compare(a, b)));
        CHECK(run([&] { return sign(compare_keys(a, b)); }) == sign(compare_keys(a, b)));
        CHECK(run([&] { return equal(a, b); }) == equal(a, b));
        CHECK(run([&] { return exactly_equal(a, b); }) == exactly_equal(a, b));
        pauses += run.pauses();
      }
    for (Term a : terms) {
      PacedRun run{1};
      Heap copies;
      auto copied = run([&] { return copy(a, copies); });
      REQUIRE(copied);
      CHECK(exactly_equal(*copied, a));
      CHECK(copies.used_words() == (is_immediate(a) ? 0 : size_in_words(a)));
      CHECK(run([&] { return size_in_words(a); }) == size_in_words(a));
      CHECK(run([&] { return internal_hash(*copied); }) == internal_hash(a));
      CHECK(run([&] { return portable_hash(a); }) == portable_hash(a));
      CHECK(run([&] { return to_text(a); }) == to_text(a));
      if (!a.is_list()) {
        auto text = to_text(a);
        CHECK(run([&] { return parse_text(text).ok(); }) == parse_text(text).ok());
      }
      pauses += run.pauses();
      CHECK(run.overdraft() < most_behind);
    }
  }
  CHECK(pauses > 1000);
}

TEST_CASE("pace: a walk that is killed leaves nothing, however deep it is", "[term]") {
  Heap heap;
  Term a = nested(heap, 300'000), b = nested(heap, 300'000);
  check([&](Heap&) { return compare(a, b); });
  check([&](Heap&) { return exactly_equal(a, b); });
  check([&](Heap&) { return internal_hash(a); });
  check([&](Heap&) { return portable_hash(a); });
  check([&](Heap&) { return size_in_words(a); });
  check([&](Heap& copies) { return word_of(copy(a, copies)); });
}

TEST_CASE("pace: long binaries are compared, copied and hashed in pieces, at any offset", "[term]") {
  Heap heap;
  std::vector<std::uint8_t> bytes(std::size_t{8} << 20);
  std::iota(bytes.begin(), bytes.end(), 0);
  std::uint64_t bits = 8 * bytes.size();
  Term aligned = make_bitstring(heap, bytes.data(), 0, bits), again = make_binary(heap, bytes);
  std::vector<std::uint8_t> moved(bytes.size() + 1);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    moved[i] = static_cast<std::uint8_t>(moved[i] | bytes[i] >> 3),
    moved[i + 1] = static_cast<std::uint8_t>(bytes[i] << 5);
  Term shifted = make_slice(heap, box_as<SubBinary>(make_binary(heap, moved))->bytes, 3, bits);
  check([&](Heap&) { return compare(aligned, again) == 0; });
  check([&](Heap&) { return exactly_equal(aligned, again); });
  check([&](Heap&) { return compare(aligned, shifted); });
  check([&](Heap&) { return internal_hash(shifted); });
  check([&](Heap&) { return portable_hash(shifted); });
  check([&](Heap& copies) { return bits_of(make_bitstring(copies, moved.data(), 3, bits)).bit_size; });
  CHECK(compare(aligned, shifted) == 0);
  CHECK(internal_hash(aligned) == internal_hash(shifted));
  CHECK(portable_hash(aligned) == portable_hash(shifted));
}

TEST_CASE("pace: a copy that is killed gives back the counted bytes that it has taken", "[term]") {
  Heap heap;
  std::vector<std::uint8_t> bytes(100);
  Term binary = make_binary(heap, bytes);
  auto* counted = box_as<SubBinary>(binary)->bytes;
  std::vector<Term> elements(50'000, binary);
  Term list = make_list(heap, elements);
  check([&](Heap& copies) { return is_immediate(copy(list, copies)); });
  CHECK(counted->count == 1);
  std::vector<Word> room(size_in_words(list));
  for (std::size_t at : {std::size_t{1}, std::size_t{10}, std::size_t{20}}) {
    OffHeapObject* held = nullptr;
    PacedRun cancelled{slice / 10, at};
    CHECK(!cancelled([&] { return is_immediate(copy_into(list, room.data(), held)); }));
    for (; held; held = held->next) release_off_heap(held);
    CHECK(counted->count == 1);
  }
}

TEST_CASE("pace: large maps are built, merged, compared and listed in parts", "[term]") {
  Heap heap;
  constexpr std::size_t count = 100'000;
  std::vector<map::Entry> entries, others;
  for (std::size_t i = 0; i < count; ++i) {
    auto number = static_cast<std::int64_t>(i);
    entries.push_back({make_tuple(heap, {Term::small(number), Term::nil()}), Term::small(number)});
    others.push_back({make_tuple(heap, {Term::small(2 * number), Term::nil()}), Term::small(-number)});
  }
  Term map = *map::from_entries(heap, entries), other = *map::from_entries(heap, others);
  Term merged = map::merge(heap, map, other), again = map::merge(heap, map, other);
  check([&](Heap& copies) { return exactly_equal(*map::from_entries(copies, entries), map); });
  check([&](Heap& copies) { return exactly_equal(map::merge(copies, map, other), merged); });
  check([&](Heap&) { return compare(map, other); });
  check([&](Heap&) { return exactly_equal(merged, again); });
  check([&](Heap&) { return compare(merged, again); });
  check([&](Heap&) { return map::sorted(map).size(); });
  CHECK(map::size(merged) == count + count / 2);
  CHECK(compare(merged, again) == 0);
}

TEST_CASE("pace: a key that is long is found at the pace of the process", "[term]") {
  Heap heap;
  Term key = numbers(heap, 200'000, 1), same = numbers(heap, 200'000, 1);
  Term map = map::put(heap, map::empty(heap), key, Term::small(1));
  for (std::int64_t i = 0; i < 100; ++i) map = map::put(heap, map, Term::small(i), Term::nil());
  check([&](Heap&) { return map::find(map, same)->as_small(); });
  check([&](Heap& more) { return map::size(map::put(more, map, same, Term::small(2))); });
  check([&](Heap& more) { return map::size(map::remove(more, map, same)); });
}

TEST_CASE("pace: counted bytes that grow stay where paused code found them", "[term]") {
  auto* bytes = RefcBinary::create(std::size_t{1} << 20);
  std::fill_n(bytes->data, bytes->capacity, 7);
  bytes->used = bytes->capacity;
  RefcBinary::keep(bytes);  // the reference of the code that is paused
  auto used = held_memory.used();
  const std::uint8_t* found = bytes->data;
  std::vector<std::uint8_t> same(bytes->used, 7);
  PacedRun run{100, [&] { bytes->reserve(2 * bytes->capacity), bytes->data[0] = 8; }};
  auto work = [&] {
    pace.spend(1000);
    pace.spend(1000);
    return std::equal(same.begin(), same.end(), found);
  };
  CHECK(run(work) == true);
  CHECK(run.pauses() == 2);
  CHECK(bytes->data != found);
  CHECK(held_memory.used() > used);
  RefcBinary::release(bytes);
  RefcBinary::release(bytes);
  CHECK(held_memory.used() < used);
}

TEST_CASE("pace: counted bytes that only their owner has grow without a second copy while code is paused",
          "[term]") {
  auto* bytes = RefcBinary::create(std::size_t{1} << 20);
  auto used = held_memory.used(), capacity = bytes->capacity;
  PacedRun run{100, [&] { bytes->reserve(2 * capacity); }};
  CHECK(run([] { return pace.spend(1000), true; }) == true);
  CHECK(bytes->capacity == 2 * capacity);
  CHECK(held_memory.used() == used + capacity);
  RefcBinary::release(bytes);
}

namespace {

std::int64_t clock_now = 0;  // nanoseconds

struct TimeLimit {
  explicit TimeLimit(std::int64_t nanoseconds) {
    pace.limit_time([] { return clock_now; }, nanoseconds);
  }
  ~TimeLimit() { pace.limit_time(nullptr, 0); }
};

}  // namespace

TEST_CASE("pace: a slice whose steps take longer than they should ends with its time", "[term]") {
  TimeLimit limit{1'000'000};
  auto work = [](std::int64_t nanoseconds_per_step) {
    for (int i = 0; i < 1000; ++i) {
      clock_now += 100 * nanoseconds_per_step;
      pace.spend(100);
    }
    return true;
  };
  PacedRun quick{50'000}, slow{50'000};
  CHECK(quick([&] { return work(3); }) == true);
  CHECK(quick.pauses() == 1);
  CHECK(slow([&] { return work(150); }) == true);  // 15 ms
  CHECK(slow.pauses() >= 8);
  CHECK(slow.pauses() <= 15);
  CHECK(slow.overdraft() < most_behind);
}

TEST_CASE("pace: what is charged without a pause counts until the end of the slice", "[term]") {
  PacedRun run{50'000};
  CHECK(run([&] {
          pace.charge(49'000);
          pace.spend(500);
          bool none = pace.left() == 500;
          pace.spend(1'000);
          return none;
        }) == true);
  CHECK(run.pauses() == 1);
}

}  // namespace noderuntime::test
