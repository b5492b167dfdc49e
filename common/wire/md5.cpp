#include "common/wire/md5.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace noderuntime {

namespace {

using State = std::array<std::uint32_t, 4>;

// RFC 1321, 3.4: T[i] = floor(2^32 * abs(sin(i + 1))).
const std::array<std::uint32_t, 64>& sines() {
  static const auto table = [] {
    std::array<std::uint32_t, 64> t{};
    for (int i = 0; i < 64; ++i)
      t[i] = static_cast<std::uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(i + 1.0))));
    return t;
  }();
  return table;
}

std::uint32_t little_endian(const Byte* at) {
  return at[0] | at[1] << 8 | at[2] << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

void digest_block(State& state, const Byte* block) {
  static constexpr int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  auto [a, b, c, d] = state;
  for (int i = 0; i < 64; ++i) {
    std::uint32_t mixed;
    int word;
    switch (i / 16) {
      case 0: mixed = (b & c) | (~b & d), word = i; break;
      case 1: mixed = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
      case 2: mixed = b ^ c ^ d, word = (3 * i + 5) % 16; break;
      default: mixed = c ^ (b | ~d), word = (7 * i) % 16; break;
    }
    std::uint32_t sum = a + mixed + sines()[i] + little_endian(block + 4 * word);
    a = d, d = c, c = b;
    b += std::rotl(sum, rotations[i / 16][i % 4]);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

}  // namespace

Digest md5(Bytes input) {
  State state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  std::size_t whole = input.size() / 64 * 64;
  for (std::size_t at = 0; at < whole; at += 64) digest_block(state, input.data() + at);

  std::array<Byte, 128> tail{};
  std::size_t left = input.size() - whole;
  if (left > 0) std::memcpy(tail.data(), input.data() + whole, left);
  tail[left] = 0x80;
  std::size_t size = left < 56 ? 64 : 128;
  for (int i = 0; i < 8; ++i) tail[size - 8 + i] = static_cast<Byte>(input.size() * 8 >> 8 * i);
  for (std::size_t at = 0; at < size; at += 64) digest_block(state, tail.data() + at);

  Digest out;
  for (int i = 0; i < 16; ++i) out[i] = static_cast<Byte>(state[i / 4] >> 8 * (i % 4));
  return out;
}

}  // namespace noderuntime
