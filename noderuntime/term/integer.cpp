#include "noderuntime/term/integer.h"

#include <gmp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "common/wire/endian.h"
#include "noderuntime/term/limbs.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime::integer {

static_assert(sizeof(mp_limb_t) == sizeof(std::uint64_t) && GMP_NAIL_BITS == 0);

namespace {

constexpr std::uint64_t small_magnitude = std::uint64_t{1} << 59;

const mp_limb_t* gmp(const std::uint64_t* limbs) { return reinterpret_cast<const mp_limb_t*>(limbs); }
mp_limb_t* gmp(std::uint64_t* limbs) { return reinterpret_cast<mp_limb_t*>(limbs); }

// For what GMP does in one run over the limbs.
void spend_run(std::size_t limbs) {
  constexpr std::size_t limbs_per_step = 8;
  pace.spend(static_cast<std::int64_t>(limbs / limbs_per_step));
}

std::size_t significant(const std::uint64_t* limbs, std::size_t count) {
  while (count > 0 && limbs[count - 1] == 0) --count;
  return count;
}

// An integer under construction, at the end of a heap.
class Building {
 public:
  Building(Heap& heap, std::size_t limbs) : heap_{heap}, box_{heap.allocate(1 + limbs)} {}
  std::uint64_t* limbs() { return box_ + 1; }

  Term finish(std::size_t count, bool negative) {
    count = significant(limbs(), count);
    if (count == 0) return heap_.shrink_to(box_), Term::small(0);
    if (count == 1 && limbs()[0] < small_magnitude + (negative ? 1 : 0)) {
      auto value = static_cast<std::int64_t>(limbs()[0]);
      heap_.shrink_to(box_);
      return Term::small(negative ? -value : value);
    }
    heap_.shrink_to(box_ + 1 + count);
    box_[0] = box_header(negative ? Kind::negative_integer : Kind::positive_integer, count);
    return box_at(box_);
  }

  std::optional<Term> finish_bounded(std::size_t count, bool negative) {
    count = significant(limbs(), count);
    if (count > max_limbs) return heap_.shrink_to(box_), std::nullopt;
    return finish(count, negative);
  }

