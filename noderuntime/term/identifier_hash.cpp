// Hashes of atoms, pids and references for tables.
#include <noderuntime/pid.h>
#include "common/entropy/keyed_hash.h"
#include "noderuntime/term/layout.h"

using namespace noderuntime;

namespace {

std::uint64_t hash_of(const NodeIdentity& node) {
  return std::uint64_t{index_of(node.name)} << 32 | node.creation.value();
}

}  // namespace

std::size_t std::hash<Atom>::operator()(Atom atom) const { return keyed_hash::of_word(index_of(atom)); }

std::size_t std::hash<Pid>::operator()(const Pid& pid) const {
  return keyed_hash::of_words(std::uint64_t{pid.serial} << 32 | pid.id, hash_of(pid.node));
}

// Words beyond `count` are zero.
std::size_t std::hash<Reference>::operator()(const Reference& reference) const {
  auto& keys = keyed_hash::keys();
  auto& words = reference.words;
  auto hash = keyed_hash::mix(keys, keys.start, hash_of(reference.node));
  hash = keyed_hash::mix(keys, hash, std::uint64_t{words[1]} << 32 | words[0]);
  hash = keyed_hash::mix(keys, hash, std::uint64_t{words[3]} << 32 | words[2]);
  hash = keyed_hash::mix(keys, hash, std::uint64_t{reference.count} << 32 | words[4]);
  return keyed_hash::finish(keys, hash);
}
