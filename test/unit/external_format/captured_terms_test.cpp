// Claims that every captured term is decoded and encoded as test/data/etf/README.md says.
#include "test/unit/catch.h"

#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "test/unit/external_format/corpus.h"

namespace noderuntime::test {
namespace {

DecodeOptions foreign() { return {{Atom::of("me@here"), Creation{77}}}; }
EncodeOptions canonical() {
  EncodeOptions options{{Atom::of("me@here"), Creation{77}}};
  options.deterministic = options.version = true;
  return options;
}

// Decodes and encodes a term, pausing after each `budget` steps.
Result<Buffer> there_and_back(Bytes input, std::size_t budget) {
  Heap heap;
  if (input.empty() || input[0] != 131) return Error{Errc::bad_term, "version"};
  auto from = foreign();
  Decoder decoder{heap, input.subspan(1), from};
  for (;;) {
    auto whole = decoder.run(budget);
    if (!whole) return whole.error();
    if (*whole) break;
  }
  Segments out;
  auto how = canonical();
  Encoder encoder{out, decoder.term(), how};
  for (;;) {
    auto whole = encoder.run(budget);
    if (!whole) return whole.error();
    if (*whole) return out.flatten();
  }
}

}  // namespace

TEST_CASE("captured terms: canonical bytes survive decoding and encoding, in one go or in many",
          "[external_format]") {
  auto cases = corpus("canon");
  REQUIRE(cases.size() == 355);
  for (auto& found : cases) {
    INFO(found.name);
    auto bytes = corpus_file(found.name + ".etf");
    for (std::size_t budget : {std::size_t{1} << 40, std::size_t{1}, std::size_t{3}}) {
      auto again = there_and_back(bytes, budget);
      REQUIRE(again);
      CHECK(*again == bytes);
    }
  }
}

TEST_CASE("captured terms: other spellings give the canonical bytes", "[external_format]") {
  auto cases = corpus("alias");
  REQUIRE(cases.size() == 67);
  for (auto& found : cases) {
    INFO(found.name);
    auto again = there_and_back(corpus_file(found.name + ".etf"), 1000);
    if (!again) INFO(again.error().message());
    REQUIRE(again);
    CHECK(*again == corpus_file(found.name + ".canon.etf"));
  }
}

TEST_CASE("captured terms: what OTP refuses is refused", "[external_format]") {
  auto cases = corpus("invalid");
  REQUIRE(cases.size() == 59);
  for (auto& found : cases) {
    INFO(found.name);
    CHECK(!there_and_back(corpus_file(found.name + ".etf"), 1000));
  }
}

TEST_CASE("captured terms: native records of OTP 29 are carried, its local form is refused",
          "[external_format]") {
  for (std::string name : {"record_exported", "record_not_exported"}) {
    INFO(name);
    auto bytes = corpus_file("extra_otp29/" + name + ".etf");
    auto again = there_and_back(bytes, 1000);
    REQUIRE(again);
    CHECK(*again == bytes);
  }
  CHECK(!there_and_back(corpus_file("extra_otp29/local_ext.etf"), 1000));
}

TEST_CASE("captured terms: every truncation is refused", "[external_format]") {
  for (auto& found : corpus("canon")) {
    auto bytes = corpus_file(found.name + ".etf");
    if (bytes.size() > 400) continue;
    INFO(found.name);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      // A buffer of exactly this size, so that the address sanitizer sees a read beyond its end.
      Buffer exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE(!there_and_back(exact, 1000));
    }
  }
}

}  // namespace noderuntime::test
