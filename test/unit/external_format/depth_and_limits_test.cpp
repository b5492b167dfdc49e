// Claims that no input takes more stack, memory or atoms than its size justifies.
#include "test/unit/catch.h"

#include <algorithm>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "test/unit/external_format/corpus.h"

namespace noderuntime::test {
namespace {

const NodeIdentity me{Atom::of("me@here"), Creation{77}};

Buffer repeated(const Buffer& part, std::size_t times, const Buffer& last) {
  Buffer all;
  for (std::size_t i = 0; i < times; ++i) append(all, part);
  append(all, last);
  return all;
}

struct DeepTerm {
  std::string name;
  Buffer bytes;
};  // `bytes` without the version byte

// Terms of each type that are nested a million levels deep; maps and pairs a hundred thousand.
std::vector<DeepTerm> deep_terms() {
  constexpr std::size_t depth = 1'000'000, less = depth / 10;
  auto closed = [](const Buffer& part, std::size_t times) {
    Buffer all = repeated(part, times, Buffer(1 + times, 106));
    return all;
  };
  return {{"tuples", repeated({104, 1}, depth, {106})},
          {"lists", closed({108, 0, 0, 0, 1}, depth)},
          {"lists as tails", repeated({108, 0, 0, 0, 1, 97, 1}, depth, {106})},
          {"pairs", closed({104, 2}, less)},
          {"maps as values", repeated({116, 0, 0, 0, 1, 97, 1}, less, {106})},
          {"maps as keys", closed({116, 0, 0, 0, 1}, less)}};
}

}  // namespace

TEST_CASE("depth: a million levels are decoded, copied, compared, hashed, printed, read, encoded and freed",
          "[external_format]") {
  for (auto& [name, bytes] : deep_terms()) {
    INFO(name);
    Heap heap;
    auto decoded = decode(heap, bytes, {me});
    REQUIRE(decoded);
    CHECK(decoded->consumed == bytes.size());
    auto copied = OwnedTerm::copy_of(decoded->term);
    CHECK(compare(decoded->term, copied.term()) == 0);
    CHECK(compare_keys(decoded->term, copied.term()) == 0);
    CHECK(exactly_equal(decoded->term, copied.term()));
    CHECK(internal_hash(decoded->term) == internal_hash(copied.term()));
    auto encoded = encode(copied.term(), {me});
    REQUIRE(encoded);
    if (name != "lists as tails") CHECK(*encoded == bytes);
    auto text = to_text(decoded->term);
    auto parsed = parse_text(text);
    REQUIRE(parsed);
    CHECK(exactly_equal(parsed->term(), decoded->term));
  }
}

TEST_CASE("depth: large maps as keys of large maps are compared and hashed in linear time",
          "[external_format]") {
  // Each map has 33 pairs, and its last key is the next map. The innermost map has the key `innermost`
  // instead.
  auto nested = [](std::size_t depth, Byte innermost) {
    Buffer all;
    for (std::size_t i = 0; i < depth; ++i) append(all, Buffer{116, 0, 0, 0, 33});
    append(all, Buffer{97, innermost, 106});
    for (std::size_t i = 0; i < depth; ++i) {
      for (Byte key = 0; key < 32; ++key) append(all, Buffer{97, key, 106});
      if (i + 1 < depth) all.push_back(106);
    }
    return all;
  };
  Heap heap;
  auto a = decode(heap, nested(3000, 100), {me}), b = decode(heap, nested(3000, 101), {me});
  REQUIRE(a);
  REQUIRE(b);
  CHECK(compare(a->term, b->term) < 0);
  CHECK(compare(b->term, a->term) > 0);
  CHECK(compare(a->term, a->term) == 0);
  CHECK(!exactly_equal(a->term, b->term));
  CHECK(internal_hash(a->term) != internal_hash(b->term));
}

TEST_CASE("lists of bytes: the form depends on the whole list, whatever its length", "[external_format]") {
  for (std::size_t length : {1, 28, 29, 30, 61, 62, 4000, 65535, 65536, 70000}) {
    for (Term last : {Term::small(255), Term::small(256), Term::small(-1)})
      for (Term tail : {Term::nil(), Term::small(1)}) {
        Heap heap;
        std::vector<Term> elements(length, Term::small(7));
        elements.back() = last;
        Term list = make_tuple(heap, {make_list(heap, elements, tail), Term::small(3)});
        auto bytes = encode(list, {me});
        REQUIRE(bytes);
        bool string = last == Term::small(255) && tail.is_nil() && length <= 65535;
        CHECK((*bytes)[2] == (string ? 107 : 108));
        CHECK(exactly_equal(decode(heap, *bytes, {me})->term, list));
      }
  }
}

TEST_CASE("limits: the depth is bounded if asked for", "[external_format]") {
  Heap heap;
  DecodeOptions options{me};
  options.max_depth = 100;
  auto bytes = repeated({104, 2, 106}, 1000, {106});
  Buffer pairs = repeated({104, 2}, 1000, Buffer(1001, 106));
  CHECK(decode(heap, bytes, options));
  CHECK(decode(heap, pairs, options).error().code == Errc::too_deep);
}

TEST_CASE("limits: announced sizes cost nothing", "[external_format]") {
  for (Buffer start :
       {Buffer{105, 255, 255, 255, 255}, Buffer{108, 255, 255, 255, 255}, Buffer{116, 255, 255, 255, 255},
        Buffer{109, 255, 255, 255, 255}, Buffer{111, 255, 255, 255, 255, 0}, Buffer{104, 255},
        Buffer{67, 255, 255, 255, 255, 0, 119, 1, 'a', 119, 1, 'b'}}) {
    start.resize(start.size() + 50, 106);
    Heap heap{100};
    auto decoded = decode(heap, start, {me});
    REQUIRE(!decoded);
    CHECK(decoded.error().code == Errc::bad_term);
    CHECK(heap.used_words() <= 1);
  }
  // The header of each level announces 8192 elements.
  for (Byte tag : {Byte{105}, Byte{108}, Byte{116}}) {
    Buffer greedy;
    for (std::size_t i = 0; i < 20000; ++i) append(greedy, Buffer{tag, 0, 0, 0x20, 0});
    Heap heap{std::size_t{8} * greedy.size()};
    CHECK(decode(heap, greedy, {me}).error().code == Errc::bad_term);
  }
}

TEST_CASE("limits: a term that exceeds the heap's limit throws", "[external_format]") {
  Heap heap{1000};
  Buffer bytes{105, 0, 0, 4, 0};
  bytes.resize(5 + 1024, 106);
  CHECK_THROWS_AS(decode(heap, bytes, {me}), HeapLimitExceeded);
}

TEST_CASE("limits: a compressed term grows only as far as it said", "[external_format]") {
  auto bytes = corpus_file("356_alias_compressed1_zeros.etf");
  Heap heap;
  DecodeOptions options{me};
  options.max_inflated = 10004;
  CHECK(decode_with_version(heap, bytes, options).error().code == Errc::too_large);
  options.max_inflated = 0;
  CHECK(decode_with_version(heap, bytes, options).error().code == Errc::bad_term);
  options.max_inflated = 10005;
  auto decoded = decode_with_version(heap, bytes, options);
  REQUIRE(decoded);
  CHECK(decoded->consumed == bytes.size());
}

TEST_CASE("limits: new atoms are counted, known ones are free", "[external_format]") {
  Heap heap;
  AtomAllowance allowance{1};
  DecodeOptions options{me, &allowance};
  Buffer two{104, 2, 119, 4, 'n', 'e', 'w', '1', 119, 2, 'o', 'k'};
  CHECK(decode(heap, two, options));
  CHECK(decode(heap, two, options));
  Buffer another{119, 4, 'n', 'e', 'w', '2'};
  CHECK(decode(heap, another, options).error().code == Errc::too_many_atoms);
}

TEST_CASE("identity: our own identifiers become local, and are written as they came", "[external_format]") {
  Buffer pid{88, 119, 7, 'm', 'e', '@', 'h', 'e', 'r', 'e', 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 77};
  Buffer reference{90, 0,  3, 119, 7, 'm', 'e', '@', 'h', 'e', 'r', 'e', 0, 0,
                   0,  77, 0, 0,   0, 1,   0,   0,   0,   2,   0,   0,   0, 3};
  Heap heap;
  auto decoded_pid = decode(heap, pid, {me}), decoded_reference = decode(heap, reference, {me});
  CHECK(decoded_pid->term == local_pid(5, 2));
  CHECK(is_kind(decoded_reference->term, Kind::reference));
  CHECK(*encode(decoded_pid->term, {me}) == pid);
  CHECK(*encode(decoded_reference->term, {me}) == reference);
  pid.back() = 76, reference[15] = 76;
  decoded_pid = decode(heap, pid, {me}), decoded_reference = decode(heap, reference, {me});
  CHECK(is_kind(decoded_pid->term, Kind::external_pid));
  CHECK(is_kind(decoded_reference->term, Kind::external_reference));
  CHECK(*encode(decoded_pid->term, {me}) == pid);
  CHECK(*encode(decoded_reference->term, {me}) == reference);
}

TEST_CASE("atom cache: references are read from the table and written by number", "[external_format]") {
  std::vector<Atom> table{Atom::of("ok"), Atom::of("x@y")};
  DecodeOptions options{me};
  options.cached_atoms = table;
  Buffer bytes{104, 3, 82, 0, 119, 5, 'o', 't', 'h', 'e', 'r', 88, 82, 1, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 1};
  Heap heap;
  auto decoded = decode(heap, bytes, options);
  REQUIRE(decoded);
  CHECK(to_text(decoded->term) == "{ok,other,<x@y.5.2>}");
  struct Numbers final : AtomNumbers {
    int number(Atom atom) override { return atom == Atom::of("ok") ? 0 : atom == Atom::of("x@y") ? 1 : -1; }
  } numbers;
  EncodeOptions encode_options{me};
  encode_options.atoms = &numbers;
  CHECK(*encode(decoded->term, encode_options) == bytes);
  bytes[3] = 2;
  CHECK(!decode(heap, bytes, options));
}

TEST_CASE("binaries: a slice of the input is kept only if it fills half of it", "[external_format]") {
  for (auto [size, kept] : {std::pair{60, false}, {65, false}, {400, true}}) {
    auto* owner = RefcBinary::create(600);
    owner->used = 600;
    Buffer bytes{109, 0, 0, static_cast<Byte>(size >> 8), static_cast<Byte>(size)};
    append(bytes, Buffer(static_cast<std::size_t>(size), 'x'));
    std::copy(bytes.begin(), bytes.end(), owner->data + 10);
    {
      Heap heap;
      DecodeOptions options{me};
      options.input_owner = owner;
      auto decoded = decode(heap, {owner->data + 10, bytes.size()}, options);
      REQUIRE(decoded);
      CHECK((owner->count == 2) == kept);
      CHECK(*encode(decoded->term, {me}) == bytes);
    }
    CHECK(owner->count == 1);
    RefcBinary::release(owner);
  }
}

TEST_CASE("binaries: long ones are sent without a copy, in the right places", "[external_format]") {
  Heap heap;
  std::vector<std::uint8_t> bytes(1000, 'x');
  Term binary = make_binary(heap, bytes), shorter = make_binary(heap, std::span{bytes}.first(99));
  Term term = make_list(heap, {binary, Term::small(1), make_tuple(heap, {binary, shorter}), binary});
  EncodeOptions options{me};
  auto whole = encode(term, options);
  options.keep_from = 100;
  options.version = true;
  Segments out;
  out.own() = {1, 2, 3};
  Encoder encoder{out, term, options};
  while (true) {
    auto finished = encoder.run(1);
    REQUIRE(finished);
    if (*finished) break;
  }
  CHECK(out.kept().size() == 3);
  CHECK(box_as<SubBinary>(binary)->bytes->count == 4);
  Buffer expected{1, 2, 3, 131};
  append(expected, *whole);
  CHECK(out.flatten() == expected);
  CHECK(out.size() == expected.size());
  out.clear();
  CHECK(box_as<SubBinary>(binary)->bytes->count == 1);
}

}  // namespace noderuntime::test
