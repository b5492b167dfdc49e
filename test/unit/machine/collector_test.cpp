// Claims about the garbage collector: it moves live terms, and leaves literals and messages that a receive
// looks at.
#include <algorithm>
#include <random>
#include <vector>

#include "test/unit/catch.h"

#include <noderuntime/bytes.h>
#include "noderuntime/beam/collector.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/text.h"

using namespace noderuntime;

namespace {

OwnedTerm parsed(const char* text) { return std::move(*parse_text(text)); }

Roots roots_of(Term& term) {
  Roots roots;
  roots.add(&term, 1);
  return roots;
}

void collect(Heap& heap, const LiteralSpace& literals, Term& root, const Heap* looked_at = nullptr) {
  Generations generations;
  collect_all(heap, generations, {literals, looked_at, roots_of(root)});
}

}  // namespace

TEST_CASE("collector: what roots reach is kept, the rest is gone", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  auto model = parsed("{a,[1,2.5,<<\"bytes\">>],#{k => {v}},123456789012345678901234567890,fun lists:map/2}");
  Term term = copy(model.term(), heap);
  for (int i = 0; i < 1000; ++i) make_tuple(heap, {Term::small(i), term});
  auto before = heap.used_words();
  collect(heap, literals, term);
  CHECK(exactly_equal(term, model.term()));
  CHECK(heap.used_words() < before / 10);
}

TEST_CASE("collector: shared parts stay shared", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Term part = make_list(heap, {Term::small(1)});
  Term term = make_tuple(heap, {part, part});
  collect(heap, literals, term);
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
  collect(heap, literals, kept);
  CHECK(bytes->count == 2);
  Term none = Term::nil();
  collect(heap, literals, none);
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
  collect(heap, literals, term);
  CHECK(term.element(0) == literal);
  CHECK(to_text(literal, {.strings = true}) == "{literal,\"text\",#{a => 1}}");
}

TEST_CASE("collector: a message that is looked at does not move", "[machine]") {
  LiteralSpace literals;
  auto message = parsed("{message,[1,2]}");
  Heap heap;
  Term term = make_cons(heap, message.term(), message.term().element(1));
  collect(heap, literals, term, &message.heap());
  CHECK(term.head() == message.term());
  CHECK(to_text(message.term()) == "{message,[1,2]}");
}

TEST_CASE("collector: a list of a million cells needs no stack", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Term list = Term::nil();
  for (int i = 0; i < 1'000'000; ++i) list = make_cons(heap, make_cons(heap, list, Term::nil()), Term::nil());
  collect(heap, literals, list);
  std::size_t depth = 0;
  for (; list.is_cons(); list = list.head().head()) ++depth;
  CHECK(depth == 1'000'000);
}

// --- generations

namespace {

// A heap whose roots change at random, beside copies of what they should be.
class RandomHeap {
 public:
  explicit RandomHeap(unsigned seed) : random_{seed} {}
  ~RandomHeap() {
    for (auto* bytes : binaries_) RefcBinary::release(bytes);
  }

  // Builds terms from others, and forgets some.
  void step() {
    auto& root = roots_[random(roots_.size())];
    auto& other = roots_[random(roots_.size())];
    switch (random(8)) {
      case 0: root = Term::nil(); break;
      case 1: root = make_cons(heap, other, root); break;
      case 2: root = make_tuple(heap, {root, other, Term::small(static_cast<int>(random(1000)))}); break;
      case 3: root = map::put(heap, map::empty(heap), other, root); break;
      case 4: root = make_binary(heap, Buffer(random(200), Byte{1})); break;
      case 5: root = make_cons(heap, slice(), root); break;
      case 6: root = make_float(heap, static_cast<double>(random(100))); break;
      case 7: {  // a message
        OwnedTerm message = OwnedTerm::copy_of(other);
        root = message.term();
        heap.adopt(std::move(message).take_heap());
        break;
      }
    }
    if (size_in_words(root) > 500) root = Term::small(1);
  }

  std::vector<OwnedTerm> model() const {
    std::vector<OwnedTerm> copies;
    for (Term root : roots_) copies.push_back(OwnedTerm::copy_of(root));
    return copies;
  }
  bool matches(const std::vector<OwnedTerm>& copies) const {
    for (std::size_t i = 0; i < roots_.size(); ++i)
      if (!exactly_equal(roots_[i], copies[i].term())) return false;
    return true;
  }

  Collection collection(std::size_t generations_from) {
    Collection collection{literals, nullptr, {}};
    collection.roots.add(roots_.data(), roots_.size());
    collection.generations_from = generations_from;
    return collection;
  }
  void collect(bool all, std::size_t generations_from = 1) {
    auto now = collection(generations_from);
    if (all || !generations.has_old() || !collect_young(heap, generations, now))
      collect_all(heap, generations, now);
  }
  std::size_t random(std::size_t bound) { return random_() % bound; }
  bool binaries_are_free() const {
    return std::all_of(binaries_.begin(), binaries_.end(), [](auto* bytes) { return bytes->count == 1; });
  }
  void forget_all() { std::fill(roots_.begin(), roots_.end(), Term::nil()); }

