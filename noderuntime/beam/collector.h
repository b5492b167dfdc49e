// A copying collector (Cheney): moves live terms to a new place, breadth first. Used for the heaps of processes,
// and to move literals into the literal space.
#pragma once

#include <span>

#include "noderuntime/beam/literal_space.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

// A binary being matched. Only instructions make and use it. Positions are bits from the start of the binary.
struct MatchContext {
  Word header;
  Term binary;
  std::uint64_t start, position, end;
  std::uint64_t saved[4];  // for bs_save2 of OTP 21; higher slots are refused at load
  static constexpr std::size_t words = 9;
};

// The words that a process and its code hold, as ranges. Words on a stack that are not
// terms look like headers.
struct Roots {
  static constexpr std::size_t max_ranges = 8;
  std::span<Term> ranges[max_ranges];
  std::size_t count = 0;
  void add(Term* first, std::size_t size) {
    if (size > 0) ranges[count++] = {first, size};
  }
};

// Replaces `heap` by a heap of one chunk with what the roots reach. Terms in the literal space stay where
// they are, and so do those on `looked_at`: the heap of a message that the process looks at and has not taken
// from its mailbox (null: none). Sets `seen` of those `retired` areas that are still referred to.
// Does not apply the heap's limit: the caller checks it afterwards.
void collect(Heap& heap, const LiteralSpace& literals, const Heap* looked_at, const Roots& roots,
             std::span<LiteralArea* const> retired = {});

}  // namespace noderuntime
