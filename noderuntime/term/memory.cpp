#include "noderuntime/term/memory.h"

#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "noderuntime/term/pace.h"
#include "noderuntime/term/reclaimer.h"
#include "noderuntime/term/small_blocks.h"

namespace noderuntime {

namespace {

// Repeats `try_once` until it succeeds or no new-handler is set, as operator new does.
template <class Try>
void* with_new_handler(Try try_once) noexcept {
  while (true) {
    if (void* memory = try_once()) return memory;
    auto handler = std::get_new_handler();
    if (!handler) return nullptr;
    try {
      handler();
    } catch (const std::bad_alloc&) { return nullptr; }
  }
}

}  // namespace

void* system_memory(std::size_t bytes) noexcept {
  return with_new_handler([&] { return std::malloc(bytes); });
}

void* system_memory(std::size_t bytes, std::size_t alignment) noexcept {
  return with_new_handler([&] {
    void* memory = nullptr;
    return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
  });
}

namespace {

constexpr std::int64_t steps_per_block = 16;  // to take it, and to give it back later

constexpr std::size_t large_pages_from = std::size_t{8} << 20;

bool is_small(std::size_t bytes) { return bytes <= SmallBlocks::largest; }

}  // namespace

void* take_block(std::size_t bytes) noexcept {
  return is_small(bytes) ? small_blocks.take(bytes) : system_memory(bytes);
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (is_small(bytes)) return small_blocks.give(block);
  if (bytes < Reclaimer::large) return std::free(block);
  held_memory.add(bytes);  // until the reclaimer has freed it
  reclaimer.take(block, bytes);
}

void provide_pages(void* memory, std::size_t bytes) noexcept {
#ifdef MADV_POPULATE_WRITE
  static const auto page = static_cast<std::uintptr_t>(getauxval(AT_PAGESZ));
  static bool is_known = true;  // to the system
  auto first = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
  auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
  if (end <= first + page || !is_known) return;
  is_known =
      madvise(reinterpret_cast<void*>(first), end - first, MADV_POPULATE_WRITE) == 0 || errno != EINVAL;
  constexpr std::size_t bytes_per_step = 128;
  pace.charge(static_cast<std::int64_t>((end - first) / bytes_per_step));
#else
  (void)memory, (void)bytes;
#endif
}

// The whole of its mapping: realloc() can move a mapping of which a part has pages of its own kind only by copying it.
void use_large_pages(void* memory, std::size_t bytes) noexcept {
  if (bytes < large_pages_from) return;
  static const auto page = static_cast<std::uintptr_t>(getauxval(AT_PAGESZ));
  auto begin = reinterpret_cast<std::uintptr_t>(memory), end = begin + malloc_usable_size(memory);
  auto first = begin / page * page;
  (void)madvise(reinterpret_cast<void*>(first), (end - first + page - 1) / page * page,
                MADV_HUGEPAGE);  // best effort
}

void* HeldMemory::allocate(std::size_t bytes) noexcept {
  void* memory = allocate_unprovided(bytes);
  if (memory && !is_small(bytes) && bytes < large_pages_from)
    provide_pages(memory, std::min(bytes, provided_at_once));
  return memory;
}

void* HeldMemory::allocate_unprovided(std::size_t bytes) noexcept {
  void* memory = may_allocate(bytes) ? take_block(bytes) : nullptr;
  if (!memory) return nullptr;
  pace.charge(steps_per_block);
  used_ += bytes;
  use_large_pages(memory, bytes);
  return memory;
}

void* HeldMemory::allocate_zeros(std::size_t bytes) noexcept {
  if (is_small(bytes)) {
    void* memory = allocate(bytes);
    return memory ? std::memset(memory, 0, bytes) : nullptr;
  }
  void* memory = may_allocate(bytes) ? with_new_handler([&] { return std::calloc(bytes, 1); }) : nullptr;
  if (!memory) return nullptr;
  used_ += bytes;
  use_large_pages(memory, bytes);
  return memory;
}

void* HeldMemory::reallocate(void* memory, std::size_t bytes_before, std::size_t bytes) noexcept {
  bool grows = bytes > bytes_before;
  if (grows && !may_allocate(bytes - bytes_before)) return nullptr;
  void* moved = nullptr;
  bool one_is_small = is_small(bytes_before) || is_small(bytes);  // small blocks are not malloc's
  if (memory && (one_is_small || (grows && bytes < large_pages_from))) {
    moved = take_block(bytes);
    if (!moved) return nullptr;
    if (!is_small(bytes) && bytes < large_pages_from)
      provide_pages(moved, std::min(bytes, bytes_before + provided_at_once));
    std::memcpy(moved, memory, std::min(bytes_before, bytes));
    give_block(memory, bytes_before);
  } else {
    moved = memory ? with_new_handler([&] { return std::realloc(memory, bytes); }) : take_block(bytes);
    if (!moved) return nullptr;
  }
  used_ = used_ - bytes_before + bytes;
  if (grows) use_large_pages(moved, bytes);
  return moved;
}

void HeldMemory::free(void* memory, std::size_t bytes) noexcept {
  if (!memory) return;
  if (bytes >= Reclaimer::large) return reclaimer.take(memory, bytes);
  used_ -= bytes;
  give_block(memory, bytes);
}

bool HeldMemory::makes_room(std::size_t bytes) noexcept {
  if (waiting_ == 0) return false;
  reclaimer.free_blocks();
  return has_room(bytes);
}

}  // namespace noderuntime
