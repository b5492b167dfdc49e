// Hashes for tables whose keys others choose. They depend on secret keys that each program draws at the first
// use, so nobody can choose keys that collide. Not for values that leave the program.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace noderuntime::keyed_hash {

struct Keys {
  std::uint64_t start, word, left, right;
};

// Drawn at the first call, because tables of static objects use them before main() begins.
const Keys& keys();

// The two halves of a product, combined by exclusive or.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// A hash of words begins with keys.start, is mixed with each word, and is finished once.
inline std::uint64_t mix(const Keys& keys, std::uint64_t hash, std::uint64_t word) {
  return fold(hash ^ keys.left, word ^ keys.word);
}

// After one product consecutive numbers still give regular hashes; a second one spreads them over all bits.
inline std::uint64_t finish(const Keys& keys, std::uint64_t hash) {
  return fold(hash ^ keys.right, keys.left);
}

inline std::uint64_t of_word(const Keys& keys, std::uint64_t word) {
  return finish(keys, mix(keys, keys.start, word));
}
inline std::uint64_t of_word(std::uint64_t word) { return of_word(keys(), word); }

inline std::uint64_t of_words(std::uint64_t first, std::uint64_t second) {
  const Keys& own = keys();
  return finish(own, mix(own, mix(own, own.start, first), second));
}

// Reads sixteen bytes at a time; the last sixteen overlap, so that no length needs a loop over single bytes.
inline std::uint64_t of_bytes(const Keys& keys, std::uint64_t hash, const void* data, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(data);
  auto load = [](const unsigned char* from, auto word) {
    std::memcpy(&word, from, sizeof word);
    return std::uint64_t{word};
  };
  std::uint64_t a = 0, b = 0;
  std::size_t left = size;
  for (; left > 16; at += 16, left -= 16)
    hash = fold(load(at, std::uint64_t{}) ^ keys.word, load(at + 8, std::uint64_t{}) ^ hash);
  if (left >= 8) {
    a = load(at, std::uint64_t{});
    b = load(at + left - 8, std::uint64_t{});
  } else if (left >= 4) {
    a = load(at, std::uint32_t{}) << 32 | load(at + left - 4, std::uint32_t{});
  } else if (left > 0) {
    a = std::uint64_t{at[0]} << 16 | std::uint64_t{at[left / 2]} << 8 | at[left - 1];
  }
  return fold(fold(a ^ keys.word, b ^ hash) ^ keys.left, size ^ keys.right);
}

inline std::uint64_t of_text(std::string_view text) {
  const Keys& own = keys();
  return of_bytes(own, own.start, text.data(), text.size());
}

// Hash functions for std::unordered_map.
struct OfWord {
  std::size_t operator()(std::uint64_t word) const { return of_word(word); }
};
struct OfText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return of_text(text); }
};

}  // namespace noderuntime::keyed_hash
