// One object of a table: a tuple in a memory block of its own. Counted binaries are shared, not copied.
#pragma once

#include <span>
#include <utility>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/small_blocks.h"

namespace noderuntime::tables {

class Row {
 public:
  // Throws HeapLimitExceeded if memory is short.
  static Row* create(Term object);
  static void destroy(Row* row);
  // Who copies a row while others run holds it. A row that is held does not change.
  void hold() const { ++holders_; }
  static void release(const Row* row) {
    if (--row->holders_ == 0) destroy(const_cast<Row*>(row));
  }
  bool is_held() const { return holders_ > 1; }  // by others than its table

  Term object() const { return object_; }
  std::size_t words() const { return words_; }  // everything it takes
  std::span<const Word> block() const {
    constexpr std::size_t own = sizeof(Row) / sizeof(Word);
    return {reinterpret_cast<const Word*>(this + 1), words_ - own};
  }
  const OffHeapObject* outside() const { return held_; }  // the first of its outside objects; null: none

  Row* next = nullptr;  // with the same key, inserted later

 private:
  Row() = default;
  OffHeapObject* held_ = nullptr;
  Term object_;
  std::size_t words_ : 40 = 0;
  mutable std::size_t holders_ : 24 = 1;
};

// All objects with one key, in the order of insertion. It belongs to an index, and is never empty while it is there.
struct Entry : SmallObject {
  Term key;  // that of the first object; it lies in its row
  Row* first = nullptr;
  Row* last = nullptr;

  Entry() = default;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() {
    while (first) Row::release(std::exchange(first, first->next));
  }
  void append(Row* row) {
    (first ? last->next : first) = row;
    last = row;
  }
};

}  // namespace noderuntime::tables
