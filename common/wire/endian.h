// Byte order, in one place: the processor's numbers, and numbers in a given byte order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <noderuntime/bytes.h>

namespace noderuntime {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "the order of a number's bytes is the one or the other");
constexpr bool is_little_endian = std::endian::native == std::endian::little;

inline constexpr std::uint16_t byte_swapped(std::uint16_t value) { return __builtin_bswap16(value); }
inline constexpr std::uint32_t byte_swapped(std::uint32_t value) { return __builtin_bswap32(value); }
inline constexpr std::uint64_t byte_swapped(std::uint64_t value) { return __builtin_bswap64(value); }

// Converts both ways between a number and the number with the same bytes in big-endian order.
template <class Number>
constexpr Number big_endian(Number value) {
  if constexpr (is_little_endian) return byte_swapped(value);
  return value;
}

// Loads and stores the big-endian number at `at`, of any alignment. store_big_endian() returns the end.
template <class Number>
Number load_big_endian(const void* at) {
  Number value;
  std::memcpy(&value, at, sizeof value);
  return big_endian(value);
}
template <class Number>
Byte* store_big_endian(Byte* at, std::type_identity_t<Number> value) {
  value = big_endian(value);
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

}  // namespace noderuntime
