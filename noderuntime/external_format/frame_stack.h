// A stack whose first elements need no allocation. With Boost's the codec takes a tenth longer (docs/decisions/0012).
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#include "noderuntime/term/apart.h"

// For the parts of a loop whose state stays in registers.
#define ALWAYS_INLINE [[gnu::always_inline]] inline

namespace noderuntime {

template <class T, std::size_t inside>
class FrameStack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  FrameStack() = default;
  FrameStack(const FrameStack&) = delete;
  FrameStack& operator=(const FrameStack&) = delete;
  ~FrameStack() {
    if (begin_ != own()) std::allocator<T>{}.deallocate(begin_, size_in_all());
  }

  bool empty() const { return top_ == begin_; }
  std::size_t size() const { return static_cast<std::size_t>(top_ - begin_); }
  ALWAYS_INLINE void push(const T& value) {
    if (top_ == end_) grow();
    copy_words_apart(*top_++, value);
  }
  ALWAYS_INLINE void pop(T& to) { copy_words_apart(to, *--top_); }

 private:
  T* own() { return reinterpret_cast<T*>(inside_); }
  std::size_t size_in_all() const { return static_cast<std::size_t>(end_ - begin_); }
  void grow() {
    auto count = size_in_all();
    T* larger = std::allocator<T>{}.allocate(2 * count);
    std::uninitialized_copy(begin_, top_, larger);
    if (begin_ != own()) std::allocator<T>{}.deallocate(begin_, count);
    begin_ = larger, top_ = larger + count, end_ = larger + 2 * count;
  }

  alignas(T) std::byte inside_[inside * sizeof(T)];
  T *begin_ = own(), *top_ = begin_, *end_ = begin_ + inside;
};

}  // namespace noderuntime
