// Work on long ranges of bytes, piece by piece at the pace of its process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "noderuntime/term/pace.h"

namespace noderuntime {

// Calls work(at, size) for the pieces of `size` bytes in order, and counts a step for each `bytes_per_step` of them.
// All pieces but the last have the same size, a multiple of 8 and of `bytes_per_step`.
template <class Work>
void in_pieces(std::size_t size, std::size_t bytes_per_step, Work work) {
  constexpr std::size_t steps = 1024;
  const std::size_t piece = steps * bytes_per_step;
  std::size_t at = 0;
  for (; size - at > piece; at += piece) {
    work(at, piece);
    pace.spend(steps);
  }
  if (at == size) return;
  work(at, size - at);
  pace.spend(static_cast<std::int64_t>((size - at) / bytes_per_step));
}

}  // namespace noderuntime
