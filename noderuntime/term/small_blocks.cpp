#include "noderuntime/term/small_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "noderuntime/term/memory.h"
#include "noderuntime/term/reclaimer.h"

namespace noderuntime {

void* SmallBlocks::take_from_malloc(std::size_t bytes) noexcept { return system_memory(bytes); }
void SmallBlocks::give_to_malloc(void* block) noexcept { std::free(block); }

void* SmallBlocks::memory_of_slab() noexcept {
  if (slabs_ == 0 && !first_) {
    constexpr std::size_t bytes = first_slabs * slab_bytes;
    first_ = static_cast<std::byte*>(system_memory(bytes, slab_bytes));
    // Of each slab a few pages may be used: one of 2 MiB would be too much.
    if (first_) madvise(first_, bytes, MADV_NOHUGEPAGE);
  }
  if (first_ && first_used_ < first_slabs) return first_ + slab_bytes * first_used_++;
  return system_memory(used_bytes, slab_bytes);
}

SmallBlocks::Slab* SmallBlocks::open_new(unsigned kind) noexcept {
  static_assert(kind_of(largest) == kinds - 1 && bytes_of(kinds - 1) == largest);
  static_assert(kind_of(1024) == steps && kind_of(1025) == steps + 1 && bytes_of(steps + 1) == 1152);
  static_assert(kind_of(2048) + 1 == kind_of(2049) && bytes_of(kind_of(2049)) == 2304);
  Slab* slab = spare_;
  if (slab) {
    spare_ = slab->next;
    spares_ -= !is_first(*slab);
  } else {
    void* memory = memory_of_slab();
    if (!memory) return nullptr;
    slab = &slab_of(memory);
    ++slabs_;
  }
  std::size_t size = bytes_of(kind);
  auto* end = static_cast<std::byte*>(begin_of(*slab)) + used_bytes;
  slab = new (slab) Slab{.free = nullptr,
                         .untouched = reinterpret_cast<std::byte*>(slab) + record,
                         .last = end - size,
                         .provided = nullptr,
                         .block_bytes = size,
                         .next = nullptr,
                         .previous = nullptr,
                         .used = 0,
                         .kind = kind};
  link(open_[kind], *slab);
  return slab;
}

// The first blocks of a kind may be the only ones.
void SmallBlocks::provide(Slab& slab) noexcept {
  constexpr std::size_t least = std::size_t{8} << 10, most = std::size_t{64} << 10;
  auto used = static_cast<std::size_t>(slab.untouched - static_cast<std::byte*>(begin_of(slab)));
  auto room = static_cast<std::size_t>(slab.last - slab.untouched) + slab.block_bytes;
  auto bytes = std::min(std::max(std::clamp(used, least, most), slab.block_bytes), room);
  provide_pages(slab.untouched, bytes);
  slab.provided = slab.untouched + (bytes - slab.block_bytes);
}

void SmallBlocks::has_room(Slab& slab, bool was_full) noexcept {
  if (was_full) link(open_[slab.kind], slab);
  if (slab.used > 0) return;
  unlink(slab);
  bool first = is_first(slab);
  if (first || spares_ < most_spare - first_slabs) {
    slab.next = spare_;
    spare_ = &slab;
    spares_ += !first;
    return;
  }
  --slabs_;
  held_memory.add(used_bytes);  // until the reclaimer has freed it
  reclaimer.take(begin_of(slab), used_bytes);
}

void SmallBlocks::link(Slab*& list, Slab& slab) noexcept {
  slab.previous = nullptr;
  slab.next = list;
  if (list) list->previous = &slab;
  list = &slab;
}

void SmallBlocks::unlink(Slab& slab) noexcept {
  (slab.previous ? slab.previous->next : open_[slab.kind]) = slab.next;
  if (slab.next) slab.next->previous = slab.previous;
}

}  // namespace noderuntime
