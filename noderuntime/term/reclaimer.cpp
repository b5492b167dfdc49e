#include "noderuntime/term/reclaimer.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <new>

namespace noderuntime {

namespace {

constexpr std::size_t piece = std::size_t{1} << 20;  // what the system takes back in one call: 0.1 to 0.3 ms

constexpr std::size_t smallest_list = 8;

constexpr std::int64_t block_steps = 300;  // of a call of the system

std::uintptr_t page_up(std::uintptr_t address) {
  static const auto page = static_cast<std::uintptr_t>(getauxval(AT_PAGESZ));
  return (address + page - 1) / page * page;
}

}  // namespace

void Reclaimer::take(void* memory, std::size_t bytes) noexcept {
  held_memory.let_wait(bytes);
  blocks_ = new (memory) Block{blocks_, bytes, bytes};
  if (!runs_) free_blocks();
}

void Reclaimer::take(Heap&& heap, std::size_t bytes) noexcept {
  auto has_room = [&] {
    return heaps_.size() < heaps_.capacity() ||
           has_memory_for([&] { heaps_.reserve(2 * heaps_.capacity() + smallest_list); });
  };
  if (runs_ && has_room()) {
    heaps_.push_back({std::move(heap), bytes});
    return held_memory.let_wait(bytes);
  }
  auto endless = std::numeric_limits<std::int64_t>::max();
  heap.clear_some(endless, large);
}

// The end of the block goes first, so that its start can hold the list.
std::size_t Reclaimer::free_piece() {
  auto start = reinterpret_cast<std::uintptr_t>(blocks_), end = start + blocks_->bytes;
  auto from = std::max(page_up(end - std::min(piece, blocks_->bytes)), page_up(start + sizeof(Block)));
  if (from >= end) return free_first_block();
  // Without the system's consent it is done with the whole block.
  madvise(reinterpret_cast<void*>(from), (end - from) / page_up(1) * page_up(1), MADV_DONTNEED);
  held_memory.waited_for(end - from);
  blocks_->bytes -= end - from;
  return end - from;
}

std::size_t Reclaimer::free_first_block() {
  Block* block = std::exchange(blocks_, blocks_->next);
  auto bytes = block->bytes;
  held_memory.waited_for(bytes);
  free_large_block(block, block->whole);
  return bytes;
}

bool Reclaimer::work(std::int64_t steps) {
  while (steps > 0) {
    if (blocks_) {
      steps -= block_steps + static_cast<std::int64_t>(free_piece() / bytes_per_step);
    } else if (!heaps_.empty()) {
      // The destructors of its objects may let more heaps wait.
      Waiting waiting = std::move(heaps_.back());
      heaps_.pop_back();
      auto freed = waiting.heap.clear_some(steps, large_in_heap);
      auto part = std::min(freed, waiting.bytes);
      if (waiting.heap.empty()) part = waiting.bytes;
      waiting.bytes -= part;
      held_memory.end_wait(part);
      if (!waiting.heap.empty()) heaps_.push_back(std::move(waiting));
    } else {
      return true;
    }
  }
  return done();
}

void Reclaimer::free_blocks() noexcept {
  while (blocks_) free_first_block();
}

void Reclaimer::finish() {
  runs_ = false;
  while (!work(std::numeric_limits<std::int64_t>::max())) {}
}

}  // namespace noderuntime
