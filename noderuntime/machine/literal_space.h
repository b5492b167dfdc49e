// Where the literals of all modules lie: one range of addresses, so that the collector tells them from a
// process's own terms by one comparison.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// Address space is reserved at once, memory is used as it fills. The literals of one module are one block,
// which stays until it is released.
class LiteralSpace {
 public:
  explicit LiteralSpace(std::size_t bytes = std::size_t{1} << 30);
  ~LiteralSpace();
  LiteralSpace(const LiteralSpace&) = delete;
  LiteralSpace& operator=(const LiteralSpace&) = delete;

  bool contains(const void* place) const {
    return static_cast<std::size_t>(static_cast<const char*>(place) - begin_) < size_;
  }
  std::size_t used_bytes() const { return used_; }

  // Moves all of `roots` from their heap to here; the terms of that heap are of no use afterwards. Throws
  // HeapLimitExceeded when the space is full.
  std::span<const Word> move_in(Heap from, std::span<Term> roots);
  // A block that move_in() gave, to which nothing refers any more.
  void release(std::span<const Word> block);

 private:
  struct Destination;
  char* take(std::size_t bytes);
  void give_back(char* place, std::size_t bytes);

  char* begin_ = nullptr;
  char* top_ = nullptr;  // behind the last block
  std::size_t size_ = 0, used_ = 0;
  std::map<char*, std::size_t> holes_;                 // bytes, below top_; no two touch
  std::unordered_map<const Word*, Outside*> outside_;  // what a block holds, by where it begins
};

// A copy of a term in a block of its own. Whoever may refer to it counts as a
// holder; the last one releases it.
class LiteralArea final : public Counted {
 public:
  static LiteralArea* create(std::shared_ptr<LiteralSpace> space, Term value);  // null: no room
  ~LiteralArea() override;

  Term term() const { return term_; }
  std::span<const Word> block() const { return block_; }
  std::size_t bytes() const override { return block_.size_bytes(); }
  bool contains(const void* place) const {
    auto* word = static_cast<const Word*>(place);
    return word >= block_.data() && word < block_.data() + block_.size();
  }

  bool retired = false;  // only those hold it who refer to it still
  bool seen = false;     // by the collection under way

 private:
  LiteralArea() = default;
  std::shared_ptr<LiteralSpace> space_;
  std::span<const Word> block_;
  Term term_;
};

}  // namespace noderuntime
