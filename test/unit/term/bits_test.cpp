// Claims about bit ranges that begin and end at any bit: copies, numbers, order.
#include "noderuntime/term/bits.h"

#include "test/unit/catch.h"

#include <array>
#include <random>
#include <vector>

namespace noderuntime::test {
namespace {

bool bit_at(const std::vector<std::uint8_t>& bytes, std::size_t bit) {
  return bytes[bit / 8] >> (7 - bit % 8) & 1;
}

}  // namespace

TEST_CASE("bits: copying moves exactly the range, whatever the offsets", "[term]") {
  std::mt19937 random{1};
  for (std::size_t from_bit = 0; from_bit < 17; ++from_bit)
    for (std::size_t to_bit = 0; to_bit < 17; ++to_bit)
      for (std::size_t count : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 64, 65, 100}) {
        std::vector<std::uint8_t> from((from_bit + count + 7) / 8), to((to_bit + count + 7) / 8 + 1);
        for (auto& byte : from) byte = static_cast<std::uint8_t>(random());
        for (auto& byte : to) byte = static_cast<std::uint8_t>(random());
        auto before = to;
        bits::copy(from.data(), from_bit, to.data(), to_bit, count);
        bool right = true;
        for (std::size_t i = 0; i < 8 * to.size(); ++i) {
          bool inside = i >= to_bit && i < to_bit + count;
          right &= bit_at(to, i) == (inside ? bit_at(from, from_bit + i - to_bit) : bit_at(before, i));
        }
        INFO(from_bit << " " << to_bit << " " << count);
        REQUIRE(right);
        REQUIRE(bits::equal(from.data(), from_bit, to.data(), to_bit, count));
      }
}

TEST_CASE("bits: numbers are read as they were written", "[term]") {
  std::vector<std::uint8_t> bytes(20, 0xA5);
  for (unsigned bit = 0; bit < 16; ++bit)
    for (unsigned count = 0; count <= 64; ++count) {
      std::uint64_t value = 0x0123456789ABCDEFu * (bit + 1);
      bits::write(bytes.data(), bit, count, value);
      std::uint64_t kept = count == 64 ? value : value & ((std::uint64_t{1} << count) - 1);
      REQUIRE(bits::read(bytes.data(), bit, count) == kept);
    }
}

TEST_CASE("bits: a prefix comes first, then the first different bit decides", "[term]") {
  std::array<std::uint8_t, 3> a{0xFF, 0x00, 0xF0}, b{0xFF, 0x01, 0x00};
  CHECK(bits::compare(a.data(), 0, 24, b.data(), 0, 24) < 0);
  CHECK(bits::compare(a.data(), 0, 15, b.data(), 0, 15) == 0);
  CHECK(bits::compare(a.data(), 0, 14, b.data(), 0, 15) < 0);
  CHECK(bits::compare(a.data(), 3, 5, b.data(), 0, 5) == 0);
  CHECK(bits::compare(a.data(), 16, 4, b.data(), 16, 4) > 0);
}

}  // namespace noderuntime::test
