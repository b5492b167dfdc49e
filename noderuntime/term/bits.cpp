#include "noderuntime/term/bits.h"

#include <algorithm>
#include <cstring>

#include "noderuntime/term/pieces.h"

namespace noderuntime::bits {

std::uint64_t read(const std::uint8_t* from, std::uint64_t bit, unsigned count) {
  if (count == 0) return 0;
  from += bit / 8;
  unsigned skip = bit % 8, bytes = (skip + count + 7) / 8;  // at most 9
  std::uint64_t value = from[0] & (0xFFu >> skip);
  if (bytes == 1) return value >> (8 - skip - count);
  for (unsigned i = 1; i + 1 < bytes; ++i) value = value << 8 | from[i];
  unsigned last = (skip + count - 1) % 8 + 1;
  return value << last | from[bytes - 1] >> (8 - last);
}

void write(std::uint8_t* to, std::uint64_t bit, unsigned count, std::uint64_t value) {
  to += bit / 8;
  unsigned skip = bit % 8;
  while (count > 0) {
    unsigned here = std::min(8 - skip, count), shift = 8 - skip - here;
    unsigned mask = (0xFFu >> (8 - here)) << shift;
    auto part = static_cast<unsigned>(value >> (count - here)) << shift;
    *to = static_cast<std::uint8_t>((*to & ~mask) | (part & mask));
    count -= here, skip = 0, ++to;
  }
}

void copy(const std::uint8_t* from, std::uint64_t from_bit, std::uint8_t* to, std::uint64_t to_bit,
          std::uint64_t count) {
  from += from_bit / 8, from_bit %= 8;
  to += to_bit / 8, to_bit %= 8;
  if (to_bit != 0) {  // up to the next whole byte of `to`
    auto head = static_cast<unsigned>(std::min<std::uint64_t>(8 - to_bit, count));
    write(to, to_bit, head, read(from, from_bit, head));
    count -= head, from_bit += head;
    if (count == 0) return;
    from += from_bit / 8, from_bit %= 8, ++to;
  }
  std::size_t whole = count / 8;
  auto tail = static_cast<unsigned>(count % 8);
  if (from_bit == 0) {
    in_pieces(whole, Pace::copied_bytes,
              [&](std::size_t at, std::size_t size) { std::memcpy(to + at, from + at, size); });
  } else {
    auto left = static_cast<unsigned>(from_bit);
    in_pieces(whole, Pace::converted_bytes, [&](std::size_t at, std::size_t size) {
      for (std::size_t i = at; i < at + size; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] << left | from[i + 1] >> (8 - left));
    });
  }
  if (tail > 0) write(to + whole, 0, tail, read(from + whole, from_bit, tail));
}

void copy_to_front(const std::uint8_t* from, std::uint64_t from_bit, std::uint8_t* to, std::uint64_t count) {
  if (count % 8 != 0) to[count / 8] = 0;
  copy(from, from_bit, to, 0, count);
}

namespace {

// Compares the first bits that differ among `count`.
int compare_same_length(const std::uint8_t* a, std::uint64_t a_bit, const std::uint8_t* b,
                        std::uint64_t b_bit, std::uint64_t count) {
  a += a_bit / 8, a_bit %= 8, b += b_bit / 8, b_bit %= 8;
  if (a_bit == 0 && b_bit == 0) {
    std::size_t whole = count / 8;
    constexpr std::size_t piece = std::size_t{64} << 10;
    for (std::size_t at = 0; at < whole; at += piece) {
      std::size_t size = std::min(piece, whole - at);
      if (int order = std::memcmp(a + at, b + at, size)) return order;
      pace.spend(static_cast<std::int64_t>(size / Pace::copied_bytes));
    }
    a += whole, b += whole, count %= 8;
  }
  Rounds rounds{2};
  for (std::uint64_t at = 0; at < count;) {
    rounds.next();
    auto here = static_cast<unsigned>(std::min<std::uint64_t>(64, count - at));
    auto left = read(a, a_bit + at, here), right = read(b, b_bit + at, here);
    if (left != right) return left < right ? -1 : 1;
    at += here;
  }
  return 0;
}

}  // namespace

int compare(const std::uint8_t* a, std::uint64_t a_bit, std::uint64_t a_count, const std::uint8_t* b,
            std::uint64_t b_bit, std::uint64_t b_count) {
  if (int order = compare_same_length(a, a_bit, b, b_bit, std::min(a_count, b_count))) return order;
  return (a_count > b_count) - (a_count < b_count);
}

bool equal(const std::uint8_t* a, std::uint64_t a_bit, const std::uint8_t* b, std::uint64_t b_bit,
           std::uint64_t count) {
  return compare_same_length(a, a_bit, b, b_bit, count) == 0;
}

}  // namespace noderuntime::bits
