// Ranges of bits in bytes. Bit 0 is the most significant bit of the first byte.
#pragma once

#include <cstddef>
#include <cstdint>

namespace noderuntime::bits {

// Copies `count` bits. The ranges must not overlap; bits of `to` outside the range keep their value.
void copy(const std::uint8_t* from, std::uint64_t from_bit, std::uint8_t* to, std::uint64_t to_bit,
          std::uint64_t count);

// Copies `count` bits to the start of `to`; unused bits of the last byte become zero.
void copy_to_front(const std::uint8_t* from, std::uint64_t from_bit, std::uint8_t* to, std::uint64_t count);

// Compares bit by bit; a prefix comes before the longer one. Negative, zero or positive.
int compare(const std::uint8_t* a, std::uint64_t a_bit, std::uint64_t a_count, const std::uint8_t* b,
            std::uint64_t b_bit, std::uint64_t b_count);
bool equal(const std::uint8_t* a, std::uint64_t a_bit, const std::uint8_t* b, std::uint64_t b_bit,
           std::uint64_t count);

// Reads at most 64 bits from `bit` on, as an unsigned number.
std::uint64_t read(const std::uint8_t* from, std::uint64_t bit, unsigned count);
// Writes the low `count` bits of `value`, at most 64.
void write(std::uint8_t* to, std::uint64_t bit, unsigned count, std::uint64_t value);

}  // namespace noderuntime::bits
