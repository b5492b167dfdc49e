#include "noderuntime/term/limbs.h"

#include <gmp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <vector>

#include "noderuntime/term/pace.h"
#include "noderuntime/term/scratch.h"

namespace noderuntime::limbs {
namespace {

using Limb = std::uint64_t;
using Room = Scratch<Limb>;

// What one call of GMP is given at most.
constexpr std::size_t limbs_multiplied = 12288;  // of both factors
constexpr std::size_t products_divided = std::size_t{1}
                                         << 24;  // limbs of the quotient times those of the divisor
constexpr std::size_t limbs_converted = 1024;

const mp_limb_t* gmp(const Limb* limbs) { return reinterpret_cast<const mp_limb_t*>(limbs); }
mp_limb_t* gmp(Limb* limbs) { return reinterpret_cast<mp_limb_t*>(limbs); }
mp_size_t length(std::size_t count) { return static_cast<mp_size_t>(count); }

std::size_t significant(const Limb* limbs, std::size_t count) {
  while (count > 0 && limbs[count - 1] == 0) --count;
  return count;
}

void spend(std::size_t steps) { pace.spend(static_cast<std::int64_t>(steps)); }

void multiply_at_once(Limb* out, const Limb* a, std::size_t a_count, const Limb* b, std::size_t b_count) {
  constexpr std::size_t few = 32, steps_per_limb = 20, products_per_step = 2;
  if (a == b && a_count == b_count)
    mpn_sqr(gmp(out), gmp(a), length(a_count));
  else
    mpn_mul(gmp(out), gmp(a), length(a_count), gmp(b), length(b_count));
  spend(b_count < few ? a_count * b_count / products_per_step : (a_count + b_count) * steps_per_limb);
}

// Takes the longer factor in pieces.
void multiply_pieces(Limb* out, const Limb* a, std::size_t a_count, const Limb* b, std::size_t b_count) {
  std::size_t piece = std::max(b_count, limbs_multiplied - std::min(b_count, limbs_multiplied));
  Room product{piece + b_count};
  multiply(out, a, piece, b, b_count);
  for (std::size_t at = piece; at < a_count; at += piece) {
    std::size_t here = std::min(piece, a_count - at);
    if (here >= b_count)
      multiply(product.data(), a + at, here, b, b_count);
    else
      multiply(product.data(), b, b_count, a + at, here);
    mp_limb_t carry = mpn_add_n(gmp(out + at), gmp(out + at), gmp(product.data()), length(b_count));
    std::copy_n(product.data() + b_count, here, out + at + b_count);
    mpn_add_1(gmp(out + at + b_count), gmp(out + at + b_count), length(here), carry);
  }
}

// Writes |a - b| to `a_count` limbs and returns whether a < b. Precondition: a_count >= b_count.
bool difference(Limb* out, const Limb* a, std::size_t a_count, const Limb* b, std::size_t b_count) {
  bool less = significant(a, a_count) <= b_count && mpn_cmp(gmp(a), gmp(b), length(b_count)) < 0;
  if (!less) return mpn_sub(gmp(out), gmp(a), length(a_count), gmp(b), length(b_count)), false;
  mpn_sub_n(gmp(out), gmp(b), gmp(a), length(b_count));
  std::fill(out + b_count, out + a_count, 0);
  return true;
}

// Karatsuba's method: three products of halves. Precondition: each factor has more than `half` limbs, at most twice as
// many.
void multiply_halves(Limb* out, const Limb* a, std::size_t a_count, const Limb* b, std::size_t b_count,
                     std::size_t half) {
  std::size_t high = a_count + b_count - 2 * half;
  Limb* high_product = out + 2 * half;
  multiply(out, a, half, b, half);
  multiply(high_product, a + half, a_count - half, b + half, b_count - half);
  Room a_parts{half}, b_parts{half}, middle{2 * half}, sum{2 * half + 1};
  bool square = a == b && a_count == b_count;
  bool negative = difference(a_parts.data(), a, half, a + half, a_count - half);
  if (!square) negative ^= difference(b_parts.data(), b, half, b + half, b_count - half);
  multiply(middle.data(), a_parts.data(), half, square ? a_parts.data() : b_parts.data(), half);
  sum[2 * half] = mpn_add(gmp(sum.data()), gmp(out), length(2 * half), gmp(high_product), length(high));
  if (!square && negative)
    sum[2 * half] += mpn_add_n(gmp(sum.data()), gmp(sum.data()), gmp(middle.data()), length(2 * half));
  else
    sum[2 * half] -= mpn_sub_n(gmp(sum.data()), gmp(sum.data()), gmp(middle.data()), length(2 * half));
  std::size_t above = a_count + b_count - half;  // the sum fits, whatever its own room is
  mpn_add(gmp(out + half), gmp(out + half), length(above), gmp(sum.data()),
          length(std::min(above, 2 * half + 1)));
}

// radix ^ digits
struct Power {
  Power(std::size_t room, std::size_t digit_count) : limbs{room}, digits{digit_count} {}
  Room limbs;
  std::size_t count = 0;
  std::size_t digits;
};

// Powers of the radix, each the square of the one before. The first has about limbs_converted limbs, the square of the
// last has more than `limbs`. None, if that is so few that one call converts them.
class Powers {
 public:
  Powers(unsigned radix, std::size_t limbs) {
    if (limbs <= limbs_converted) return;
    auto next = std::make_unique<Power>(1, 1);
    next->limbs[0] = radix, next->count = 1;
    while (next->limbs[0] <= ~Limb{0} / radix) next->limbs[0] *= radix, ++next->digits;
    for (;;) {
      bool last = 2 * next->count - 1 > limbs;
      auto square = last ? nullptr : std::make_unique<Power>(2 * next->count, 2 * next->digits);
      if (square) {
        multiply(square->limbs.data(), next->limbs.data(), next->count, next->limbs.data(), next->count);
        square->count = significant(square->limbs.data(), 2 * next->count);
      }
      if (2 * next->count > limbs_converted) powers_.push_back(std::move(next));
      if (last) return;
      next = std::move(square);
    }
  }
  std::size_t levels() const { return powers_.size(); }
  Power& operator[](std::size_t level) const { return *powers_[level]; }

