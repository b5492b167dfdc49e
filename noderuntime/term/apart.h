// Copies objects word by word, with one load per word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace noderuntime {

// Keeps the compiler from joining the loads of two neighbouring words. If each word was stored separately a
// moment ago, the joined load waits until both stores have reached the cache, which takes longer than the
// rest of the copy.
template <class T>
T apart(T word) {
  auto bits = std::bit_cast<std::uint64_t>(word);
  asm("" : "+r"(bits));
  return std::bit_cast<T>(bits);
}

template <class T>
void copy_words_apart(T& to, const T& from) {
  static_assert(sizeof(T) % sizeof(std::uint64_t) == 0);
  for (std::size_t at = 0; at < sizeof(T); at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(&from) + at, sizeof word);
    word = apart(word);
    std::memcpy(reinterpret_cast<char*>(&to) + at, &word, sizeof word);
  }
}

}  // namespace noderuntime
