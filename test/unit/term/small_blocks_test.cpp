// Claims about the memory of small blocks.
#include "test/unit/catch.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "noderuntime/term/memory.h"
#include "noderuntime/term/reclaimer.h"
#include "noderuntime/term/small_blocks.h"

namespace noderuntime::test {
namespace {

struct Block {
  unsigned char* memory;
  std::size_t bytes;
  unsigned char mark;

  bool is_intact() const {
    return std::all_of(memory, memory + bytes, [this](unsigned char byte) { return byte == mark; });
  }
};

Block taken(SmallBlocks& blocks, std::size_t bytes, unsigned char mark) {
  auto* memory = static_cast<unsigned char*>(blocks.take(bytes));
  REQUIRE(memory);
  std::memset(memory, mark, bytes);
  return {memory, bytes, mark};
}

}  // namespace

TEST_CASE("small blocks: each size has an aligned block of its own", "[term]") {
  SmallBlocks blocks;
  std::vector<Block> all;
  for (std::size_t bytes = 0; bytes <= SmallBlocks::largest; bytes += bytes < 1100 ? 1 : 97)
    all.push_back(taken(blocks, bytes, static_cast<unsigned char>(bytes % 251)));
  all.push_back(taken(blocks, SmallBlocks::largest, 7));
  bool aligned = true, intact = true;
  for (auto& block : all) {
    aligned = aligned && reinterpret_cast<std::uintptr_t>(block.memory) % alignof(std::max_align_t) == 0;
    intact = intact && block.is_intact();
  }
  CHECK(aligned);
  CHECK(intact);
  for (auto& block : all) blocks.give(block.memory);
}

TEST_CASE("small blocks: what one holds stays whatever is taken and given meanwhile", "[term]") {
  SmallBlocks blocks;
  std::mt19937 random{1};
  std::vector<Block> all;
  bool intact = true;
  for (int round = 0; round < 200'000; ++round) {
    bool grows = (round / 20'000) % 2 == 0;
    if (all.empty() || random() % 8 < (grows ? 6u : 2u)) {
      auto bytes = random() % 16 == 0 ? random() % (SmallBlocks::largest + 1) : random() % 300;
      all.push_back(taken(blocks, bytes, static_cast<unsigned char>(random())));
      continue;
    }
    std::swap(all[random() % all.size()], all.back());
    intact = intact && all.back().is_intact();
    blocks.give(all.back().memory);
    all.pop_back();
  }
  for (auto& block : all) intact = intact && block.is_intact(), blocks.give(block.memory);
  CHECK(intact);
}

#if !NODERUNTIME_ADDRESS_SANITIZER  // with it they are malloc()

TEST_CASE("small blocks: a freed block is the next of its size", "[term]") {
  SmallBlocks blocks;
  void* kept = blocks.take(100);
  void* block = blocks.take(100);
  blocks.give(block);
  CHECK(blocks.take(97) == block);
  blocks.give(block);
  blocks.give(kept);
}

TEST_CASE("small blocks: memory of one size serves other sizes when it is free", "[term]") {
  SmallBlocks blocks;
  std::vector<void*> all;
  auto fill = [&](std::size_t bytes) {
    for (std::size_t taken = 0; taken < 4 * SmallBlocks::slab_bytes; taken += bytes)
      all.push_back(blocks.take(bytes));
  };
  auto give_all = [&] {
    for (auto* block : all) blocks.give(block);
    all.clear();
  };
  fill(48);
  auto slabs = blocks.slabs();
  CHECK(slabs >= 4);
  CHECK(slabs <= 6);
  give_all();
  CHECK(blocks.slabs() == slabs);
  fill(2000);
  CHECK(blocks.slabs() <= slabs + 1);
  give_all();
}

TEST_CASE("small blocks: the first slabs lie side by side, and are kept", "[term]") {
  SmallBlocks blocks;
  reclaimer.start();
  std::vector<std::byte*> first, others;
  while (blocks.slabs() < SmallBlocks::first_slabs)
    first.push_back(static_cast<std::byte*>(blocks.take(16 * (first.size() + 1))));
  auto [lowest, highest] = std::minmax_element(first.begin(), first.end());
  CHECK(*highest - *lowest < std::ptrdiff_t{SmallBlocks::first_slabs * SmallBlocks::slab_bytes});
  while (blocks.slabs() < 4 * SmallBlocks::most_spare)
    others.push_back(static_cast<std::byte*>(blocks.take(5000)));
  for (auto* block : others) blocks.give(block);
  for (auto* block : first) blocks.give(block);
  CHECK(blocks.slabs() == SmallBlocks::most_spare);
  reclaimer.finish();
  for (auto* block : first) std::memset(block, 0, 16);  // still memory of ours
}

TEST_CASE("small blocks: memory beyond what is kept goes back to the system in pieces", "[term]") {
  SmallBlocks blocks;
  reclaimer.start();
  auto before = held_memory.used();
  std::vector<void*> all;
  constexpr std::size_t slabs = 4 * SmallBlocks::most_spare;
  while (blocks.slabs() < slabs) all.push_back(blocks.take(64));
  std::shuffle(all.begin(), all.end(), std::mt19937{2});
  for (auto* block : all) blocks.give(block);
  CHECK(blocks.slabs() == SmallBlocks::most_spare);
  CHECK(held_memory.waiting() == (slabs - SmallBlocks::most_spare) * SmallBlocks::used_bytes);
  std::size_t pieces = 1;
  while (!reclaimer.work(1)) ++pieces;
  CHECK(pieces >= slabs - SmallBlocks::most_spare);
  CHECK(held_memory.used() == before);
  reclaimer.finish();
}

TEST_CASE("small blocks: held memory that becomes small is one of them", "[term]") {
  for (int round = 0; round < 100; ++round) {
    std::size_t small = 64, large = SmallBlocks::largest + 1;
    void* memory = held_memory.reallocate(held_memory.allocate(large), large, small);
    held_memory.free(memory, small);
    void* again = held_memory.allocate(small);
    CHECK(again == memory);  // the block that was freed last
    held_memory.free(again, small);
  }
}

#endif

TEST_CASE("small blocks: held memory that grows and shrinks keeps what it holds", "[term]") {
  auto before = held_memory.used();
  std::vector<std::size_t> sizes{0,
                                 1,
                                 40,
                                 1'000,
                                 20'000,
                                 SmallBlocks::largest,
                                 SmallBlocks::largest + 1,
                                 100'000,
                                 50'000,
                                 3,
                                 100'000,
                                 10'000'000,
                                 SmallBlocks::largest,
                                 mapped_block_bytes - 1,
                                 mapped_block_bytes,
                                 mapped_block_bytes + 1,
                                 50'000'000,
                                 9'000'000,
                                 70'000'000,
                                 1'000'000,
                                 0};
  void* memory = nullptr;
  std::size_t size = 0;
  for (auto next : sizes) {
    memory = held_memory.reallocate(memory, size, next);
    REQUIRE(memory);
    auto* bytes = static_cast<unsigned char*>(memory);
    CHECK(std::all_of(bytes, bytes + std::min(size, next), [](unsigned char byte) { return byte == 'x'; }));
    std::fill_n(bytes, next, 'x');
    size = next;
    CHECK(held_memory.used() == before + size);
  }
  held_memory.free(memory, size);
  CHECK(held_memory.used() == before);
}

}  // namespace noderuntime::test
