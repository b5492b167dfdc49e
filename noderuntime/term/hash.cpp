#include "noderuntime/term/hash.h"

#include <algorithm>
#include <array>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/pieces.h"
#include "noderuntime/term/visit.h"

namespace noderuntime {
namespace {

using keyed_hash::Keys;
using keyed_hash::mix;

constexpr std::size_t hashed_bytes = 16;  // in a step

std::uint64_t hash_bits(const Keys& keys, std::uint64_t hash, const BitView& view) {
  constexpr std::size_t piece = 2048;
  hash = mix(keys, hash, view.bit_size);
  bool aligned = view.bit_offset % 8 == 0 && view.whole_bytes();
  for (std::uint64_t at = 0; at == 0 || at < view.bit_size; at += 8 * piece) {
    auto count = std::min<std::uint64_t>(view.bit_size - at, 8 * piece);
    std::size_t size = (count + 7) / 8;
    if (aligned) {
      hash = keyed_hash::of_bytes(keys, hash, view.data + (view.bit_offset + at) / 8, size);
    } else {
      std::array<std::uint8_t, piece> moved;
      bits::copy_to_front(view.data, view.bit_offset + at, moved.data(), count);
      hash = keyed_hash::of_bytes(keys, hash, moved.data(), size);
    }
    pace.spend(static_cast<std::int64_t>(size / hashed_bytes));
  }
  return hash;
}

// A trie map is hashed as one word, its own hash, which it caches: so keys that contain maps stay cheap.
struct Frame {
  TermRange range;
  TrieMap* map;
  std::uint64_t outer;
};

class Walk {
 public:
  std::uint64_t run(Term root) {
    range_ = {&root, 1};
    for (;;) {
      while (range_.count > 0) {
        Term term = *range_.first;
        ++range_.first, --range_.count;
        rounds_.next();
        visit(term);
      }
      if (open_.empty()) return keyed_hash::finish(keys_, hash_);
      Frame frame = open_.pop();
      range_ = frame.range;
      if (frame.map) {
        frame.map->hash = hash_ == 0 ? 1 : hash_;
        hash_ = mix(keys_, frame.outer, frame.map->hash);
      }
    }
  }

 private:
  void then(TermRange inner) {
    if (inner.count == 0) return;
    if (range_.count > 0) open_.push({range_, nullptr, 0});
    range_ = inner;
  }

  void add(std::uint64_t word) { hash_ = mix(keys_, hash_, word); }

  void visit(Term term) {
    if (is_immediate(term)) return add(word_of(term));
    if (term.is_cons()) return add(1), then({cell_of(term), 2});
    if (term.is_bitstring()) return add(2), static_cast<void>(hash_ = hash_bits(keys_, hash_, bits_of(term)));
    add(*box_of(term));
    switch (kind_of(term)) {
      case Kind::trie_map: return visit_trie(box_as<TrieMap>(term));
      case Kind::fun:
        add(box_as<FunObject>(term)->index);
        hash_ = keyed_hash::of_bytes(keys_, hash_, box_as<FunObject>(term)->uniq, sizeof FunObject::uniq);
        return then(terms_in(box_of(term)));
      case Kind::trie_node: add(box_as<TrieNode>(term)->present); return then(terms_in(box_of(term)));
      case Kind::tuple:
      case Kind::flat_map:
      case Kind::record: return then(terms_in(box_of(term)));
      case Kind::external_reference: return visit_reference(box_as<ExternalReference>(term));
      case Kind::positive_integer:
      case Kind::negative_integer:
      case Kind::floating:
      case Kind::external_pid:
      case Kind::external_port:
        for (std::size_t i = 0; i < box_size(term); ++i) rounds_.next(), add(box_of(term)[1 + i]);
        return;
      case Kind::reference:
      case Kind::magic_reference:
        for (auto word : std::span{local_reference_words(term), 3}) add(word);
        return;
      case Kind::export_fun: add(box_of(term)[1]), add(box_of(term)[2]), add(box_of(term)[3]); return;
      case Kind::binary:
      case Kind::slice:
      case Kind::match_context: return;
    }
  }

  // Words that a reference does not have count as zero.
  void visit_reference(const ExternalReference* reference) {
    add(word_of(reference->node)), add(reference->creation);
    for (std::size_t i = 0; i < reference->count; ++i)
      if (reference->words[i] != 0) add(std::uint64_t{reference->words[i]} << 8 | i);
  }

  void visit_trie(TrieMap* map) {
    if (map->hash != 0) return add(map->hash);
    open_.push({range_, map, hash_});
    hash_ = mix(keys_, keys_.start, map->count);
    range_ = {&map->root, 1};
  }

  const Keys& keys_ = keyed_hash::keys();
  std::uint64_t hash_ = keys_.start;
  TermRange range_{};
  FrameStack<Frame, 8> open_;
  Rounds rounds_;
};

}  // namespace

std::uint64_t internal_hash(Term term) {
  const Keys& keys = keyed_hash::keys();
  if (is_immediate(term)) return keyed_hash::of_word(keys, word_of(term));
  if (is_kind(term, Kind::binary) && box_as<HeapBinary>(term)->bit_size % 8 == 0) {
    auto bit_size = box_as<HeapBinary>(term)->bit_size;
    auto begin = mix(keys, mix(keys, keys.start, 2), bit_size);
    return keyed_hash::of_bytes(keys, begin, box_as<HeapBinary>(term)->data, bit_size / 8);
  }
  if (term.is_bitstring()) return hash_bits(keys, mix(keys, keys.start, 2), bits_of(term));
  return Walk{}.run(term);
}

}  // namespace noderuntime
