// Memory for blocks of up to 32 KiB. malloc() puts off work: it gathers small blocks that were freed, and joins all of
// them in some later call, which takes 50 ms after a table of 200,000 rows was deleted. Here no call is long.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "noderuntime/term/address_sanitizer.h"

namespace noderuntime {

// One for the program. Loop thread only. Blocks of about one size (a kind) lie in slabs of half a MiB. A slab whose
// blocks are all free serves any kind; the reclaimer gives those back that are too many. Does not count the blocks as
// held memory. With the address sanitizer it is malloc(), so that the sanitizer finds a use after free.
class SmallBlocks {
 public:
  static constexpr std::size_t largest = std::size_t{32} << 10;  // bytes
  static constexpr std::size_t slab_bytes = std::size_t{512} << 10;
  // What of it is used. Two slabs lie side by side: malloc() keeps its own words between them.
  static constexpr std::size_t used_bytes = slab_bytes - 2 * sizeof(void*);
  static constexpr std::size_t most_spare = 32;  // slabs without a block that are kept
  // Slabs that lie side by side and are never given back: a program that ends soon needs one mapping for all kinds.
  static constexpr std::size_t first_slabs = 16;
  static_assert(first_slabs < most_spare);
  static constexpr bool is_malloc = NODERUNTIME_ADDRESS_SANITIZER;

  SmallBlocks() = default;
  SmallBlocks(const SmallBlocks&) = delete;
  SmallBlocks& operator=(const SmallBlocks&) = delete;

  // `bytes` that are not initialised, for up to `largest`; aligned as those of malloc(). Null: the system gives no memory.
  void* take(std::size_t bytes) noexcept {
    if constexpr (is_malloc) return take_from_malloc(bytes);
    Slab* slab = open_[kind_of(bytes)];
    if (!slab) [[unlikely]] {
      slab = open_new(kind_of(bytes));
      if (!slab) return nullptr;
    }
    void* block = slab->free;
    if (block)
      slab->free = *static_cast<void**>(block);
    else
      block = untouched_block(*slab);
    ++slab->used;
    if (slab->is_full()) [[unlikely]]
      unlink(*slab);
    return block;
  }
  // A block of take().
  void give(void* block) noexcept {
    if constexpr (is_malloc) return give_to_malloc(block);
    Slab& slab = slab_of(block);
    bool was_full = slab.is_full();
    slab.free = new (block) void* {slab.free};
    --slab.used;
    if (was_full || slab.used == 0) [[unlikely]]
      has_room(slab, was_full);
  }

  std::size_t slabs() const { return slabs_; }  // that have blocks, or are kept

 private:
  // Begins in the first page of its memory, at a place that differs from slab to slab: records at the same place of each
  // slab would be in each other's way in the cache.
  struct Slab {
    void* free;            // a list of freed blocks
    std::byte* untouched;  // the rest of the memory, which has not been used yet
    std::byte* last;       // where a block can begin at the latest
    std::byte* provided;   // the same in what the system has provided
    std::size_t block_bytes;
    Slab *next, *previous;  // with the same kind and free blocks, or kept
    std::uint32_t used, kind;

    bool is_full() const { return !free && untouched > last; }
  };
  static constexpr std::size_t record = 64, records = 64;
  static_assert(sizeof(Slab) <= record);
  static constexpr std::size_t step = 16;  // bytes between two kinds of small blocks
  static constexpr unsigned steps = 64;    // larger kinds: eight from each power of two to the next
  static constexpr std::size_t kinds = steps + 5 * 8 + 1;

  static constexpr unsigned kind_of(std::size_t bytes) {
    if (bytes <= steps * step) return static_cast<unsigned>((bytes + step - 1) / step) + (bytes == 0);
    auto last = bytes - 1;
    auto shift = static_cast<unsigned>(std::bit_width(last)) - 4;
    return steps + 8 * (shift - 7) + static_cast<unsigned>(last >> shift) - 7;
  }
  static constexpr std::size_t bytes_of(unsigned kind) {
    if (kind <= steps) return kind * step;
    auto at = kind - steps - 1;
    return (std::size_t{9} + at % 8) << (7 + at / 8);
  }

  static Slab& slab_of(void* block) {
    auto begin = reinterpret_cast<std::uintptr_t>(block) & ~std::uintptr_t{slab_bytes - 1};
    return *reinterpret_cast<Slab*>(begin + record * (begin / slab_bytes % records));
  }
  static void* begin_of(Slab& slab) {
    return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&slab) & ~std::uintptr_t{slab_bytes - 1});
  }
  static void* untouched_block(Slab& slab) noexcept {
    if (slab.untouched > slab.provided) [[unlikely]]
      provide(slab);
    return std::exchange(slab.untouched, slab.untouched + slab.block_bytes);
  }
  static void provide(Slab& slab) noexcept;
  static void* take_from_malloc(std::size_t bytes) noexcept;
  static void give_to_malloc(void* block) noexcept;
  Slab* open_new(unsigned kind) noexcept;
  void* memory_of_slab() noexcept;
  bool is_first(Slab& slab) const {
    return reinterpret_cast<std::uintptr_t>(&slab) - reinterpret_cast<std::uintptr_t>(first_) <
           first_slabs * slab_bytes;
  }
  void has_room(Slab& slab, bool was_full) noexcept;
  void link(Slab*& list, Slab& slab) noexcept;
  void unlink(Slab& slab) noexcept;

  std::array<Slab*, kinds> open_{};  // with free blocks
  Slab* spare_ = nullptr;
  std::size_t spares_ = 0, slabs_ = 0;  // spares: but for the first slabs
  std::byte* first_ = nullptr;          // the first slabs
  std::size_t first_used_ = 0;
};

inline SmallBlocks small_blocks;

// Base of small classes of which there may be very many. Their bytes are counted by their owner. Throws std::bad_alloc.
struct SmallObject {
  static void* operator new(std::size_t bytes) {
    if (void* memory = small_blocks.take(bytes)) return memory;
    throw std::bad_alloc{};
  }
  static void operator delete(void* memory) { small_blocks.give(memory); }
};

// The same for the nodes of containers.
template <class T>
struct SmallAllocator {
  static_assert(sizeof(T) <= SmallBlocks::largest);
  using value_type = T;

  SmallAllocator() = default;
  template <class Other>
  SmallAllocator(const SmallAllocator<Other>&) {}

  T* allocate(std::size_t count) {  // precondition: it is 1
    if (void* memory = small_blocks.take(count * sizeof(T))) return static_cast<T*>(memory);
    throw std::bad_alloc{};
  }
  void deallocate(T* memory, std::size_t) { small_blocks.give(memory); }
  bool operator==(const SmallAllocator&) const { return true; }
};

}  // namespace noderuntime
