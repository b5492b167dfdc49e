// Claims about integers of any size: arithmetic, floats, bytes and text.
#include "noderuntime/term/integer.h"

#include "test/unit/catch.h"

#include <cmath>

#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

namespace noderuntime::test {
namespace {

Term number(Heap& heap, std::string_view text) { return *integer::from_text(heap, text); }

}  // namespace

TEST_CASE("integer: results beyond the bound are a system_limit, before they cost anything", "[term]") {
  Heap heap;
  Term one = Term::small(1);
  auto largest_shift = static_cast<std::int64_t>(integer::max_bits) - 1;
  auto largest = integer::shift_left(heap, one, Term::small(largest_shift));
  REQUIRE(largest);
  CHECK(integer::bit_length(*largest) == integer::max_bits);
  CHECK(!integer::shift_left(heap, one, Term::small(largest_shift + 1)));
  CHECK(!integer::shift_left(heap, one, number(heap, "1000000000000000000000000000")));
  CHECK(integer::shift_left(heap, Term::small(0), number(heap, "1000000000000000000000000000")) ==
        Term::small(0));
  CHECK(integer::shift_right(heap, Term::small(-5), number(heap, "1000000000000000000000000000")) ==
        Term::small(-1));
  CHECK(!integer::multiply(heap, *largest, Term::small(2)));
  CHECK(!integer::multiply(heap, *largest, *largest));
  CHECK(!integer::add(heap, *largest, *largest));
  CHECK(integer::subtract(heap, *largest, *largest) == Term::small(0));
  auto digits = std::string(integer::max_bits / 3, '9');
  CHECK(!integer::from_text(heap, digits));
  CHECK(integer::too_many_digits(digits, 10));
  CHECK(!integer::too_many_digits("12x", 10));
  CHECK(!integer::to_double(*largest));
}

TEST_CASE("integer: comparing with floats is exact", "[term]") {
  Heap heap;
  auto check = [&](std::string_view text, double other, int expected) {
    INFO(text << " " << other);
    CHECK(integer::compare(number(heap, text), other) == expected);
  };
  check("9007199254740992", 9007199254740992.0, 0);
  check("9007199254740993", 9007199254740992.0, 1);
  check("9007199254740993", 9007199254740994.0, -1);
  check("-9007199254740993", -9007199254740992.0, -1);
  check("18446744073709551616", 0x1p64, 0);
  check("18446744073709551617", 0x1p64, 1);
  check("18446744073709551615", 0x1p64, -1);
  check("0", 0.0, 0);
  check("0", -0.0, 0);
  check("0", 5e-324, -1);
  check("-1", -0.5, -1);
  check("1", 1.5, -1);
  check("2", 1.5, 1);
  check("340282366920938463463374607431768211456", 0x1p128, 0);
  check("340282366920938463463374607431768211455", 0x1p128, -1);
  check("1" + std::string(400, '0'), 1e308, 1);
}

TEST_CASE("integer: floats become the nearest, ties to even, and back", "[term]") {
  Heap heap;
  CHECK(integer::to_double(number(heap, "9007199254740993")) == 9007199254740992.0);
  CHECK(integer::to_double(number(heap, "9007199254740995")) == 9007199254740996.0);
  CHECK(integer::to_double(number(heap, "36893488147419107329")) == 36893488147419111424.0);
  CHECK(integer::to_double(number(heap, "-36893488147419103232")) == -0x1p65);
  for (double value : {0.0, 0.9, -0.9, 1.5, -1e15, 1e18, 0x1p62, 0x1p63, 0x1p64, -0x1p64, 1e22, 1e300,
                       -1.7976931348623157e308}) {
    INFO(value);
    Term whole = *integer::from_double(heap, value);
    CHECK(integer::to_double(whole) == std::trunc(value));
    CHECK(integer::compare(whole, std::trunc(value)) == 0);
  }
}

TEST_CASE("integer: bytes go in and out, of any length and sign", "[term]") {
  Heap heap;
  for (auto text : {"0", "1", "-1", "255", "-256", "123456789012345678901234567890", "-18446744073709551616",
                    "576460752303423488", "-576460752303423488"}) {
    INFO(text);
    Term term = number(heap, text);
    Buffer bytes(integer::magnitude_bytes(term) + 3);
    integer::to_little_endian(term, bytes.data());
    CHECK(exactly_equal(*integer::from_little_endian(heap, bytes, integer::is_negative(term)), term));
    for (std::size_t bits : {100, 101, 128, 200}) {
      Buffer complement((bits + 7) / 8);
      integer::to_two_complement(term, bits, complement.data());
      CHECK(exactly_equal(*integer::from_two_complement(heap, complement, bits, true), term));
    }
  }
  Buffer three(1);
  integer::to_two_complement(Term::small(-3), 3, three.data());
  CHECK(three[0] == 5);
  CHECK(integer::from_two_complement(heap, three, 3, false) == Term::small(5));
  CHECK(integer::from_two_complement(heap, three, 3, true) == Term::small(-3));
}

TEST_CASE("integer: texts that are no integers are refused", "[term]") {
  Heap heap;
  for (auto text : {"", "-", "+", "1a", "--1", " 1", "1 ", "12345678901234567890x"})
    CHECK(!integer::from_text(heap, text));
  CHECK(integer::from_text(heap, "+7") == Term::small(7));
  CHECK(integer::from_text(heap, "-0") == Term::small(0));
  CHECK(integer::from_text(heap, "zZ", 36) == Term::small(35 * 36 + 35));
  CHECK(
      exactly_equal(*integer::from_text(heap, "0000000000000000000000000000000000000012"), Term::small(12)));
}

}  // namespace noderuntime::test
