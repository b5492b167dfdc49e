// A free list for what each message allocates. With malloc alone messages take a tenth longer (docs/decisions/0012).
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include "noderuntime/term/memory.h"

// The macros of g++ and of clang.
#if defined(__SANITIZE_ADDRESS__)
#define NODERUNTIME_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NODERUNTIME_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef NODERUNTIME_ADDRESS_SANITIZER
#define NODERUNTIME_ADDRESS_SANITIZER 0
#endif

namespace noderuntime {

// As malloc and free. Keeps up to `most` freed blocks for the next calls. Loop thread only.
template <std::size_t size>
class FreeList {
 public:
  static void* take() {  // null: the system gives no memory
    if (!first_) return system_memory(size);
    auto* taken = first_;
    first_ = taken->next;
    --count_;
    return taken;
  }
  static void give(void* memory) {
    if (count_ == most) return std::free(memory);
    first_ = new (memory) Link{first_};
    ++count_;
  }

 private:
  struct Link {
    Link* next;
  };
  static_assert(size >= sizeof(Link));
#if NODERUNTIME_ADDRESS_SANITIZER
  static constexpr std::size_t most = 0;  // so that the sanitizer finds a use after free
#else
  static constexpr std::size_t most = 256;
#endif
  static inline Link* first_ = nullptr;
  static inline std::size_t count_ = 0;
};

}  // namespace noderuntime
