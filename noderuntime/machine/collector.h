// Moves what is alive to a new place, breadth first (Cheney): the collector of processes and the way of
// literals into their space.
#pragma once

#include <span>

#include "noderuntime/machine/literal_space.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

// A binary being matched: made and used by instructions only. Positions are bits of the binary's own bytes.
struct MatchContext {
  Word header;
  Term binary;
  std::uint64_t start, position, end;
  std::uint64_t saved[4];  // bs_save2 of OTP 21; larger slots are refused at load
  static constexpr std::size_t words = 9;
};

// The words that a process and its code hold, in pieces. Words on a stack
// that are no terms look like headers.
struct Roots {
  static constexpr std::size_t max_ranges = 8;
  std::span<Term> ranges[max_ranges];
  std::size_t count = 0;
  void add(Term* first, std::size_t size) {
    if (size > 0) ranges[count++] = {first, size};
  }
};

// Replaces the heap by one that holds what the roots reach, in one chunk. Terms in the literal space stay
// where they are, and those of `looked_at` (null: none): a message that the process looks at and has not
// taken from its mailbox. Of the `retired` areas those that are referred to become `seen`.
// Never fails for want of limit: the caller looks at it afterwards.
void collect(Heap& heap, const LiteralSpace& literals, const Heap* looked_at, const Roots& roots,
             std::span<LiteralArea* const> retired = {});

}  // namespace noderuntime
