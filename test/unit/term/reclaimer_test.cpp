// Claims about memory that is given back in small steps.
#include "test/unit/catch.h"

#include <algorithm>
#include <vector>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/reclaimer.h"

namespace noderuntime::test {
namespace {

struct Running {
  Running() { reclaimer.start(); }
  ~Running() { reclaimer.finish(); }
};

constexpr std::size_t much = std::size_t{64} << 20;

}  // namespace

TEST_CASE("reclaimer: without a loop that works it off, memory is freed at once", "[term]") {
  auto before = held_memory.used();
  void* memory = held_memory.allocate(much);
  held_memory.free(memory, much);
  CHECK(held_memory.used() == before);
  CHECK(reclaimer.done());
}

TEST_CASE("reclaimer: a large block is given back in pieces, and counts until it is", "[term]") {
  Running running;
  auto before = held_memory.used();
  auto* memory = static_cast<char*>(held_memory.allocate(much + 100));
  std::fill_n(memory, much + 100, 'x');
  held_memory.free(memory, much + 100);
  CHECK(held_memory.used() == before + much + 100);
  CHECK(held_memory.waiting() == much + 100);
  std::size_t calls = 0;
  for (std::size_t last = held_memory.used(); !reclaimer.work(1); ++calls) {
    CHECK(held_memory.used() < last);
    CHECK(last - held_memory.used() <= (std::size_t{1} << 20) + 4096);
    last = held_memory.used();
  }
  CHECK(calls >= 60);
  CHECK(held_memory.used() == before);
  CHECK(held_memory.waiting() == 0);
}

TEST_CASE("reclaimer: a small heap is freed at once, also its outside objects", "[term]") {
  Running running;
  auto before = held_memory.used();
  {
    Heap heap;
    for (int i = 0; i < 1000; ++i) make_binary(heap, std::vector<std::uint8_t>(100));
  }
  CHECK(held_memory.used() == before);
  CHECK(reclaimer.done());
}

TEST_CASE("reclaimer: a heap with many outside objects is given back in steps", "[term]") {
  Running running;
  auto before = held_memory.used();
  constexpr std::size_t count = 100'000;
  std::vector<std::uint8_t> bytes(100);
  Heap other;
  auto* counted = box_as<SubBinary>(make_binary(other, bytes))->bytes;
  {
    Heap heap;
    for (std::size_t i = 0; i < count; ++i) make_slice(heap, counted, 0, 800);
    CHECK(counted->count == count + 1);
  }
  CHECK(counted->count > 1);
  CHECK(!reclaimer.done());
  auto last = counted->count;
  while (!reclaimer.work(1000)) {
    CHECK(last - counted->count <= 1000 / Reclaimer::object_steps + 1);
    last = counted->count;
  }
  CHECK(counted->count == 1);
  other.clear();
  CHECK(held_memory.used() == before);
  CHECK(held_memory.waiting() == 0);
}

TEST_CASE("reclaimer: a heap of many chunks and a large one is given back", "[term]") {
  Running running;
  auto before = held_memory.used();
  {
    Heap heap;
    heap.reserve(much / sizeof(Word));
    heap.allocate(much / sizeof(Word));
    for (int i = 0; i < 100'000; ++i) {
      Heap message;
      make_tuple(message, {Term::nil()});
      heap.adopt(std::move(message));
    }
  }
  CHECK(!reclaimer.done());
  CHECK(held_memory.waiting() > 0);
  CHECK(held_memory.waiting() <= held_memory.used());
  while (!reclaimer.work(1000)) CHECK(held_memory.waiting() <= held_memory.used());
  CHECK(held_memory.used() == before);
  CHECK(held_memory.waiting() == 0);
}

TEST_CASE("reclaimer: what waits is not over the bound, and makes room for what needs it", "[term]") {
  Running running;
  held_memory.set_bound(held_memory.used() + much);
  void* memory = held_memory.allocate(much);
  REQUIRE(memory);
  held_memory.free(memory, much);
  CHECK(!held_memory.is_over_bound());
  void* more = held_memory.allocate(much);
  CHECK(more);
  CHECK(held_memory.waiting() == 0);
  held_memory.free(more, more ? much : 0);
  held_memory.set_bound(HeldMemory::no_bound);
}

}  // namespace noderuntime::test
