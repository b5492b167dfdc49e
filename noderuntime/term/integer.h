// Integers of any size. Every Term passed must be an integer unless the comment says otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/bytes.h>
#include "noderuntime/term/heap.h"

namespace noderuntime::integer {

// A result beyond this size is nullopt; Erlang raises system_limit. The bound of OTP 26 and later, whose nodes close a
// connection by which a larger integer comes.
inline constexpr std::size_t max_bits = std::size_t{4} << 20;
inline constexpr std::size_t max_limbs = max_bits / 64;

namespace detail {
std::optional<Term> add(Heap&, Term, Term);
std::optional<Term> subtract(Heap&, Term, Term);
std::optional<Term> multiply(Heap&, Term, Term);
std::optional<Term> quotient(Heap&, Term, Term);
std::optional<Term> remainder(Heap&, Term, Term);
std::optional<Term> bit_and(Heap&, Term, Term);
std::optional<Term> bit_or(Heap&, Term, Term);
std::optional<Term> bit_xor(Heap&, Term, Term);
int compare(Term, Term);
}  // namespace detail

inline std::optional<Term> add(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) {
    auto sum = a.as_small() + b.as_small();
    if (Term::fits_small(sum)) return Term::small(sum);
  }
  return detail::add(heap, a, b);
}
inline std::optional<Term> subtract(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) {
    auto difference = a.as_small() - b.as_small();
    if (Term::fits_small(difference)) return Term::small(difference);
  }
  return detail::subtract(heap, a, b);
}
inline std::optional<Term> multiply(Heap& heap, Term a, Term b) {
  std::int64_t product;
  if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.as_small(), b.as_small(), &product) &&
      Term::fits_small(product))
    return Term::small(product);
  return detail::multiply(heap, a, b);
}
// Erlang's div and rem, which round towards zero. Precondition: b is not zero.
inline std::optional<Term> quotient(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) return make_integer(heap, a.as_small() / b.as_small());
  return detail::quotient(heap, a, b);
}
inline std::optional<Term> remainder(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) return Term::small(a.as_small() % b.as_small());
  return detail::remainder(heap, a, b);
}
std::optional<Term> negate(Heap&, Term);

// band, bor, bxor and bnot, which treat integers as two's complement of unlimited length.
inline std::optional<Term> bit_and(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) return from_word(word_of(a) & word_of(b));
  return detail::bit_and(heap, a, b);
}
inline std::optional<Term> bit_or(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) return from_word(word_of(a) | word_of(b));
  return detail::bit_or(heap, a, b);
}
inline std::optional<Term> bit_xor(Heap& heap, Term a, Term b) {
  if (a.is_small() && b.is_small()) return Term::small(a.as_small() ^ b.as_small());
  return detail::bit_xor(heap, a, b);
}
std::optional<Term> bit_not(Heap&, Term);

// bsl and bsr. A negative count shifts the other way; bsr rounds towards minus infinity. The
// count may be a big integer.
std::optional<Term> shift_left(Heap&, Term, Term count);
std::optional<Term> shift_right(Heap&, Term, Term count);

bool is_zero(Term);
bool is_negative(Term);
inline int compare(Term a, Term b) {
  if (a.is_small() && b.is_small()) return (a.as_small() > b.as_small()) - (a.as_small() < b.as_small());
  return detail::compare(a, b);
}
int compare(Term integer, double other);  // exact: compared as real numbers
std::size_t bit_length(Term);             // of the magnitude; 0 for 0

std::optional<double> to_double(Term);           // nearest, ties to even; nullopt: too large for a double
std::optional<Term> from_double(Heap&, double);  // towards zero; precondition: finite

std::string to_text(Term, int radix = 10);  // digits above 9 are upper case: "FF"
// An optional sign, then digits. nullopt: the text is not an integer, or too_many_digits().
std::optional<Term> from_text(Heap&, std::string_view text, int radix = 10);
bool too_many_digits(std::string_view text,
                     int radix);  // whether from_text() fails only because of the bound

// An integer from its magnitude in `bytes`, least significant first, of any length;
// leading zeros are allowed.
std::optional<Term> from_little_endian(Heap&, Bytes bytes, bool negative);
std::size_t magnitude_bytes(Term);       // without leading zeros; 0 for 0
void to_little_endian(Term, Byte* out);  // writes magnitude_bytes()

// Two's complement in `bits` bits, as bit syntax has it: bytes are most significant first, and the first byte
// holds the `bits % 8` topmost bits, right-aligned. Truncates silently.
std::optional<Term> from_two_complement(Heap&, Bytes big_endian, std::size_t bits, bool is_signed);
void to_two_complement(Term, std::size_t bits,
                       Byte* big_endian_out);  // writes (bits + 7) / 8 bytes; unused bits are zero

// The magnitude as limbs, least significant first. The limb of a small integer is stored in `room`.
struct Limbs {
  const std::uint64_t* data;
  std::size_t count;
  bool negative;
};
Limbs limbs_of(Term, std::uint64_t& room);
// The integer of these limbs; leading zeros are allowed. There is no bound.
Term from_limbs(Heap&, const std::uint64_t* limbs, std::size_t count, bool negative);

}  // namespace noderuntime::integer