 private:
  Heap& heap_;
  Word* box_;
};

struct Operand {
  explicit Operand(Term term) : limbs{limbs_of(term, room)} {}
  Operand(const Operand&) = delete;
  std::uint64_t room;
  Limbs limbs;
};

int compare_magnitudes(const Limbs& a, const Limbs& b) {
  if (a.count != b.count) return a.count < b.count ? -1 : 1;
  return a.count == 0 ? 0 : mpn_cmp(gmp(a.data), gmp(b.data), static_cast<mp_size_t>(a.count));
}

std::optional<Term> add_signed(Heap& heap, Limbs a, Limbs b) {
  if (a.count > max_limbs || b.count > max_limbs) return std::nullopt;
  if (compare_magnitudes(a, b) < 0) std::swap(a, b);
  auto a_count = static_cast<mp_size_t>(a.count), b_count = static_cast<mp_size_t>(b.count);
  Building sum{heap, a.count + 1};
  spend_run(a.count);
  if (b.count == 0) {
    std::copy_n(a.data, a.count, sum.limbs());
    return sum.finish_bounded(a.count, a.negative);
  }
  if (a.negative == b.negative) {
    sum.limbs()[a.count] = mpn_add(gmp(sum.limbs()), gmp(a.data), a_count, gmp(b.data), b_count);
    return sum.finish_bounded(a.count + 1, a.negative);
  }
  mpn_sub(gmp(sum.limbs()), gmp(a.data), a_count, gmp(b.data), b_count);
  return sum.finish_bounded(a.count, a.negative);
}

// The two's complement in `count` limbs, which must be more than the magnitude has.
std::vector<std::uint64_t> two_complement(const Limbs& value, std::size_t count) {
  std::vector<std::uint64_t> out(count);
  std::copy_n(value.data, value.count, out.begin());
  if (value.negative) mpn_neg(gmp(out.data()), gmp(out.data()), static_cast<mp_size_t>(count));
  return out;
}

template <class Operation>
std::optional<Term> bitwise(Heap& heap, Term left, Term right, Operation operation) {
  Operand a{left}, b{right};
  std::size_t count = std::max(a.limbs.count, b.limbs.count) + 1;
  if (count > max_limbs + 1) return std::nullopt;
  auto x = two_complement(a.limbs, count), y = two_complement(b.limbs, count);
  spend_run(4 * count);
  Building result{heap, count};
  for (std::size_t i = 0; i < count; ++i) result.limbs()[i] = operation(x[i], y[i]);
  bool negative = result.limbs()[count - 1] >> 63;
  if (negative) mpn_neg(gmp(result.limbs()), gmp(result.limbs()), static_cast<mp_size_t>(count));
  return result.finish_bounded(count, negative);
}

std::optional<Term> shift_magnitude_left(Heap& heap, Term term, std::size_t bits) {
  if (is_zero(term)) return Term::small(0);
  if (bits > max_bits || bit_length(term) + bits > max_bits) return std::nullopt;
  Operand value{term};
  auto& limbs = value.limbs;
  std::size_t whole = bits / 64, count = limbs.count + whole + 1;
  spend_run(count);
  Building result{heap, count};
  std::fill_n(result.limbs(), whole, 0);
  if (bits % 64 == 0) {
    std::copy_n(limbs.data, limbs.count, result.limbs() + whole);
    result.limbs()[count - 1] = 0;
  } else {
    result.limbs()[count - 1] =
        mpn_lshift(gmp(result.limbs() + whole), gmp(limbs.data), static_cast<mp_size_t>(limbs.count),
                   static_cast<unsigned>(bits % 64));
  }
  return result.finish_bounded(count, limbs.negative);
}

// Rounds towards minus infinity.
Term shift_magnitude_right(Heap& heap, Term term, std::size_t bits) {
  Operand value{term};
  auto& limbs = value.limbs;
  std::size_t whole = bits / 64;
  if (whole >= limbs.count) return Term::small(limbs.negative ? -1 : 0);
  std::size_t count = limbs.count - whole;
  spend_run(limbs.count);
  bool lost = significant(limbs.data, whole) > 0;
  Building result{heap, count + 1};
  if (bits % 64 == 0) {
    std::copy_n(limbs.data + whole, count, result.limbs());
  } else {
    lost |= mpn_rshift(gmp(result.limbs()), gmp(limbs.data + whole), static_cast<mp_size_t>(count),
                       static_cast<unsigned>(bits % 64)) != 0;
  }
  result.limbs()[count] = 0;
  if (limbs.negative && lost)
    mpn_add_1(gmp(result.limbs()), gmp(result.limbs()), static_cast<mp_size_t>(count + 1), 1);
  return result.finish(count + 1, limbs.negative);
}

std::optional<Term> shift(Heap& heap, Term term, Term count, bool left) {
  bool towards_left = is_negative(count) != left;
  auto distance = to_int64(count);
  bool far = !distance || *distance > std::int64_t{1} << 40 || *distance < -(std::int64_t{1} << 40);
  if (far && towards_left) return is_zero(term) ? std::optional{Term::small(0)} : std::nullopt;
  if (far) return Term::small(is_negative(term) ? -1 : 0);
  auto bits = static_cast<std::size_t>(*distance < 0 ? -*distance : *distance);
  if (towards_left) return shift_magnitude_left(heap, term, bits);
  if (term.is_small()) return Term::small(term.as_small() >> std::min<std::size_t>(bits, 63));
  return shift_magnitude_right(heap, term, bits);
}

// The 64 bits of the magnitude below bit `top`.
std::uint64_t bits_below(const Limbs& limbs, std::size_t top) {
  std::size_t limb = (top - 1) / 64, used = (top - 1) % 64 + 1;
  std::uint64_t value = limbs.data[limb] << (64 - used);
  if (used < 64 && limb > 0) value |= limbs.data[limb - 1] >> used;
  return value;
}

bool any_bit_below(const Limbs& limbs, std::size_t bit) {
  if (significant(limbs.data, bit / 64) > 0) return true;
  return bit % 64 != 0 && (limbs.data[bit / 64] & ((std::uint64_t{1} << bit % 64) - 1)) != 0;
}

std::size_t bit_length_of(const Limbs& limbs) {
  return limbs.count == 0
             ? 0
             : 64 * limbs.count - static_cast<std::size_t>(std::countl_zero(limbs.data[limbs.count - 1]));
}

// Compares a magnitude with a positive finite double.
int compare_magnitude(const Limbs& limbs, double other) {
  if (other < 1) return limbs.count > 0 ? 1 : -1;
  auto length = bit_length_of(limbs);
  auto other_length = static_cast<std::size_t>(std::ilogb(other)) + 1;
  if (length != other_length) return length < other_length ? -1 : 1;
  if (length <= 64) {
    double whole = std::trunc(other);
    auto other_limb = static_cast<std::uint64_t>(whole);
    if (limbs.data[0] != other_limb) return limbs.data[0] < other_limb ? -1 : 1;
    return other > whole ? -1 : 0;
  }
  auto other_top = static_cast<std::uint64_t>(std::ldexp(other, 64 - static_cast<int>(length)));
  auto top = bits_below(limbs, length);
  if (top != other_top) return top < other_top ? -1 : 1;
  return any_bit_below(limbs, length - 64) ? 1 : 0;
}

std::optional<unsigned> digit_value(char c, int radix) {
  unsigned value;
  if (c >= '0' && c <= '9')
    value = static_cast<unsigned>(c - '0');
  else if (c >= 'a' && c <= 'z')
    value = static_cast<unsigned>(c - 'a') + 10;
  else if (c >= 'A' && c <= 'Z')
    value = static_cast<unsigned>(c - 'A') + 10;
  else
    return std::nullopt;
  return value < static_cast<unsigned>(radix) ? std::optional{value} : std::nullopt;
}

struct SignedDigits {
  bool negative;
  std::string_view digits;
};

SignedDigits split_sign(std::string_view text) {
  bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  return {negative, text};
}

std::string_view without_leading_zeros(std::string_view digits) {
  Rounds rounds;
  while (digits.size() > 1 && digits[0] == '0') rounds.next(), digits.remove_prefix(1);
  return digits;
}

}  // namespace

