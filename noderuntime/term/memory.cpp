#include "noderuntime/term/memory.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "noderuntime/term/address_sanitizer.h"
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

bool is_small(std::size_t bytes) { return bytes <= SmallBlocks::largest; }
bool is_mapped(std::size_t bytes) { return !NODERUNTIME_ADDRESS_SANITIZER && bytes >= mapped_block_bytes; }

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(getauxval(AT_PAGESZ));
  return (bytes + page - 1) / page * page;
}

// At a multiple of a large page: the system moves those without a look at what is in them. Null: it gives no memory.
void* map_once(std::size_t bytes) {
  constexpr std::size_t large_page = std::size_t{2} << 20;
  auto wanted = whole_pages(bytes), size = wanted + large_page;
  if (size < bytes) return nullptr;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(memory);
  auto before = (large_page - reinterpret_cast<std::uintptr_t>(begin) % large_page) % large_page;
  if (before > 0) munmap(begin, before);
  if (before < large_page) munmap(begin + before + wanted, large_page - before);
  return begin + before;
}

void* map_block(std::size_t bytes) noexcept {
  return with_new_handler([&] { return map_once(bytes); });
}

// Both sizes are those of blocks with a mapping of their own.
void* remap_block(void* block, std::size_t bytes_before, std::size_t bytes) noexcept {
  auto before = whole_pages(bytes_before), after = whole_pages(bytes);
  if (after <= before) {
    if (after < before) munmap(static_cast<std::byte*>(block) + after, before - after);
    return block;
  }
  return with_new_handler([&]() -> void* {
    void* place = map_once(bytes);
    if (!place) return nullptr;
    void* moved = mremap(block, before, after, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    if (moved != MAP_FAILED) return moved;
    munmap(place, after);
    return nullptr;
  });
}

}  // namespace

void* take_block(std::size_t bytes) noexcept {
  if (is_small(bytes)) return small_blocks.take(bytes);
  return is_mapped(bytes) ? map_block(bytes) : system_memory(bytes);
}

void free_large_block(void* block, std::size_t bytes) noexcept {
  if (!is_mapped(bytes)) return std::free(block);
  munmap(block, whole_pages(bytes));
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

void provide_at_pace(void* memory, std::size_t bytes) {
  auto* begin = static_cast<std::byte*>(memory);
  for (std::size_t at = 0; at < bytes; at += provided_at_once) {
    provide_pages(begin + at, std::min(provided_at_once, bytes - at));
    pace.spend(1);
  }
}

void use_large_pages(void* memory, std::size_t bytes) noexcept {
  if (is_mapped(bytes)) (void)madvise(memory, whole_pages(bytes), MADV_HUGEPAGE);  // best effort
}

void* HeldMemory::allocate(std::size_t bytes) noexcept {
  void* memory = allocate_unprovided(bytes);
  if (memory && !is_small(bytes) && bytes < mapped_block_bytes)
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
  auto zeros = [&] {
    return is_mapped(bytes) ? map_block(bytes) : with_new_handler([&] { return std::calloc(bytes, 1); });
  };
  void* memory = may_allocate(bytes) ? zeros() : nullptr;
  if (!memory) return nullptr;
  used_ += bytes;
  use_large_pages(memory, bytes);
  return memory;
}

void* HeldMemory::reallocate(void* memory, std::size_t bytes_before, std::size_t bytes) noexcept {
  bool grows = bytes > bytes_before;
  if (grows && !may_allocate(bytes - bytes_before)) return nullptr;
  void* moved = nullptr;
  // Blocks of the three kinds come from different places.
  bool other_kind = is_small(bytes_before) != is_small(bytes) || is_mapped(bytes_before) != is_mapped(bytes);
  if (memory && is_mapped(bytes_before) && is_mapped(bytes)) {
    moved = remap_block(memory, bytes_before, bytes);
    if (!moved) return nullptr;
  } else if (memory && (other_kind || is_small(bytes) || (grows && bytes < mapped_block_bytes))) {
    moved = take_block(bytes);
    if (!moved) return nullptr;
    if (!is_small(bytes) && bytes < mapped_block_bytes)
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
