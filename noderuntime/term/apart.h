// Copies objects word by word, with one load per word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace noderuntime {

// Keeps the compiler from joining the loads of two neighbouring words. If each word was stored separately a
// moment ago, the joined load waits until both stores have reached the cache, which takes longer than the
// rest of the copy.
template <class T>
[[gnu::always_inline]] inline T apart(T word) {
  auto bits = std::bit_cast<std::uint64_t>(word);
  asm("" : "+r"(bits));
  return std::bit_cast<T>(bits);
}

template <class T>
[[gnu::always_inline]] inline void copy_words_apart(T& to, const T& from) {
  static_assert(sizeof(T) % sizeof(std::uint64_t) == 0);
  auto copy = [&](std::size_t at) __attribute__((always_inline)) {
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(&from) + at, sizeof word);
    word = apart(word);
    std::memcpy(reinterpret_cast<char*>(&to) + at, &word, sizeof word);
  };
  // No loop: the compiler keeps objects in registers only if all offsets are constants.
  [&]<std::size_t... index>(std::index_sequence<index...>) __attribute__((always_inline)) {
    (copy(index * sizeof(std::uint64_t)), ...);
  }
  (std::make_index_sequence<sizeof(T) / sizeof(std::uint64_t)>{});
}

}  // namespace noderuntime