 private:
  std::vector<std::unique_ptr<Power>> powers_;
};

constexpr char digit_characters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Writes exactly `width` digits. The limbs are lost.
void write_digits(char* out, std::size_t width, Limb* limbs, std::size_t count, unsigned radix,
                  const Powers& powers, std::size_t level) {
  constexpr std::size_t steps_per_limb = 64;
  count = significant(limbs, count);
  if (count == 0) {
    std::fill_n(out, width, '0');
    return spend(width / Pace::copied_bytes);
  }
  if (level > 0 && count < powers[level - 1].count)
    return write_digits(out, width, limbs, count, radix, powers, level - 1);
  if (level > 0) {
    auto& power = powers[level - 1];
    std::size_t rest = count - power.count + 1;
    Room quotient{rest + 1}, remainder{power.count + 1};  // one limb more, which mpn_get_str() uses
    divide(quotient.data(), remainder.data(), limbs, count, power.limbs.data(), power.count);
    write_digits(out, width - power.digits, quotient.data(), rest, radix, powers, level - 1);
    write_digits(out + width - power.digits, power.digits, remainder.data(), power.count, radix, powers,
                 level - 1);
    return;
  }
  Scratch<unsigned char> digits{mpn_sizeinbase(gmp(limbs), length(count), static_cast<int>(radix)) + 2};
  limbs[count] = 0;
  std::size_t size = mpn_get_str(digits.data(), static_cast<int>(radix), gmp(limbs), length(count));
  std::size_t zeros = 0;
  while (zeros < size && digits[zeros] == 0) ++zeros;
  std::fill_n(out, width - (size - zeros), '0');
  for (char* to = out + width - (size - zeros); zeros < size; ++zeros)
    *to++ = digit_characters[digits[zeros]];
  spend(count * steps_per_limb);
}

// For a radix of 2 ^ bits.
std::string to_digits_of_bits(const Limb* limbs, std::size_t count, unsigned bits) {
  std::size_t length = 64 * count - static_cast<std::size_t>(std::countl_zero(limbs[count - 1]));
  std::string text((length + bits - 1) / bits, '0');
  Rounds rounds;
  for (std::size_t at = 0, digit = text.size(); digit-- > 0; at += bits) {
    rounds.next();
    Limb value = limbs[at / 64] >> at % 64;
    if (at % 64 + bits > 64 && at / 64 + 1 < count) value |= limbs[at / 64 + 1] << (64 - at % 64);
    text[digit] = digit_characters[value & ((1u << bits) - 1)];
  }
  return text;
}

std::size_t from_digits_of_bits(Limb* out, std::basic_string_view<unsigned char> digits, unsigned bits) {
  std::size_t count = (digits.size() * bits + 63) / 64;
  std::fill_n(out, count, 0);
  Rounds rounds;
  for (std::size_t at = 0, digit = digits.size(); digit-- > 0; at += bits) {
    rounds.next();
    Limb value = digits[digit];
    out[at / 64] |= value << at % 64;
    if (at % 64 + bits > 64 && at / 64 + 1 < count) out[at / 64 + 1] |= value >> (64 - at % 64);
  }
  return significant(out, count);
}

std::size_t read_digits(Limb* out, std::basic_string_view<unsigned char> digits, unsigned radix,
                        const Powers& powers, std::size_t level) {
  constexpr std::size_t digits_per_step = 1;
  while (level > 0 && powers[level - 1].digits >= digits.size()) --level;
  if (level == 0) {
    auto count = mpn_set_str(gmp(out), digits.data(), digits.size(), static_cast<int>(radix));
    spend(digits.size() / digits_per_step);
    return significant(out, static_cast<std::size_t>(count));
  }
  auto& power = powers[level - 1];
  auto low_digits = digits.substr(digits.size() - power.digits);
  digits.remove_suffix(power.digits);
  Room high{room_for_digits(digits.size(), radix)}, low{room_for_digits(low_digits.size(), radix)};
  std::size_t high_count = read_digits(high.data(), digits, radix, powers, level);
  std::size_t low_count = read_digits(low.data(), low_digits, radix, powers, level - 1);
  if (high_count == 0) return std::copy_n(low.data(), low_count, out), low_count;
  Room product{high_count + power.count + 1};
  if (high_count >= power.count)
    multiply(product.data(), high.data(), high_count, power.limbs.data(), power.count);
  else
    multiply(product.data(), power.limbs.data(), power.count, high.data(), high_count);
  std::size_t count = high_count + power.count;
  if (low_count > 0)
    mpn_add(gmp(product.data()), gmp(product.data()), length(count), gmp(low.data()), length(low_count));
  count = significant(product.data(), count);
  std::copy_n(product.data(), count, out);
  return count;
}

}  // namespace

void multiply(Limb* out, const Limb* a, std::size_t a_count, const Limb* b, std::size_t b_count) {
  std::size_t half = (a_count + 1) / 2;
  if (a_count + b_count <= limbs_multiplied)
    multiply_at_once(out, a, a_count, b, b_count);
  else if (b_count <= half)
    multiply_pieces(out, a, a_count, b, b_count);
  else
    multiply_halves(out, a, a_count, b, b_count, half);
}

void divide(Limb* quotient, Limb* remainder, const Limb* a, std::size_t a_count, const Limb* b,
            std::size_t b_count) {
  constexpr std::size_t smallest = 256, products_per_step = 32;
  std::size_t left = a_count - b_count;  // limbs of the quotient that are still to be found
  if ((left + 1) * b_count <= products_divided) {
    mpn_tdiv_qr(gmp(quotient), gmp(remainder), 0, gmp(a), length(a_count), gmp(b), length(b_count));
    return spend((left + 1) * b_count / products_per_step);
  }
  std::size_t piece = std::max(products_divided / b_count, smallest);
  Room dividend{b_count + piece}, part{piece + 1};
  mpn_tdiv_qr(gmp(quotient + left), gmp(remainder), 0, gmp(a + left), length(b_count), gmp(b),
              length(b_count));
  while (left > 0) {
    std::size_t here = std::min(piece, left);
    left -= here;
    std::copy_n(a + left, here, dividend.data());
    std::copy_n(remainder, b_count, dividend.data() + here);
    mpn_tdiv_qr(gmp(part.data()), gmp(remainder), 0, gmp(dividend.data()), length(b_count + here), gmp(b),
                length(b_count));
    std::copy_n(part.data(), here, quotient + left);
    spend(here * b_count / products_per_step);
  }
}

std::string to_digits(const Limb* limbs, std::size_t count, unsigned radix) {
  if (std::has_single_bit(radix))
    return to_digits_of_bits(limbs, count, static_cast<unsigned>(std::bit_width(radix) - 1));
  Powers powers{radix, count};
  std::size_t width = mpn_sizeinbase(gmp(limbs), length(count), static_cast<int>(radix));
  std::string text(width, '0');
  Room copy{count + 1};
  std::copy_n(limbs, count, copy.data());
  write_digits(text.data(), width, copy.data(), count, radix, powers, powers.levels());
  if (text[0] == '0') text.erase(0, 1);  // mpn_sizeinbase() may be one too large
  return text;
}

std::size_t room_for_digits(std::size_t digits, unsigned radix) {
  return static_cast<std::size_t>(static_cast<double>(digits) * std::log2(radix) / 64) + 2;
}

std::size_t from_digits(Limb* out, std::basic_string_view<unsigned char> digits, unsigned radix) {
  if (std::has_single_bit(radix))
    return from_digits_of_bits(out, digits, static_cast<unsigned>(std::bit_width(radix) - 1));
  Powers powers{radix, room_for_digits(digits.size(), radix)};
  return read_digits(out, digits, radix, powers, powers.levels());
}

}  // namespace noderuntime::limbs
