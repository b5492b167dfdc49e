// The stacks of walks over terms. Their first elements need no allocation, and they grow in blocks, without copies, so
// that no push is long. With Boost's stack the codec takes a tenth longer (docs/decisions/0012).
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "noderuntime/term/apart.h"
#include "noderuntime/term/memory.h"

// For the parts of a loop whose state stays in registers.
#define ALWAYS_INLINE [[gnu::always_inline]] inline

namespace noderuntime {

// push() throws HeapLimitExceeded.
template <class T, std::size_t inside>
class FrameStack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  FrameStack() = default;
  FrameStack(const FrameStack&) = delete;
  FrameStack& operator=(const FrameStack&) = delete;
  ~FrameStack() {
    if (!block_ && !spare_) return;
    while (block_) release(std::exchange(block_, block_->below));
    release(spare_);
  }

  bool empty() const { return top_ == begin_; }
  std::size_t size() const { return below_ + static_cast<std::size_t>(top_ - begin_); }
  const T& back() const { return top_[-1]; }
  ALWAYS_INLINE void push(const T& value) {
    if (top_ == end_) [[unlikely]]
      grow();
    copy_words_apart(*top_++, value);
  }
  ALWAYS_INLINE void pop(T& to) {
    copy_words_apart(to, *--top_);
    if (top_ == begin_ && block_) [[unlikely]]
      leave_block();
  }
  T pop() {
    T value;
    pop(value);
    return value;
  }
  void shrink_to(std::size_t size) {
    while (block_ && below_ >= size) leave_block();
    top_ = begin_ + (size - below_);
  }

 private:
  // Not empty, except before the first push into it. Those below it are full.
  struct Block {
    Block* below;
    T* end;
    T* begin() { return reinterpret_cast<T*>(this + 1); }
    std::size_t bytes() { return sizeof(Block) + static_cast<std::size_t>(end - begin()) * sizeof(T); }
  };
  static constexpr std::size_t largest = (std::size_t{16} << 20) / sizeof(T);

  T* own() { return reinterpret_cast<T*>(inside_); }
  [[gnu::noinline]] void grow() {
    Block* block = std::exchange(spare_, nullptr);
    auto full = static_cast<std::size_t>(end_ - begin_);
    if (!block) {
      std::size_t count = std::min(2 * full, largest);
      void* memory = held_memory.allocate(sizeof(Block) + count * sizeof(T));
      if (!memory) throw HeapLimitExceeded{};
      block = new (memory) Block;
      block->end = block->begin() + count;
    }
    block->below = block_, block_ = block, below_ += full;
    begin_ = top_ = block->begin(), end_ = block->end;
  }
  [[gnu::noinline]] void leave_block() {
    release(spare_);
    spare_ = std::exchange(block_, block_->below);
    begin_ = block_ ? block_->begin() : own();
    top_ = end_ = block_ ? block_->end : begin_ + inside;
    below_ -= static_cast<std::size_t>(end_ - begin_);
  }
  static void release(Block* block) {
    if (block) held_memory.free(block, block->bytes());
  }

  alignas(T) std::byte inside_[inside * sizeof(T)];
  T *begin_ = own(), *top_ = begin_, *end_ = begin_ + inside;  // in the topmost block
  Block* block_ = nullptr;                                     // null: inside_
  Block* spare_ = nullptr;
  std::size_t below_ = 0;  // elements in the blocks below
};

}  // namespace noderuntime
