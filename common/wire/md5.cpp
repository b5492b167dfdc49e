#include "common/wire/md5.h"

#include <algorithm>
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

void Md5::update(Bytes more) {
  std::size_t held = length_ % 64;
  length_ += more.size();
  if (held > 0) {
    auto taken = std::min(64 - held, more.size());
    std::copy_n(more.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(held));
    more = more.subspan(taken);
    if (held + taken < 64) return;
    digest_block(state_, block_.data());
  }
  for (; more.size() >= 64; more = more.subspan(64)) digest_block(state_, more.data());
  std::copy(more.begin(), more.end(), block_.begin());
}

Digest Md5::finish() const {
  Md5 last = *this;
  std::array<Byte, 72> padding{0x80};
  auto held = length_ % 64, size = held < 56 ? 56 - held : 120 - held;
  for (std::size_t i = 0; i < 8; ++i) padding[size + i] = static_cast<Byte>(length_ * 8 >> 8 * i);
  last.update(Bytes{padding}.first(size + 8));
  Digest out;
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<Byte>(last.state_[i / 4] >> 8 * (i % 4));
  return out;
}

Md5::Saved Md5::save() const {
  Saved saved;
  for (std::size_t i = 0; i < 16; ++i) saved[i] = static_cast<Byte>(state_[i / 4] >> 8 * (i % 4));
  for (std::size_t i = 0; i < 8; ++i) saved[16 + i] = static_cast<Byte>(length_ * 8 >> 8 * i);
  std::copy(block_.begin(), block_.end(), saved.begin() + 24);
  return saved;
}

std::optional<Md5> Md5::restore(Bytes saved) {
  if (saved.size() != Saved{}.size()) return std::nullopt;
  Md5 sum;
  for (std::size_t i = 0; i < 4; ++i) sum.state_[i] = little_endian(saved.data() + 4 * i);
  std::uint64_t bits = little_endian(saved.data() + 20);
  sum.length_ = (bits << 32 | little_endian(saved.data() + 16)) / 8;
  std::copy(saved.begin() + 24, saved.end(), sum.block_.begin());
  return sum;
}

Digest md5(Bytes input) {
  Md5 sum;
  sum.update(input);
  return sum.finish();
}

}  // namespace noderuntime
