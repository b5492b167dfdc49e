// Claims that terms are printed as Erlang, Elixir and LFE print them, and that these texts are read.
#include "golden.h"

#include "noderuntime/term/order.h"

namespace noderuntime::test {
namespace {

void reads_back(const std::string& text, Notation notation, Term term) {
  INFO(text);
  auto again = read_term(text, notation);
  REQUIRE(again.ok());
  CHECK(exactly_equal(again->term(), term));
}

}  // namespace

TEST_CASE("golden: Erlang text is what OTP prints", "[notation]") {
  auto terms = golden_rows("terms.txt"), printed = golden_rows("erlang.tsv");
  REQUIRE(terms.size() == printed.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    auto& row = printed[i];
    INFO(row[0] + ' ' + row[1]);
    auto parsed = read_term(row[1], Notation::erlang);  // ~0tw
    REQUIRE(parsed.ok());
    CHECK(write_term(parsed->term(), Notation::erlang) == row[0]);
    CHECK(write_term(parsed->term(), Notation::erlang, {.strings = false}) == row[1]);
    CHECK(write_term(parsed->term(), Notation::erlang, {.pretty = true}) == row[2]);
    reads_back(row[0], Notation::erlang, parsed->term());
  }
}

TEST_CASE("golden: Elixir text is what Elixir inspects", "[notation]") {
  for (auto& row : golden_rows("elixir.tsv")) {
    INFO(row[0]);
    auto term = golden_term(row[0]);
    CHECK(write_term(term.term(), Notation::elixir) == row[1]);
    CHECK(write_term(term.term(), Notation::elixir, {.strings = false}) == row[2]);
    CHECK(write_term(term.term(), Notation::elixir, {.pretty = true}) == row[3]);
    reads_back(row[1], Notation::elixir, term.term());
    reads_back(row[2], Notation::elixir, term.term());
  }
}

TEST_CASE("golden: LFE text is what LFE prints", "[notation]") {
  for (auto& row : golden_rows("lfe.tsv")) {
    INFO(row[0]);
    auto term = golden_term(row[0]);
    CHECK(write_term(term.term(), Notation::lfe) == row[1]);
    CHECK(write_term(term.term(), Notation::lfe, {.strings = false}) == row[2]);
    CHECK(write_term(term.term(), Notation::lfe, {.pretty = true}) == row[3]);
    if (row[1][0] == '\'' || row[1] == ".foo") continue;  // to LFE these are a form and a tail
    if (row[1].find("(function ") == 0) continue;         // a list
    reads_back(row[1], Notation::lfe, term.term());
    reads_back(row[2], Notation::lfe, term.term());
  }
}

}  // namespace noderuntime::test
