// What the terms of the program take: chunks of heaps, stacks, counted binaries. Loop thread only.
#pragma once

#include <cstddef>
#include <limits>

namespace noderuntime {

struct TermMemory {
  static constexpr std::size_t large = std::size_t{512} << 10;

  std::size_t used = 0;
  std::size_t bound = std::numeric_limits<std::size_t>::max();

  // Above the bound the largest process is ended between two turns (Processes::relieve). Within a turn a
  // large allocation fails only a quarter beyond it: whoever asks for so much is the largest.
  bool has_room(std::size_t bytes) const {
    if (bytes < large || used + bytes <= bound) return true;
    return used + bytes - bound <= bound / 4;
  }
};

inline TermMemory term_memory;

}  // namespace noderuntime
