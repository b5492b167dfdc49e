// Where the literals of all modules lie: one range of addresses, so that the collector tells them from a
// process's own terms by one comparison.
#pragma once

#include <cstddef>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// Address space is reserved at once, memory is used as it fills. Literals stay until the space ends.
class LiteralSpace {
 public:
  explicit LiteralSpace(std::size_t bytes = std::size_t{1} << 30);
  ~LiteralSpace();
  LiteralSpace(const LiteralSpace&) = delete;
  LiteralSpace& operator=(const LiteralSpace&) = delete;

  bool contains(const void* place) const {
    return static_cast<std::size_t>(static_cast<const char*>(place) - begin_) < size_;
  }
  // Throws HeapLimitExceeded when the space is full.
  Word* allocate(std::size_t words);
  void hold(Outside* object) { object->next = outside_, outside_ = object; }
  std::size_t used_bytes() const { return static_cast<std::size_t>(top_ - begin_); }

  // Moves all of `roots` from their heap to here; the terms of that heap are of no use afterwards.
  void move_in(Heap from, std::span<Term> roots);

 private:
  char* begin_ = nullptr;
  char* top_ = nullptr;
  std::size_t size_ = 0;
  Outside* outside_ = nullptr;
};

}  // namespace noderuntime
