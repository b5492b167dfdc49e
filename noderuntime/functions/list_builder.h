// Builds a list on a heap from its first element to its last, so that the elements are not gathered elsewhere.
#pragma once

#include "noderuntime/term/heap.h"

namespace noderuntime {

class ListBuilder {
 public:
  explicit ListBuilder(Heap& heap) : heap_{heap} {}
  ListBuilder(const ListBuilder&) = delete;
  ListBuilder& operator=(const ListBuilder&) = delete;

  bool empty() const { return end_ == &first_; }
  void add(Term element) {
    auto* cell = reinterpret_cast<Term*>(heap_.allocate(2));
    cell[0] = element, cell[1] = Term::nil();
    *end_ = list_at(cell);
    end_ = cell + 1;
  }
  // The list of all elements, in front of `tail`.
  Term finish(Term tail = Term::nil()) {
    *end_ = tail;
    return first_;
  }

 private:
  Heap& heap_;
  Term first_ = Term::nil();
  Term* end_ = &first_;
};

}  // namespace noderuntime
