// Claims that terms are printed, ordered, hashed and computed with as in a real Erlang, whose results
// test/data/term/make_golden.escript has recorded.
#include "test/unit/catch.h"

#include <fstream>
#include <sstream>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "test/unit/paths.h"

namespace noderuntime::test {
namespace {

std::vector<std::vector<std::string>> rows(const std::string& name) {
  std::ifstream file{test_data() + "/term/" + name};
  std::vector<std::vector<std::string>> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    all.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) all.back().push_back(field);
  }
  REQUIRE(all.size() > 100);
  return all;
}

Term from_hex(Heap& heap, const std::string& hex) {
  Buffer bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<Byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  auto decoded = decode_with_version(heap, bytes, {{Atom::of("me@here"), Creation{1}}});
  REQUIRE(decoded);
  return decoded->term;
}

Term from_decimal(Heap& heap, const std::string& text) {
  auto value = integer::from_text(heap, text);
  REQUIRE(value);
  return *value;
}

char sign(int order) { return order < 0 ? '<' : order > 0 ? '>' : '='; }

}  // namespace

TEST_CASE("golden: terms are printed as ~w, ~p, ~tw and ~tp print them", "[term]") {
  for (auto& row : rows("printed.tsv")) {
    INFO(row[0]);
    Heap heap;
    Term term = from_hex(heap, row[0]);
    CHECK(to_text(term) == row[1]);
    CHECK(to_text(term, {.strings = true}) == row[2]);
    CHECK(to_text(term, {.unicode = true}) == row[3]);
    CHECK(to_text(term, {.strings = true, .unicode = true}) == row[4]);
  }
}

TEST_CASE("golden: what was printed reads back as the same term", "[term]") {
  for (auto& row : rows("printed.tsv")) {
    INFO(row[0]);
    Heap heap;
    Term term = from_hex(heap, row[0]);
    for (std::size_t i = 1; i < row.size(); ++i) {
      auto parsed = parse_text(row[i]);
      INFO(row[i]);
      if (!parsed) INFO(parsed.error().message());
      REQUIRE(parsed);
      CHECK(exactly_equal(parsed->term(), term));
    }
  }
}

TEST_CASE("golden: order, equality and the order of map keys are Erlang's", "[term]") {
  auto all = rows("order.tsv");
  Heap heap;
  std::vector<Term> terms;
  for (auto& row : all) terms.push_back(from_hex(heap, row[0]));
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t j = 0; j < terms.size(); ++j) {
      Term a = terms[i], b = terms[j];
      char plain = all[i][1][j], keys = all[i][2][j];
      if (sign(compare(a, b)) == plain && equal(a, b) == (plain == '=') && sign(compare_keys(a, b)) == keys &&
          exactly_equal(a, b) == (keys == '='))
        continue;
      FAIL_CHECK(to_text(a) << " and " << to_text(b) << ": expected " << plain << keys << ", got "
                            << sign(compare(a, b)) << sign(compare_keys(a, b)) << equal(a, b)
                            << exactly_equal(a, b));
    }
}

TEST_CASE("golden: exactly equal terms have the same hash, others hardly ever", "[term]") {
  auto all = rows("order.tsv");
  std::vector<std::uint64_t> hashes, again;
  for (auto* into : {&hashes, &again})
    for (auto& row : all) {
      Heap heap;
      into->push_back(internal_hash(from_hex(heap, row[0])));
    }
  CHECK(hashes == again);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK((hashes[i] == hashes[j]) == (all[i][2][j] == '='));
}

TEST_CASE("golden: portable hashes are those of phash2", "[term]") {
  for (auto& row : rows("phash2.tsv")) {
    Heap heap;
    Term term = from_hex(heap, row[0]);
    INFO(to_text(term));
    CHECK((portable_hash(term) & 0x7FFFFFF) == std::stoul(row[1]));
  }
}

TEST_CASE("golden: integer arithmetic is Erlang's", "[term]") {
  for (auto& row : rows("arithmetic.tsv")) {
    Heap heap;
    INFO(row[0] << " and " << row[1]);
    Term a = from_decimal(heap, row[0]), b = from_decimal(heap, row[1]);
    auto text = [](std::optional<Term> value) { return value ? integer::to_text(*value) : "system_limit"; };
    CHECK(integer::to_text(a) == row[0]);
    CHECK(text(integer::add(heap, a, b)) == row[2]);
    CHECK(text(integer::subtract(heap, a, b)) == row[3]);
    CHECK(text(integer::multiply(heap, a, b)) == row[4]);
    if (!integer::is_zero(b)) {
      CHECK(text(integer::quotient(heap, a, b)) == row[5]);
      CHECK(text(integer::remainder(heap, a, b)) == row[6]);
    }
    CHECK(text(integer::bit_and(heap, a, b)) == row[7]);
    CHECK(text(integer::bit_or(heap, a, b)) == row[8]);
    CHECK(text(integer::bit_xor(heap, a, b)) == row[9]);
    CHECK(text(integer::bit_not(heap, a)) == row[10]);
    Term magnitude = integer::is_negative(b) ? *integer::negate(heap, b) : b;
    auto shift = to_int64(*integer::remainder(heap, magnitude, Term::small(261)));
    REQUIRE(shift);
    Term distance = Term::small(*shift - 130);
    CHECK(text(integer::shift_left(heap, a, distance)) == row[11]);
    CHECK(text(integer::shift_right(heap, a, distance)) == row[12]);
    CHECK(integer::to_text(a, 16) == row[13]);
    CHECK(integer::to_text(a, 36) == row[14]);
    CHECK(exactly_equal(*integer::from_text(heap, row[13], 16), a));
    CHECK(exactly_equal(*integer::from_text(heap, row[14], 36), a));
    auto as_float = integer::to_double(a);
    REQUIRE(as_float);
    CHECK(float_to_text(*as_float) == row[15]);
  }
}

}  // namespace noderuntime::test
