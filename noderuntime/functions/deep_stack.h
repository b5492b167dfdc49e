// The stack of a walk over nested lists. It grows in blocks, so that no push copies what is there.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "noderuntime/term/memory.h"

namespace noderuntime {

// push() throws HeapLimitExceeded.
template <class T>
class DeepStack {
 public:
  bool empty() const { return top_.empty(); }
  void push(const T& value) {
    if (top_.size() == block) {
      full_.push_back(std::move(top_));
      top_ = {};
      top_.reserve(block);
    }
    top_.push_back(value);
  }
  T pop() {
    T value = top_.back();
    top_.pop_back();
    if (top_.empty() && !full_.empty()) top_ = std::move(full_.back()), full_.pop_back();
    return value;
  }

 private:
  static constexpr std::size_t block = std::size_t{1} << 16;
  using Block = std::vector<T, HeldAllocator<T>>;
  Block top_;  // empty only if all is
  std::vector<Block> full_;
};

}  // namespace noderuntime