Limbs limbs_of(Term term, std::uint64_t& room) {
  if (!term.is_small()) return {box_of(term) + 1, box_size(term), is_kind(term, Kind::negative_integer)};
  auto value = term.as_small();
  room = value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return {&room, value == 0 ? 0u : 1u, value < 0};
}

Term from_limbs(Heap& heap, const std::uint64_t* limbs, std::size_t count, bool negative) {
  count = significant(limbs, count);
  Building result{heap, count};
  std::copy_n(limbs, count, result.limbs());
  return result.finish(count, negative);
}

namespace detail {

std::optional<Term> add(Heap& heap, Term left, Term right) {
  Operand a{left}, b{right};
  return add_signed(heap, a.limbs, b.limbs);
}

std::optional<Term> subtract(Heap& heap, Term left, Term right) {
  Operand a{left}, b{right};
  b.limbs.negative = !b.limbs.negative;
  return add_signed(heap, a.limbs, b.limbs);
}

std::optional<Term> multiply(Heap& heap, Term left, Term right) {
  Operand first{left}, second{right};
  Limbs a = first.limbs, b = second.limbs;
  if (a.count == 0 || b.count == 0) return Term::small(0);
  if (a.count + b.count > max_limbs + 1) return std::nullopt;
  if (a.count < b.count) std::swap(a, b);
  Building product{heap, a.count + b.count};
  limbs::multiply(product.limbs(), a.data, a.count, b.data, b.count);
  return product.finish_bounded(a.count + b.count, a.negative != b.negative);
}

std::optional<Term> quotient(Heap& heap, Term left, Term right) {
  Operand a{left}, b{right};
  if (a.limbs.count > max_limbs || b.limbs.count > max_limbs) return std::nullopt;
  if (a.limbs.count < b.limbs.count) return Term::small(0);
  std::vector<std::uint64_t> rest(b.limbs.count);
  std::size_t count = a.limbs.count - b.limbs.count + 1;
  Building result{heap, count};
  limbs::divide(result.limbs(), rest.data(), a.limbs.data, a.limbs.count, b.limbs.data, b.limbs.count);
  return result.finish_bounded(count, a.limbs.negative != b.limbs.negative);
}

std::optional<Term> remainder(Heap& heap, Term left, Term right) {
  Operand a{left}, b{right};
  if (a.limbs.count > max_limbs || b.limbs.count > max_limbs) return std::nullopt;
  if (a.limbs.count < b.limbs.count) return left;
  std::vector<std::uint64_t> whole(a.limbs.count - b.limbs.count + 1);
  Building result{heap, b.limbs.count};
  limbs::divide(whole.data(), result.limbs(), a.limbs.data, a.limbs.count, b.limbs.data, b.limbs.count);
  return result.finish_bounded(b.limbs.count, a.limbs.negative);
}

std::optional<Term> bit_and(Heap& heap, Term a, Term b) {
  return bitwise(heap, a, b, [](std::uint64_t x, std::uint64_t y) { return x & y; });
}
std::optional<Term> bit_or(Heap& heap, Term a, Term b) {
  return bitwise(heap, a, b, [](std::uint64_t x, std::uint64_t y) { return x | y; });
}
std::optional<Term> bit_xor(Heap& heap, Term a, Term b) {
  return bitwise(heap, a, b, [](std::uint64_t x, std::uint64_t y) { return x ^ y; });
}

int compare(Term left, Term right) {
  Operand a{left}, b{right};
  if (a.limbs.negative != b.limbs.negative) return a.limbs.negative ? -1 : 1;
  spend_run(a.limbs.count);
  int order = compare_magnitudes(a.limbs, b.limbs);
  return a.limbs.negative ? -order : order;
}

}  // namespace detail

