// Claims about terms that are encoded and decoded at the pace of a process.
#include "test/unit/catch.h"

#include <algorithm>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/term/order.h"
#include "test/unit/paced_terms.h"
#include "test/unit/random_terms.h"

namespace noderuntime::test {
namespace {

const NodeIdentity self{Atom::of("me@here"), Creation{7}};
constexpr auto slice = PacedRun::usual_slice;
constexpr std::int64_t most_behind = 80'000;  // to inflate 64 KiB onto fresh pages is the longest

Buffer flat(const Pieces& pieces) {
  Buffer all;
  pieces.for_each([&](Bytes bytes) { append(all, bytes); });
  return all;
}

EncodeOptions versioned() {
  EncodeOptions options;
  options.self = self, options.version = true;
  return options;
}

// A long list of lists, funs and binaries, so that counts and sizes are filled in much later.
Term large(Heap& heap) {
  std::vector<std::uint8_t> bytes(100'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i / 7);
  RandomTerms random{heap, 5};
  std::vector<Term> elements;
  for (int i = 0; i < 300; ++i) elements.push_back(random.of(1000));
  for (int i = 0; i < 30; ++i) elements.push_back(make_binary(heap, bytes));
  elements.push_back(make_bitstring(heap, bytes.data(), 3, 8 * 90'000));
  elements.push_back(make_bitstring(heap, bytes.data(), 0, 8 * 90'000 - 3));
  return make_tuple(heap, {make_list(heap, elements), Term::nil()});
}

template <class Work>
void check(Work work) {
  check_paced(work, most_behind, 10);
}

}  // namespace

TEST_CASE("pace: a term is encoded in pieces to the bytes that it has at once, and counted without them",
          "[external_format]") {
  Heap heap;
  Term terms[] = {Term::nil(), large(heap)};
  for (Term term : terms) {
    auto expected = encode(term, versioned());
    REQUIRE(expected);
    PacedRun run{1};
    auto pieces = run([&] { return encode_in_pieces(term, versioned()); });
    REQUIRE((pieces && *pieces));
    CHECK((*pieces)->size() == expected->size());
    CHECK((flat(**pieces) == *expected));
    auto size = run([&] { return encoded_size(term, versioned()); });
    REQUIRE((size && *size));
    CHECK(**size == expected->size());
    Term binary = *run([&] { return make_binary(heap, std::move(**pieces)); });
    CHECK(std::ranges::equal(*aligned_bytes(binary), *expected));
  }
}

TEST_CASE("pace: binaries that are copied count as the work that they are", "[external_format]") {
  Heap heap;
  std::vector<Term> elements(10'000, make_binary(heap, std::string(1000, 'b')));
  Term term = make_list(heap, elements);
  Segments out;
  auto options = versioned();
  Encoder encoder{out, term, options};
  constexpr std::size_t steps = 1024;
  auto whole = encoder.run(steps);
  REQUIRE(whole);
  CHECK_FALSE(*whole);
  CHECK(out.size() < 2 * steps * Pace::copied_bytes);
}

TEST_CASE("pace: encoding and counting can be cancelled in each part", "[external_format]") {
  Heap heap;
  Term term = large(heap);
  auto before = held_memory.used();
  check([&](Heap& to) {
    return is_immediate(make_binary(to, std::move(*encode_in_pieces(term, versioned()))));
  });
  check([&](Heap&) { return *encoded_size(term, versioned()); });
  CHECK(held_memory.used() == before);
}

TEST_CASE("pace: a compressed term is written and read in parts, to the bytes that zlib gives at once",
          "[external_format]") {
  Heap heap;
  Term term = large(heap);
  auto plain = encode_in_pieces(term, versioned());
  REQUIRE(plain);
  for (int level : {1, 6, 9}) {
    auto expected = compressed(flat(*plain), level);
    REQUIRE(expected);
    PacedRun run{1};
    auto paced = run([&] { return compressed(*plain, level); });
    REQUIRE(paced);
    CHECK((flat(*paced) == *expected));
    CHECK(run.pauses() > plain->size() / 8192);
    Heap read;
    auto decoded = run([&] { return decode_with_version(read, *expected, {.self = self}); });
    REQUIRE((decoded && *decoded));
    CHECK(exactly_equal((*decoded)->term, term));
    CHECK((*decoded)->consumed == expected->size());
  }
  auto before = held_memory.used();
  auto bytes = *compressed(flat(*plain), 1);
  check([&](Heap&) { return compressed(*plain, 6).size(); });
  check([&](Heap& to) { return decode_with_version(to, bytes, {.self = self}).ok(); });
  CHECK(held_memory.used() == before);
}

TEST_CASE("pace: what does not become shorter is given as it is", "[external_format]") {
  Heap heap;
  auto plain = encode_in_pieces(Term::atom(atoms::ok), versioned());
  REQUIRE(plain);
  CHECK(compressed(*plain, 9).empty());
  std::mt19937_64 random{1};
  std::vector<std::uint8_t> bytes(300'000);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  auto noise = encode_in_pieces(make_binary(heap, bytes), versioned());
  REQUIRE(noise);
  CHECK(compressed(*noise, 6).empty());
}

TEST_CASE("pace: a long list and a large map are decoded in parts", "[external_format]") {
  Heap heap;
  std::vector<Term> elements(300'000, Term::small(1000));
  std::vector<map::Entry> entries;
  for (std::int64_t i = 0; i < 50'000; ++i) entries.push_back({Term::small(i), Term::nil()});
  Term term =
      make_tuple(heap, {make_list(heap, elements, Term::small(1)), *map::from_entries(heap, entries)});
  auto bytes = encode(term, versioned());
  REQUIRE(bytes);
  check([&](Heap& to) { return exactly_equal(decode_with_version(to, *bytes, {.self = self})->term, term); });
  for (std::size_t budget : {std::size_t{1}, std::size_t{1023}, ~std::size_t{0}}) {
    Heap to;
    DecodeOptions options{.self = self};
    Decoder decoder{to, Bytes{*bytes}.subspan(1), options};
    for (auto whole = decoder.run(budget); !*whole; whole = decoder.run(budget)) {}
    CHECK(exactly_equal(decoder.term(), term));
  }
}

}  // namespace noderuntime::test
