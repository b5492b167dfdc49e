// Holds the literals of all modules in one range of addresses, so that the collector recognises
// them with one comparison.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// Reserves its address space at once and uses memory as it fills. The literals of one module are one block,
// which stays until it is released. Shared by the registry, areas and persistent terms. Loop thread only.
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

  // Moves everything that `roots` reach from their heap to the space; other terms of that heap are lost. May pause.
  // Throws HeapLimitExceeded if the space is full.
  std::span<const Word> move_in(Heap from, std::span<Term> roots);
  // Frees a block of move_in(). Nothing may refer to it any more.
  void release(std::span<const Word> block);

 private:
  struct Destination;
  char* take(std::size_t bytes);
  void give_back(char* place, std::size_t bytes);

  char* begin_ = nullptr;
  char* top_ = nullptr;  // behind the last block
  std::size_t size_ = 0, used_ = 0;
  std::map<char*, std::size_t> holes_;  // sizes of free ranges below top_; no two are adjacent
  std::unordered_map<const Word*, OffHeapObject*>
      off_heap_;  // the outside objects of a block, by its first word
};

// A copy of a term in a block of its own, with a count of those that may refer to it.
// The last one releases it.
class LiteralArea final : public MagicObject {
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

  bool retired = false;  // it was erased or replaced; only those that still refer to it hold it
  bool seen = false;     // by the collection in progress

 private:
  LiteralArea() = default;
  std::shared_ptr<LiteralSpace> space_;
  std::span<const Word> block_;
  Term term_;
};

}  // namespace noderuntime
