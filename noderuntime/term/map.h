// Maps: a sorted flat map up to 32 keys, a hash trie above. A map is never changed in place.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime::map {

struct Entry {
  Term key, value;
};

Term empty(Heap&);
std::size_t size(Term map);
const Term* find(Term map, Term key);  // where the value is; null: no such key
inline std::optional<Term> get(Term map, Term key) {
  const Term* value = find(map, key);
  return value ? std::optional{*value} : std::nullopt;
}
Term put(Heap&, Term map, Term key, Term value);                    // `map` itself if nothing changes
std::optional<Term> update(Heap&, Term map, Term key, Term value);  // nullopt: no such key
Term remove(Heap&, Term map, Term key);                             // `map` itself if there is no such key
Term merge(Heap&, Term map, Term over);                             // entries of `over` win

enum class Duplicates { refuse, last_wins };
// Reorders `entries`. nullopt: a key occurs twice, with Duplicates::refuse.
std::optional<Term> from_entries(Heap&, std::span<Entry> entries, Duplicates = Duplicates::last_wins);
// As from_entries(), without a copy: begin() gives room for `count` pairs, to be filled with key, value, key,
// value …, then finish() takes the same count. Until then nothing else may look at the room.
Term* begin(Heap& heap, std::size_t count);
std::optional<Term> finish(Heap& heap, Term* pairs, std::size_t count, Duplicates duplicates);

// Visits all entries: of a flat map in the order of keys, of a trie in an order that
// depends only on the keys.
class Iterator {
 public:
  // A place between two entries as plain numbers, for iterators that are terms. An Iterator that starts at
  // the position of another one, over an equal map, continues it.
  struct Position {
    std::uint64_t path = 0;
    std::uint32_t twin = 0;
  };

  explicit Iterator(Term map) : Iterator{map, {}} {}
  Iterator(Term map, Position position);
  bool next(Entry& entry);  // false: no more
  Position position() const;

 private:
  struct Level {
    const TrieNode* node;
    std::uint32_t next, size;
  };
  static constexpr int max_levels = 17;  // 16 times 4 bits of hash, and a node of collisions
  void descend_to(Position position);

  const FlatMap* flat_ = nullptr;
  std::size_t next_ = 0, size_ = 0;  // in a flat map
  int depth_ = -1;                   // in a trie
  std::array<Level, max_levels> levels_;
};

// All entries in the order of keys.
std::vector<Entry> sorted(Term map);

}  // namespace noderuntime::map
