// Long operations on magnitudes, at the pace of their process: no call of GMP takes more than 2 ms. Limbs are in the
// order of GMP, the least significant first. All throw HeapLimitExceeded if there is no memory for what they need
// besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace noderuntime::limbs {

// Writes a_count + b_count limbs to `out`, which overlaps no factor. Precondition: a_count >= b_count >= 1. If `a` and
// `b` are the same, it squares.
void multiply(std::uint64_t* out, const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b,
              std::size_t b_count);

// Writes a_count - b_count + 1 limbs to `quotient` and b_count to `remainder`; nothing overlaps. Precondition:
// a_count >= b_count >= 1, and the last limb of `b` is not zero.
void divide(std::uint64_t* quotient, std::uint64_t* remainder, const std::uint64_t* a, std::size_t a_count,
            const std::uint64_t* b, std::size_t b_count);

// The digits of a number that is not zero, the most significant first, without leading zeros. `radix`: 2 to 36;
// digits above 9 are upper case. Precondition: the last limb is not zero.
std::string to_digits(const std::uint64_t* limbs, std::size_t count, unsigned radix);

// How many limbs from_digits() needs for so many digits.
std::size_t room_for_digits(std::size_t digits, unsigned radix);
// Writes the number to `out` and returns how many limbs it has, without leading zeros. `digits` are values below
// `radix`, not characters, at least one.
std::size_t from_digits(std::uint64_t* out, std::basic_string_view<unsigned char> digits, unsigned radix);

}  // namespace noderuntime::limbs