  LiteralSpace literals;
  Heap heap;
  Generations generations;

 private:
  Term slice() {
    if (binaries_.size() < 20) {
      binaries_.push_back(RefcBinary::create(100));
      binaries_.back()->used = 100;
    }
    return make_slice(heap, binaries_[random(binaries_.size())], 8 * random(10), 8 * random(80));
  }
  std::mt19937 random_;
  std::vector<Term> roots_ = std::vector<Term>(8, Term::nil());
  std::vector<RefcBinary*> binaries_;
};

std::size_t cells(Term list) {
  std::size_t count = 0;
  for (; list.is_cons(); list = list.tail()) ++count;
  return count;
}

// Pauses all the time; the pause with this number is cancelled.
struct Cancelling final : Pace::Pauser {
  explicit Cancelling(int number) : left{number} { before = pace.set_pauser(this), pace.start_slice(-1); }
  ~Cancelling() { pace.set_pauser(before), pace.start_slice(0); }
  void pause() override {
    if (left-- == 0) throw ProcessCancelled{};
  }
  int left;
  Pace::Pauser* before = nullptr;
};

}  // namespace

TEST_CASE("collector: generations keep what roots reach, whatever is built and forgotten", "[machine]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    RandomHeap world{seed};
    for (int round = 0; round < 150; ++round) {
      for (auto steps = world.random(30); steps > 0; --steps) world.step();
      auto model = world.model();
      world.collect(world.random(10) == 0, world.random(3) == 0 ? 200 : 1);
      REQUIRE(world.matches(model));
    }
    world.forget_all();
    for (int i = 0; i < 3; ++i) world.collect(false);
    world.collect(true);
    CHECK(world.heap.used_words() == 0);
    CHECK(world.heap.off_heap_bytes() == 0);
    CHECK(world.binaries_are_free());
  }
}

TEST_CASE("collector: what survives two collections becomes old, and is not moved by young ones",
          "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Generations generations;
  Term kept = make_list(heap, std::vector<Term>(100, Term::small(1)));
  auto collection = [&](Term& root) { return Collection{literals, nullptr, roots_of(root), {}, 1}; };
  collect_all(heap, generations, collection(kept));
  REQUIRE(generations.has_old());
  Term place = kept;
  make_list(heap, std::vector<Term>(1000, Term::small(2)));
  REQUIRE(collect_young(heap, generations, collection(kept)));
  CHECK(kept == place);
  kept = make_cons(heap, Term::small(3), kept);
  REQUIRE(collect_young(heap, generations, collection(kept)));
  place = kept;
  REQUIRE(collect_young(heap, generations, collection(kept)));
  CHECK(kept != place);
  place = kept;
  REQUIRE(collect_young(heap, generations, collection(kept)));
  CHECK(kept == place);
  CHECK(heap.used_words() == 202);
}

TEST_CASE("collector: without room in the old generation the young one is not collected alone", "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Generations generations;
  Term kept = make_list(heap, std::vector<Term>(100, Term::small(1)));
  Collection collection{literals, nullptr, roots_of(kept), {}, 1};
  collect_all(heap, generations, collection);
  for (int i = 0; i < 1000; ++i) kept = make_cons(heap, Term::small(i), kept);
  REQUIRE(collect_young(heap, generations, collection));
  CHECK(!collect_young(heap, generations, collection));
  CHECK(cells(kept) == 1100);
  collect_all(heap, generations, collection);
  CHECK(cells(kept) == 1100);
}

TEST_CASE("collector: a message that is looked at does not become part of an old generation's terms",
          "[machine]") {
  LiteralSpace literals;
  Heap heap;
  Generations generations;
  Term kept = make_list(heap, std::vector<Term>(100, Term::small(1)));
  Collection collection{literals, nullptr, roots_of(kept), {}, 1};
  collect_all(heap, generations, collection);
  OwnedTerm message = parsed("{a,message}");
  kept = make_cons(heap, message.term(), kept);
  collection.looked_at = &message.heap();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(collect_young(heap, generations, collection));
    CHECK(kept.head() == message.term());
  }
  heap.adopt(std::move(message).take_heap());
  collection.looked_at = nullptr;
  for (int i = 0; i < 5; ++i) {
    if (!collect_young(heap, generations, collection)) collect_all(heap, generations, collection);
    CHECK(to_text(kept.head()) == "{a,message}");
  }
}

TEST_CASE("collector: one that is cancelled at any pause releases everything", "[machine]") {
  for (int number = 0; number < 40; ++number) {
    RandomHeap world{static_cast<unsigned>(number)};
    for (int i = 0; i < 600; ++i) world.step();
    world.collect(true);
    for (int i = 0; i < 600; ++i) world.step();
    {
      Cancelling cancelling{number / 2};
      MayPause here;
      try {
        world.collect(number % 2 == 0);
        world.collect(true);
      } catch (const ProcessCancelled&) {}
    }
    world.heap.clear();
    CHECK(world.binaries_are_free());
  }
}
