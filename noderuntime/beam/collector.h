// A copying collector (Cheney): moves live terms to a new place, breadth first. Used for the heaps of processes,
// and to move literals into the literal space.
#pragma once

#include <cstdint>
#include <span>

#include "noderuntime/beam/literal_space.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

// A binary being matched. Only instructions make and use it. Positions are bits from the start of the binary.
struct MatchContext {
  Word header;
  Term binary;
  std::uint64_t start, position, end;
  std::uint64_t saved[4];  // for bs_save2 of OTP 21; higher slots are refused at load. Other code has none.
  static constexpr std::size_t words(std::size_t saved_count) { return 5 + saved_count; }
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

// What the collector remembers of a heap from one collection to the next. A large heap has two generations. Objects
// that survive two collections of the young generation are old. No old object refers to a young one, because
// terms do not change; so the young ones are collected without a look at the old ones.
struct Generations {
  Heap::Old old;
  const Word *mature_begin = nullptr, *mature_end = nullptr;  // young objects that survived a collection
  std::int64_t young_collections = 0;                         // since all was collected
  std::size_t outside_bytes = 0;                              // of the old generation then

  bool has_old() const { return old.top != nullptr; }
};

struct Collection {
  const LiteralSpace& literals;  // terms there stay where they are
  // The heap of a message that the process looks at and has not taken from its mailbox; its terms stay there. Null: none.
  const Heap* looked_at;
  Roots roots;
  // When all is collected, `seen` is set of those that are still referred to.
  std::span<LiteralArea* const> retired{};
  // Live words from which on a heap has generations.
  std::size_t generations_from = 4096;
};

// Replaces `heap` by one with what the roots reach. Pauses; meanwhile neither the heap nor the roots may be looked
// at. If it is cancelled there, the process can only be destroyed. Throws HeapLimitExceeded before it changes anything.
// Does not apply the heap's limit: the caller checks it afterwards.
void collect_all(Heap& heap, Generations& generations, const Collection& collection);
// The same for the young generation. False: the old one has no room for what is mature; nothing was done.
// Precondition: there is an old generation.
bool collect_young(Heap& heap, Generations& generations, const Collection& collection);

}  // namespace noderuntime