std::optional<Term> negate(Heap& heap, Term term) { return subtract(heap, Term::small(0), term); }

std::optional<Term> bit_not(Heap& heap, Term term) {
  if (term.is_small()) return Term::small(~term.as_small());
  return subtract(heap, Term::small(-1), term);
}

std::optional<Term> shift_left(Heap& heap, Term term, Term count) { return shift(heap, term, count, true); }
std::optional<Term> shift_right(Heap& heap, Term term, Term count) { return shift(heap, term, count, false); }

bool is_zero(Term term) { return term == Term::small(0); }
bool is_negative(Term term) {
  return term.is_small() ? term.as_small() < 0 : is_kind(term, Kind::negative_integer);
}

int compare(Term term, double other) {
  Operand value{term};
  const auto& limbs = value.limbs;
  if (other == 0) return limbs.count == 0 ? 0 : limbs.negative ? -1 : 1;
  bool other_negative = other < 0;
  if (limbs.count == 0) return other_negative ? 1 : -1;
  if (limbs.negative != other_negative) return limbs.negative ? -1 : 1;
  int order = compare_magnitude(limbs, std::fabs(other));
  return limbs.negative ? -order : order;
}

std::size_t bit_length(Term term) { return bit_length_of(Operand{term}.limbs); }

std::optional<double> to_double(Term term) {
  if (term.is_small()) return static_cast<double>(term.as_small());
  Operand value{term};
  auto length = bit_length_of(value.limbs);
  if (length > 1024) return std::nullopt;
  auto top = bits_below(value.limbs, length);
  if (length > 64 && any_bit_below(value.limbs, length - 64)) top |= 1;  // decides a tie
  double magnitude = std::ldexp(static_cast<double>(top), static_cast<int>(length) - 64);
  if (std::isinf(magnitude)) return std::nullopt;
  return value.limbs.negative ? -magnitude : magnitude;
}

std::optional<Term> from_double(Heap& heap, double value) {
  double magnitude = std::trunc(std::fabs(value));
  if (magnitude < 0x1p63) return make_integer(heap, static_cast<std::int64_t>(std::trunc(value)));
  int exponent = std::ilogb(magnitude) - 63;
  auto top = static_cast<std::uint64_t>(std::ldexp(magnitude, -exponent));
  std::uint64_t limbs[17] = {};
  auto limb = static_cast<std::size_t>(exponent) / 64;
  auto shift = static_cast<unsigned>(exponent) % 64;
  limbs[limb] = top << shift;
  if (shift > 0) limbs[limb + 1] = top >> (64 - shift);
  return from_limbs(heap, limbs, std::size(limbs), value < 0);
}

std::string to_text(Term term, int radix) {
  Operand value{term};
  const auto& limbs = value.limbs;
  if (limbs.count == 0) return "0";
  std::string text;
  if (limbs.count == 1) {
    for (auto rest = limbs.data[0]; rest > 0; rest /= static_cast<unsigned>(radix))
      text += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % static_cast<unsigned>(radix)];
    if (limbs.negative) text += '-';
    std::reverse(text.begin(), text.end());
    return text;
  }
  text = limbs::to_digits(limbs.data, limbs.count, static_cast<unsigned>(radix));
  return limbs.negative ? "-" + text : text;
}

bool too_many_digits(std::string_view text, int radix) {
  auto digits = split_sign(text).digits;
  Rounds rounds;
  bool valid = !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                              [&](char c) { return rounds.next(), digit_value(c, radix); });
  return valid &&
         static_cast<double>(without_leading_zeros(digits).size() - 1) * std::log2(radix) >= max_bits;
}

