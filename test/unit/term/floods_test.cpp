// Claims about keys that an attacker has chosen to collide under hashes without a secret key, and about keys
// that are bad for simple hashes: a look-up in each table still visits a few places only.
#include "test/unit/catch.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <unordered_map>

#include <noderuntime/pid.h>
#include "noderuntime/term/atom_probes.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/map.h"
#include "test/unit/buckets.h"

using namespace noderuntime;

namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u, other = 0xA0761D6478BD642Fu;
constexpr std::size_t many = 3000;

// A hash of texts without a secret key, for which an attacker can compute collisions.
std::uint64_t known_hash_of_text(std::string_view text) {
  auto load = [&](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
  };
  REQUIRE(text.size() >= 8);
  std::uint64_t hash = text.size();
  std::size_t at = 0;
  for (; text.size() - at > 8; at += 8) hash = (hash ^ load(at)) * golden, hash ^= hash >> 32;
  hash = (hash ^ load(text.size() - 8)) * golden;
  return hash ^ hash >> 29;
}

// Hashes of identifiers without a secret key.
std::uint64_t known_hash_of(const Pid& pid) {
  std::uint64_t mixed = (std::uint64_t{pid.serial} << 32 | pid.id) * golden;
  return mixed ^ (std::uint64_t{index_of(pid.node.name)} << 32) ^ pid.node.creation.value() ^ mixed >> 29;
}
std::uint64_t known_hash_of(const Reference& reference) {
  std::uint64_t mixed = index_of(reference.node.name);
  for (auto word : reference.words) mixed = (mixed ^ word) * golden, mixed ^= mixed >> 31;
  return mixed;
}

// `count` keys of those that `make` returns, all in one bucket under the hash without a secret key.
template <class Make>
auto colliding(std::size_t count, Make make) {
  std::vector<decltype(make(0))> keys;
  std::unordered_map<int, int> sized;
  sized.reserve(count);
  for (std::uint64_t i = 0; keys.size() < count; ++i)
    if (auto key = make(i); known_hash_of(key) % sized.bucket_count() == 7) keys.push_back(key);
  return keys;
}

template <class Key>
void check_identifiers(const std::vector<Key>& collide, const std::vector<Key>& generic) {
  auto known = [](const Key& key) { return known_hash_of(key); };
  CHECK(test::longest_bucket(collide, known) == collide.size());
  CHECK(test::longest_bucket(collide, std::hash<Key>{}) <= test::usual_bucket);
  CHECK(test::longest_bucket(generic, std::hash<Key>{}) <= test::usual_bucket);
}

// Sixteen bytes; for every `i` their hash is the same under a hash without a secret key that folds word after
// word.
std::string sixteen_bytes(std::uint64_t i) {
  auto mix = [](std::uint64_t hash, std::uint64_t word) {
    auto product = static_cast<unsigned __int128>(hash ^ word) * other;
    return (static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64)) + golden;
  };
  std::uint64_t words[2] = {i, mix(mix(mix(0, 2), 128), i) ^ 4711};
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), words, sizeof words);
  return bytes;
}

}  // namespace

TEST_CASE("floods: atoms that met in one place of the table are found in a few steps", "[term]") {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; texts.size() < 1000; ++i) {
    auto text = "flood_of_atoms_" + std::to_string(i);
    if (known_hash_of_text(text) % 4096 == 7) texts.push_back(text);
  }
  for (const auto& text : texts) REQUIRE(Atom::intern(text));
  std::size_t all = 0, most = 0;
  for (const auto& text : texts) {
    all += atom_probes(text);
    most = std::max(most, atom_probes(text));
  }
  CHECK(all <= 3 * texts.size());
  CHECK(most <= 64);
}

TEST_CASE("floods: pids and references chosen to collide do not share a bucket", "[term]") {
  NodeIdentity peer{Atom::of("a@b"), Creation{5}};
  auto pid = [&](std::uint64_t i) {
    return Pid{peer, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32)};
  };
  std::vector<Pid> pids;
  for (std::uint64_t i = 0; i < many; ++i) pids.push_back(pid(i << 20));
  check_identifiers(colliding(500, pid), pids);

  auto reference = [&](std::uint64_t i) {
    return Reference{peer, 3, {1, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32)}};
  };
  std::vector<Reference> references;
  for (std::uint64_t i = 0; i < many; ++i) references.push_back(reference(i << 16));
  check_identifiers(colliding(500, reference), references);
}

TEST_CASE("floods: atoms as keys spread over the buckets of a table", "[term]") {
  std::vector<Atom> atoms;
  for (std::size_t i = 0; i < many; ++i) atoms.push_back(Atom::of("key_" + std::to_string(i)));
  CHECK(test::longest_bucket(atoms, std::hash<Atom>{}) <= test::usual_bucket);
}

TEST_CASE("floods: terms chosen to have one hash have many", "[term]") {
  Heap heap;
  std::vector<Term> keys;
  for (std::uint64_t i = 0; i < many; ++i) keys.push_back(make_binary(heap, sixteen_bytes(i)));
  std::set<std::uint64_t> hashes, low, high;
  for (Term key : keys) {
    hashes.insert(internal_hash(key));
    low.insert(internal_hash(key) & 0xFFFF);
    high.insert(internal_hash(key) >> 48);
  }
  CHECK(hashes.size() == keys.size());
  // 3,000 random numbers below 65,536 have about 2,930 different values.
  CHECK(low.size() > many * 9 / 10);
  CHECK(high.size() > many * 9 / 10);
}

TEST_CASE("floods: small integers, lists and tuples spread over all bits", "[term]") {
  Heap heap;
  std::vector<std::vector<Term>> kinds(5);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(many); ++i) {
    kinds[0].push_back(Term::small(i));
    kinds[1].push_back(Term::small(i << 40));
    kinds[2].push_back(make_tuple(heap, {Term::small(i), Term::small(-i)}));
    kinds[3].push_back(make_list(heap, {Term::small(i), Term::small(i)}));
    kinds[4].push_back(make_float(heap, static_cast<double>(i)));
  }
  for (const auto& keys : kinds) {
    std::set<std::uint64_t> low, high;
    for (Term key : keys) low.insert(internal_hash(key) & 0xFFFF), high.insert(internal_hash(key) >> 48);
    CHECK(low.size() > many * 9 / 10);
    CHECK(high.size() > many * 9 / 10);
  }
}

TEST_CASE("floods: a map of keys chosen to collide has no two that do", "[term]") {
  Heap heap;
  std::vector<map::Entry> entries;
  for (std::uint64_t i = 0; i < many; ++i)
    entries.push_back({make_binary(heap, sixteen_bytes(i)), Term::small(1)});
  auto made = map::from_entries(heap, entries);
  REQUIRE(made);
  map::Iterator iterator{*made};
  std::uint32_t twins = 0;
  std::size_t count = 0;
  for (map::Entry entry; iterator.next(entry); ++count)
    if (count + 1 < many) twins = std::max(twins, iterator.position().twin);  // no position follows the last
  CHECK(count == many);
  CHECK(twins == 0);
}
