// Arrays for the time of one operation.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "noderuntime/term/memory.h"

namespace noderuntime {

// An array that is not initialised. Throws HeapLimitExceeded.
template <class T>
class Scratch {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit Scratch(std::size_t count) : begin_{HeldAllocator<T>{}.allocate(count)}, count_{count} {}
  ~Scratch() { HeldAllocator<T>{}.deallocate(begin_, count_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() { return begin_; }
  T* begin() { return begin_; }
  T* end() { return begin_ + count_; }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t at) { return begin_[at]; }

 private:
  T* begin_;
  std::size_t count_;
};

}  // namespace noderuntime