std::optional<Term> from_text(Heap& heap, std::string_view text, int radix) {
  auto [negative, all_digits] = split_sign(text);
  if (all_digits.empty()) return std::nullopt;
  auto digits = without_leading_zeros(all_digits);
  if (static_cast<double>(digits.size() - 1) * std::log2(radix) >= max_bits) return std::nullopt;
  if (digits.size() <= 11) {  // 36^11 < 2^59
    std::int64_t value = 0;
    for (char c : digits) {
      auto digit = digit_value(c, radix);
      if (!digit) return std::nullopt;
      value = value * radix + static_cast<std::int64_t>(*digit);
    }
    return Term::small(negative ? -value : value);
  }
  std::vector<unsigned char> values;
  values.reserve(digits.size());
  Rounds rounds;
  for (char c : digits) {
    rounds.next();
    auto digit = digit_value(c, radix);
    if (!digit) return std::nullopt;
    values.push_back(static_cast<unsigned char>(*digit));
  }
  auto base = static_cast<unsigned>(radix);
  Building result{heap, limbs::room_for_digits(values.size(), base)};
  auto count = limbs::from_digits(result.limbs(), {values.data(), values.size()}, base);
  return result.finish_bounded(count, negative);
}

std::optional<Term> from_little_endian(Heap& heap, Bytes bytes, bool negative) {
  Rounds zeros;
  while (!bytes.empty() && bytes.back() == 0) zeros.next(), bytes = bytes.first(bytes.size() - 1);
  if (bytes.size() > max_bits / 8) return std::nullopt;
  std::size_t count = (bytes.size() + 7) / 8;
  Building result{heap, count};
  if constexpr (is_little_endian) {
    if (count > 0) {
      result.limbs()[count - 1] = 0;
      std::memcpy(result.limbs(), bytes.data(), bytes.size());
    }
  } else {
    std::fill_n(result.limbs(), count, 0);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      result.limbs()[i / 8] |= std::uint64_t{bytes[i]} << 8 * (i % 8);
  }
  return result.finish(count, negative);
}

std::size_t magnitude_bytes(Term term) { return (bit_length(term) + 7) / 8; }

void to_little_endian(Term term, Byte* out) {
  Operand value{term};
  std::size_t size = (bit_length_of(value.limbs) + 7) / 8;
  if constexpr (is_little_endian) {
    if (size > 0) std::memcpy(out, value.limbs.data, size);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<Byte>(value.limbs.data[i / 8] >> 8 * (i % 8));
  }
}

std::optional<Term> from_two_complement(Heap& heap, Bytes big_endian, std::size_t bits, bool is_signed) {
  if (bits == 0) return Term::small(0);
  if (bits <= 64) {
    std::uint64_t value = 0;
    for (Byte byte : big_endian) value = value << 8 | byte;
    auto unused = static_cast<unsigned>(64 - bits);
    value <<= unused;
    if (is_signed) return make_integer(heap, static_cast<std::int64_t>(value) >> unused);
    return make_unsigned(heap, value >> unused);
  }
  // Longer input may consist of leading zeros.
  Rounds rounds;
  while (bits > max_bits && !big_endian.empty() && big_endian[0] == 0)
    rounds.next(), big_endian = big_endian.subspan(1), bits = 8 * big_endian.size(), is_signed = false;
  if (bits > max_bits + 64) return std::nullopt;
  std::size_t count = (bits + 63) / 64;
  Building result{heap, count};
  auto* limbs = result.limbs();
  std::fill_n(limbs, count, 0);
  std::size_t size = (bits + 7) / 8;
  for (std::size_t i = 0; i < size; ++i)
    rounds.next(), limbs[i / 8] |= std::uint64_t{big_endian[size - 1 - i]} << 8 * (i % 8);
  auto top_bits = static_cast<unsigned>((bits - 1) % 64 + 1);
  if (top_bits < 64) limbs[count - 1] &= (std::uint64_t{1} << top_bits) - 1;
  bool negative = is_signed && (limbs[count - 1] >> (top_bits - 1) & 1);
  if (negative) {
    if (top_bits < 64) limbs[count - 1] |= ~std::uint64_t{0} << top_bits;
    mpn_neg(gmp(limbs), gmp(limbs), static_cast<mp_size_t>(count));
  }
  return result.finish_bounded(count, negative);
}

void to_two_complement(Term term, std::size_t bits, Byte* out) {
  Operand value{term};
  const auto& limbs = value.limbs;
  std::size_t size = (bits + 7) / 8;
  unsigned carry = limbs.negative ? 1 : 0;
  Rounds rounds;
  for (std::size_t i = 0; i < size; ++i) {
    rounds.next();
    unsigned byte = i / 8 < limbs.count ? static_cast<Byte>(limbs.data[i / 8] >> 8 * (i % 8)) : 0;
    if (limbs.negative) {
      byte = (byte ^ 0xFFu) + carry;
      carry = byte >> 8;
    }
    out[size - 1 - i] = static_cast<Byte>(byte);
  }
  if (bits % 8 != 0) out[0] &= static_cast<Byte>((1u << bits % 8) - 1);
}

}  // namespace noderuntime::integer
