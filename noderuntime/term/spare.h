// Memory of one size that comes and goes with every message: some of what was given back stays at hand.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include "noderuntime/term/memory.h"

// As g++ and as clang say it.
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

// As malloc and free. Loop thread only.
template <std::size_t size>
class Spare {
 public:
  static void* take() {  // null: none is left
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
  static constexpr std::size_t most = 0;  // so that what is used after it was given back is found
#else
  static constexpr std::size_t most = 256;
#endif
  static inline Link* first_ = nullptr;
  static inline std::size_t count_ = 0;
};

}  // namespace noderuntime
