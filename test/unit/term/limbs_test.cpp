// Claims about long operations on integers, which go on in parts.
#include "noderuntime/term/limbs.h"

#include <gmp.h>

#include "test/unit/catch.h"

#include <algorithm>
#include <random>
#include <vector>

#include "noderuntime/term/integer.h"
#include "noderuntime/term/order.h"
#include "test/unit/paced_terms.h"

namespace noderuntime::test {
namespace {

using Limbs = std::vector<std::uint64_t>;

// Random limbs, with long runs of zeros and ones.
Limbs random_limbs(std::mt19937_64& random, std::size_t count) {
  Limbs limbs(count);
  std::uint64_t kind = 0;
  for (auto& limb : limbs) {
    if (random() % 100 == 0) kind = random() % 3;
    limb = kind == 0 ? random() : kind == 1 ? 0 : ~std::uint64_t{0};
  }
  if (limbs.back() == 0) limbs.back() = 1;
  return limbs;
}

mp_limb_t* gmp(Limbs& limbs) { return reinterpret_cast<mp_limb_t*>(limbs.data()); }

// No call of GMP takes longer than 2 ms, about 700,000 steps of 3 ns.
constexpr std::int64_t longest_call = 700'000;

}  // namespace

TEST_CASE("limbs: products are those of GMP", "[term]") {
  std::mt19937_64 random{1};
  for (auto [a_count, b_count] : {std::pair{1, 1},
                                  {5, 2},
                                  {12288, 1},
                                  {12289, 1},
                                  {6144, 6144},
                                  {6145, 6145},
                                  {9001, 5000},
                                  {20001, 9999},
                                  {32768, 32768},
                                  {40000, 12300},
                                  {65000, 3}}) {
    INFO(a_count << " x " << b_count);
    auto a = random_limbs(random, static_cast<std::size_t>(a_count)),
         b = random_limbs(random, static_cast<std::size_t>(b_count));
    Limbs product(a.size() + b.size()), expected(product.size());
    PacedRun run{PacedRun::usual_slice};
    CHECK(run([&] { return limbs::multiply(product.data(), a.data(), a.size(), b.data(), b.size()), true; }));
    mpn_mul(gmp(expected), gmp(a), a_count, gmp(b), b_count);
    CHECK((product == expected));
    CHECK(run.overdraft() < longest_call);
    Limbs square(2 * a.size()), expected_square(square.size());
    CHECK(run([&] { return limbs::multiply(square.data(), a.data(), a.size(), a.data(), a.size()), true; }));
    mpn_sqr(gmp(expected_square), gmp(a), a_count);
    CHECK((square == expected_square));
  }
}

TEST_CASE("limbs: quotients and remainders are those of GMP", "[term]") {
  std::mt19937_64 random{2};
  for (auto [a_count, b_count] : {std::pair{1, 1},
                                  {5, 2},
                                  {300, 300},
                                  {16000, 9000},
                                  {65536, 32768},
                                  {65536, 300},
                                  {65536, 65000},
                                  {30000, 1200}}) {
    INFO(a_count << " / " << b_count);
    auto a = random_limbs(random, static_cast<std::size_t>(a_count)),
         b = random_limbs(random, static_cast<std::size_t>(b_count));
    Limbs quotient(a.size() - b.size() + 1), remainder(b.size()), expected(quotient.size()), rest(b.size());
    PacedRun run{PacedRun::usual_slice};
    CHECK(run([&] {
      return limbs::divide(quotient.data(), remainder.data(), a.data(), a.size(), b.data(), b.size()), true;
    }));
    mpn_tdiv_qr(gmp(expected), gmp(rest), 0, gmp(a), a_count, gmp(b), b_count);
    CHECK((quotient == expected));
    CHECK((remainder == rest));
    CHECK(run.overdraft() < longest_call);
  }
}

TEST_CASE("limbs: digits in any base are those of GMP, and are read back", "[term]") {
  std::mt19937_64 random{3};
  for (unsigned radix : {2u, 3u, 7u, 8u, 10u, 16u, 32u, 36u})
    for (std::size_t count : {1, 2, 3, 1024, 1025, 1100, 2049, 9000}) {
      INFO("base " << radix << ", " << count << " limbs");
      auto number = random_limbs(random, count), scratch = number;
      scratch.push_back(0);
      std::vector<unsigned char> values(64 * count + 1);
      values.resize(
          mpn_get_str(values.data(), static_cast<int>(radix), gmp(scratch), static_cast<mp_size_t>(count)));
      while (values.size() > 1 && values[0] == 0) values.erase(values.begin());
      std::string expected;
      for (auto value : values) expected += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value];
      PacedRun run{PacedRun::usual_slice};
      CHECK((run([&] { return limbs::to_digits(number.data(), count, radix); }) == expected));
      Limbs read(limbs::room_for_digits(values.size(), radix));
      auto size = run([&] { return limbs::from_digits(read.data(), {values.data(), values.size()}, radix); });
      REQUIRE(size == count);
      read.resize(count);
      CHECK((read == number));
      CHECK(run.overdraft() < longest_call);
    }
}

TEST_CASE("limbs: the largest integer is printed and read in parts, and cancelled in any", "[term]") {
  Heap heap;
  Term largest =
      *integer::subtract(heap, *integer::shift_left(heap, Term::small(1), Term::small(integer::max_bits - 1)),
                         Term::small(12345));
  PacedRun run{PacedRun::usual_slice};
  auto text = run([&] { return integer::to_text(largest); });
  REQUIRE(text);
  CHECK(run.pauses() > 100);
  CHECK(text->size() == 1262612);
  auto read = run([&] { return integer::from_text(heap, *text); });
  REQUIRE((read && *read));
  CHECK(exactly_equal(**read, largest));
  CHECK(run.overdraft() < longest_call);
  auto before = held_memory.used();
  for (std::size_t at : {1, 2, 5, 50, 100}) {
    PacedRun cancelled{PacedRun::usual_slice, at};
    CHECK(!cancelled([&] { return integer::to_text(largest); }));
    PacedRun also{PacedRun::usual_slice, at};
    Heap other;
    CHECK(!also([&] { return integer::from_text(other, *text).has_value(); }));
    other.clear();
    CHECK(held_memory.used() == before);
  }
}

}  // namespace noderuntime::test
