// Copies word by word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace noderuntime {

// A compiler likes to copy two neighbouring words by one load. Where each was written by itself a moment ago,
// that load waits until both have reached the cache, which takes longer than all the rest.
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
