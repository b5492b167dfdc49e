#include "noderuntime/term/map.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "common/wire/endian.h"
#include "noderuntime/term/apart.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pieces.h"
#include "noderuntime/term/scratch.h"

namespace noderuntime::map {
namespace {

constexpr std::size_t max_flat = FlatMap::max_pairs;
constexpr int hash_levels = 16;
constexpr std::int64_t hash_steps = 8, miss_steps = 16;  // of a short key; of a word that is in no cache

unsigned nibble(std::uint64_t hash, int level) {
  return static_cast<unsigned>(hash >> (60 - 4 * level)) & 15;
}

std::size_t flat_size(const FlatMap* map) { return header_size(map->header) - 1; }
const Term* flat_keys(const FlatMap* map) { return elements_of(map->keys); }

FlatMap* new_flat(Heap& heap, Term keys, std::size_t count) {
  Word* box = heap.allocate(2 + count);
  box[0] = box_header(Kind::flat_map, 1 + count);
  auto* map = reinterpret_cast<FlatMap*>(box);
  map->keys = keys;
  return map;
}

Term boxed(const void* object) { return box_at(static_cast<const Word*>(object)); }

// Writes a flat map of `count` entries, which are sorted and distinct, to 3 + 2 * count words.
Term lay_flat(Word* words, const Entry* entries, std::size_t count) {
  auto* map = reinterpret_cast<FlatMap*>(words);
  Word* tuple = words + 2 + count;
  map->header = box_header(Kind::flat_map, 1 + count);
  map->keys = box_at(tuple);
  *tuple = box_header(Kind::tuple, count);
  for (std::size_t i = 0; i < count; ++i) {
    map->values[i] = entries[i].value;
    reinterpret_cast<Term*>(tuple + 1)[i] = entries[i].key;
  }
  return boxed(map);
}

// As lay_flat(), for sorted pairs that lie where begin() put them.
Term lay_flat_in_place(Term* pairs, std::size_t count) {
  std::array<Term, max_flat> keys;
  for (std::size_t i = 0; i < count; ++i) keys[i] = apart(pairs[2 * i]);
  Word* words = reinterpret_cast<Word*>(pairs) - 3;
  auto* map = reinterpret_cast<FlatMap*>(words);
  for (std::size_t i = 0; i < count; ++i) map->values[i] = apart(pairs[2 * i + 1]);
  Word* tuple = words + 2 + count;
  *tuple = box_header(Kind::tuple, count);
  for (std::size_t i = 0; i < count; ++i) reinterpret_cast<Term*>(tuple + 1)[i] = apart(keys[i]);
  map->header = box_header(Kind::flat_map, 1 + count);
  map->keys = box_at(tuple);
  return boxed(map);
}

Term flat_from_sorted(Heap& heap, const Entry* entries, std::size_t count) {
  return lay_flat(heap.allocate(3 + 2 * count), entries, count);
}

std::size_t flat_index(const FlatMap* map, Term key) {
  const Term* keys = flat_keys(map);
  std::size_t count = flat_size(map), i = 0;
  if (is_immediate(key))
    while (i < count && keys[i] != key) ++i;
  else
    while (i < count && !exactly_equal(keys[i], key)) ++i;
  return i;
}

// compare_keys(), with a short cut for the most frequent keys: binaries that differ in their first bytes.
int key_order(Term a, Term b) {
  constexpr std::size_t with_bytes = 2;
  if (is_kind(a, Kind::binary) && is_kind(b, Kind::binary) && box_size(a) >= with_bytes &&
      box_size(b) >= with_bytes) {
    auto head = [](Term binary) { return load_big_endian<std::uint64_t>(box_as<HeapBinary>(binary)->data); };
    auto x = head(a), y = head(b);  // zeros behind the end: a prefix comes first
    if (x != y) return x < y ? -1 : 1;
  }
  return compare_keys(a, b);
}

// Whether the keys are in strictly ascending order.
bool is_sorted(const Term* pairs, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i)
    if (key_order(apart(pairs[2 * i - 2]), apart(pairs[2 * i])) >= 0) return false;
  return true;
}

// Sorts, and of equal keys keeps the last. Returns how many are left. Linear for sorted entries.
std::size_t sort_distinct(std::span<Entry> entries) {
  std::size_t count = 0;
  for (Entry entry : entries) {
    std::size_t at = count;
    int order = -1;
    while (at > 0 && (order = key_order(entries[at - 1].key, entry.key)) > 0) --at;
    if (at > 0 && order == 0) {
      entries[at - 1] = entry;
      continue;
    }
    for (std::size_t i = count; i > at; --i) entries[i] = entries[i - 1];
    entries[at] = entry;
    ++count;
  }
  return count;
}

std::optional<Term> flat_from_entries(Heap& heap, std::span<Entry> entries, Duplicates duplicates) {
  std::size_t count = sort_distinct(entries);
  if (count < entries.size() && duplicates == Duplicates::refuse) return std::nullopt;
  return flat_from_sorted(heap, entries.data(), count);
}

// --- hash tries

TrieNode* new_node(Heap& heap, Word present, std::size_t children) {
  Word* box = heap.allocate(2 + children);
  box[0] = box_header(Kind::trie_node, 1 + children);
  auto* node = reinterpret_cast<TrieNode*>(box);
  node->present = present;
  return node;
}

Term new_trie(Heap& heap, std::size_t count, Term root) {
  Word* box = heap.allocate(sizeof(TrieMap) / sizeof(Word));
  auto* map = reinterpret_cast<TrieMap*>(box);
  map->header = box_header(Kind::trie_map, sizeof(TrieMap) / sizeof(Word) - 1);
  map->count = count, map->hash = 0, map->root = root;
  return boxed(map);
}

std::size_t children_of(const TrieNode* node) { return header_size(node->header) - 1; }
std::size_t child_index(const TrieNode* node, unsigned bit) {
  return static_cast<std::size_t>(std::popcount(node->present & ((Word{1} << bit) - 1)));
}
bool has_child(const TrieNode* node, unsigned bit) { return node->present >> bit & 1; }
TrieNode* as_node(Term term) { return box_as<TrieNode>(term); }

Term node_with(Heap& heap, const TrieNode* node, std::size_t index, Term child) {
  auto* changed = new_node(heap, node->present, children_of(node));
  std::copy_n(node->children, children_of(node), changed->children);
  changed->children[index] = child;
  return boxed(changed);
}

Term node_inserting(Heap& heap, const TrieNode* node, Word present, std::size_t index, Term child) {
  std::size_t count = children_of(node);
  auto* changed = new_node(heap, present, count + 1);
  std::copy_n(node->children, index, changed->children);
  changed->children[index] = child;
  std::copy_n(node->children + index, count - index, changed->children + index + 1);
  return boxed(changed);
}

Term node_without(Heap& heap, const TrieNode* node, Word present, std::size_t index) {
  std::size_t count = children_of(node);
  auto* changed = new_node(heap, present, count - 1);
  std::copy_n(node->children, index, changed->children);
  std::copy_n(node->children + index + 1, count - index - 1, changed->children + index);
  return boxed(changed);
}

// The place of `key` among the children of a collision node, or the place to insert it at.
struct Found {
  std::size_t index;
  bool equal;
};
Found find_twin(const TrieNode* node, Term key) {
  std::size_t i = 0, count = children_of(node);
  for (; i < count; ++i) {
    int order = compare_keys(node->children[i].head(), key);
    if (order >= 0) return {i, order == 0};
  }
  return {i, false};
}

// The nodes from the root to the place of a key, whether the key is there or not.
struct Path {
  struct Step {
    const TrieNode* node;
    std::size_t index;
  };
  std::array<Step, hash_levels + 1> steps;
  int depth = 0;        // steps above the end
  const TrieNode* end;  // the last node
  bool is_there;        // end has a child at `index`
  std::size_t index;
  Term child;  // if is_there: a cell, with this key or another one

  Path(Term map, Term key, std::uint64_t hash) {
    for (end = as_node(box_as<TrieMap>(map)->root);; end = as_node(child)) {
      if (end->present == 0) {
        auto found = find_twin(end, key);
        index = found.index, is_there = found.equal;
      } else {
        index = child_index(end, nibble(hash, depth));
        is_there = has_child(end, nibble(hash, depth));
      }
      if (!is_there) return;
      child = end->children[index];
      if (child.is_cons()) return;
      steps[static_cast<std::size_t>(depth++)] = {end, index};
    }
  }
  bool found(Term key) const { return is_there && exactly_equal(child.head(), key); }

  // The new root after `changed` has replaced `end`.
  Term rebuild(Heap& heap, Term changed) const {
    for (int i = depth; i-- > 0;) {
      auto& step = steps[static_cast<std::size_t>(i)];
      changed = node_with(heap, step.node, step.index, changed);
    }
    return changed;
  }
};

// A subtree of two cells whose hashes agree above `level`.
Term fork(Heap& heap, Term a, std::uint64_t a_hash, Term b, std::uint64_t b_hash, int level) {
  int differ = level;
  while (differ < hash_levels && nibble(a_hash, differ) == nibble(b_hash, differ)) ++differ;
  bool swapped = differ < hash_levels ? nibble(a_hash, differ) > nibble(b_hash, differ)
                                      : compare_keys(a.head(), b.head()) > 0;
  Word present =
      differ < hash_levels ? Word{1} << nibble(a_hash, differ) | Word{1} << nibble(b_hash, differ) : 0;
  auto* node = new_node(heap, present, 2);
  node->children[0] = swapped ? b : a;
  node->children[1] = swapped ? a : b;
  Term top = boxed(node);
  while (differ-- > level) {
    auto* above = new_node(heap, Word{1} << nibble(a_hash, differ), 1);
    above->children[0] = top;
    top = boxed(above);
  }
  return top;
}

Term trie_put(Heap& heap, Term map, Term key, Term value) {
  auto hash = internal_hash(key);
  Path path{map, key, hash};
  std::size_t count = box_as<TrieMap>(map)->count;
  if (path.found(key)) {
    if (path.child.tail() == value) return map;
    Term root =
        path.rebuild(heap, node_with(heap, path.end, path.index, make_cons(heap, path.child.head(), value)));
    return new_trie(heap, count, root);
  }
  Term cell = make_cons(heap, key, value), changed;
  if (path.is_there) {
    Term forked = fork(heap, path.child, internal_hash(path.child.head()), cell, hash, path.depth + 1);
    changed = node_with(heap, path.end, path.index, forked);
  } else {
    Word present = path.end->present;
    if (present != 0) present |= Word{1} << nibble(hash, path.depth);
    changed = node_inserting(heap, path.end, present, path.index, cell);
  }
  return new_trie(heap, count + 1, path.rebuild(heap, changed));
}

Term flat_from_trie_without(Heap& heap, Term map, Term key) {
  std::array<Entry, max_flat> entries;
  std::size_t count = 0;
  Iterator iterator{map};
  for (Entry entry; iterator.next(entry);)
    if (!exactly_equal(entry.key, key)) entries[count++] = entry;
  sort_distinct({entries.data(), count});
  return flat_from_sorted(heap, entries.data(), count);
}

Term trie_remove(Heap& heap, Term map, Term key) {
  auto hash = internal_hash(key);
  Path path{map, key, hash};
  if (!path.found(key)) return map;
  std::size_t count = box_as<TrieMap>(map)->count - 1;
  if (count <= max_flat) return flat_from_trie_without(heap, map, key);

  const TrieNode* node = path.end;
  std::size_t index = path.index;
  int depth = path.depth;
  // A cell that is left alone moves up to the level where its hash is unique.
  bool alone = depth > 0 && children_of(node) == 2 && node->children[1 - index].is_cons();
  if (!alone) {
    Word present = node->present == 0 ? 0 : node->present & ~(Word{1} << nibble(hash, depth));
    return new_trie(heap, count, path.rebuild(heap, node_without(heap, node, present, index)));
  }
  Term leaf = node->children[1 - index];
  auto above = [&] { return path.steps[static_cast<std::size_t>(path.depth - 1)]; };
  while (path.depth > 1 && children_of(above().node) == 1) --path.depth;
  auto place = above();
  --path.depth;
  return new_trie(heap, count, path.rebuild(heap, node_with(heap, place.node, place.index, leaf)));
}

// Builds a trie: leaves sorted by hash are the trie from left to right.
struct Leaf {
  std::uint64_t hash;
  Term* cell;
};

// The number of leading nibbles that the two hashes share.
int shared_levels(const Leaf& a, const Leaf& b) {
  auto differing = a.hash ^ b.hash;
  return differing == 0 ? hash_levels : std::countl_zero(differing) / 4;
}

// Works from left to right. A leaf hangs on the deepest node that it shares with a neighbour; a node is
// complete when the next leaf does not share it. `leaves` has at least two elements, with different cells.
Term build(Heap& heap, std::span<const Leaf> leaves) {
  struct Open {
    Word present;
    std::size_t first;  // of its children among `finished`
  };
  std::array<Open, hash_levels + 1> open;
  open[0] = {0, 0};
  Scratch<Term> finished{leaves.size() + hash_levels + 1};
  Rounds rounds{hash_steps};
  std::size_t count = 0;
  int depth = 0;
  auto close = [&] {
    auto [present, first] = open[static_cast<std::size_t>(depth)];
    auto* node = new_node(heap, present, count - first);
    for (std::size_t i = first; i < count; ++i) node->children[i - first] = apart(finished[i]);
    finished[first] = boxed(node);
    count = first + 1;
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    rounds.next();
    int next = i + 1 < leaves.size() ? shared_levels(leaves[i], leaves[i + 1]) : 0;
    for (; depth < next; ++depth) {
      open[static_cast<std::size_t>(depth)].present |= Word{1} << nibble(leaves[i].hash, depth);
      open[static_cast<std::size_t>(depth) + 1] = {0, count};
    }
    if (depth < hash_levels)
      open[static_cast<std::size_t>(depth)].present |= Word{1} << nibble(leaves[i].hash, depth);
    finished[count++] = list_at(leaves[i].cell);
    for (; depth > next; --depth) close();
  }
  close();
  return finished[0];
}

// Sorts leaves with the same hash; of equal keys only the last one stays. Returns the leaves that are left.
std::span<Leaf> settle_twins(std::span<Leaf> leaves) {
  Rounds rounds;
  auto twins = [](const Leaf& a, const Leaf& b) { return a.hash == b.hash; };
  Leaf *begin = leaves.data(), *leaves_end = begin + leaves.size();
  auto differs = [&](const Leaf& a, const Leaf& b) { return rounds.next(), twins(a, b); };
  if (std::adjacent_find(begin, leaves_end, differs) == leaves_end) return leaves;
  Leaf* kept = begin;
  for (Leaf* at = begin; at != leaves_end;) {
    Leaf* end = at + 1;
    rounds.next();
    while (end != leaves_end && twins(*end, *at)) rounds.next(), ++end;
    if (end - at > 1)
      std::stable_sort(at, end, [&](const Leaf& a, const Leaf& b) {
        return rounds.next(), compare_keys(a.cell[0], b.cell[0]) < 0;
      });
    for (; at != end; ++at) {
      rounds.next();
      if (at + 1 == end || !exactly_equal(at->cell[0], at[1].cell[0])) *kept++ = *at;
    }
  }
  return leaves.first(static_cast<std::size_t>(kept - begin));
}

// Fills `leaves` with the cells, sorted by hash, then by position. Hashes are spread evenly, so a first pass puts the
// leaves into buckets of about one leaf; after that each leaf is at most a few places from where it belongs.
void sort_leaves(Term* cells, Scratch<Leaf>& leaves) {
  constexpr std::uint32_t few = 16;
  std::size_t count = leaves.size();
  auto bits = std::bit_width(count);
  Scratch<Leaf> hashed{count};
  Scratch<std::uint32_t> ends{(std::size_t{1} << bits) + 1};
  in_pieces(ends.size(), Pace::copied_bytes / sizeof ends[0], [&](std::size_t at, std::size_t size) {
    std::memset(ends.data() + at, 0, size * sizeof ends[0]);
  });
  provide_at_pace(leaves.data(), count * sizeof(Leaf));
  std::uint32_t largest = 0;
  Rounds counted{hash_steps}, summed, placed{miss_steps}, moved_up;
  auto bucket = [&](const Leaf& leaf) { return static_cast<std::size_t>(leaf.hash >> (64 - bits)); };
  Leaf* to = hashed.begin();
  for (std::size_t i = 0; i < count; ++i, ++to) {
    counted.next();
    to->hash = internal_hash(cells[2 * i]), to->cell = cells + 2 * i;
    largest = std::max(largest, ++ends[bucket(*to) + 1]);
  }
  for (std::size_t i = 1; i < ends.size(); ++i) summed.next(), ends[i] += ends[i - 1];
  for (auto& leaf : hashed) {
    placed.next();
    Leaf& place = leaves.begin()[ends[bucket(leaf)]++];
    place.hash = apart(leaf.hash), place.cell = leaf.cell;
  }
  auto before = [&](const Leaf& a, const Leaf& b) {
    moved_up.next();
    return a.hash != b.hash ? a.hash < b.hash : a.cell < b.cell;
  };
  if (largest > few) return std::sort(leaves.begin(), leaves.end(), before);
  for (Leaf* at = leaves.begin() + 1; at != leaves.end(); ++at) {
    if (before(at[-1], *at)) continue;
    Leaf moved = *at;
    Leaf* place = at;
    for (; place != leaves.begin() && before(moved, place[-1]); --place) *place = place[-1];
    *place = moved;
  }
}

std::optional<Term> trie_from_cells(Heap& heap, Term* cells, std::size_t count, Duplicates duplicates) {
  Scratch<Leaf> all{count};
  sort_leaves(cells, all);
  auto leaves = settle_twins({all.data(), count});
  if (leaves.size() != count && duplicates == Duplicates::refuse) return std::nullopt;
  if (leaves.size() > max_flat) return new_trie(heap, leaves.size(), build(heap, leaves));
  std::vector<Entry> entries;
  for (auto& leaf : leaves) entries.push_back({leaf.cell[0], leaf.cell[1]});
  return flat_from_entries(heap, entries, duplicates);
}

Term flat_put(Heap& heap, Term map, Term key, Term value) {
  auto* flat = box_as<FlatMap>(map);
  std::size_t count = flat_size(flat), index = flat_index(flat, key);
  if (index < count) {
    if (flat->values[index] == value) return map;
    auto* changed = new_flat(heap, flat->keys, count);
    std::copy_n(flat->values, count, changed->values);
    changed->values[index] = value;
    return boxed(changed);
  }
  std::array<Entry, max_flat + 1> entries;
  const Term* keys = flat_keys(flat);
  std::size_t at = 0;
  for (; at < count && compare_keys(keys[at], key) < 0; ++at) entries[at] = {keys[at], flat->values[at]};
  entries[at] = {key, value};
  for (; at < count; ++at) entries[at + 1] = {keys[at], flat->values[at]};
  if (count < max_flat) return flat_from_sorted(heap, entries.data(), count + 1);
  return *from_entries(heap, {entries.data(), count + 1});
}

Term flat_remove(Heap& heap, Term map, Term key) {
  auto* flat = box_as<FlatMap>(map);
  std::size_t count = flat_size(flat), index = flat_index(flat, key);
  if (index == count) return map;
  std::array<Entry, max_flat> entries;
  for (std::size_t i = 0, at = 0; i < count; ++i)
    if (i != index) entries[at++] = {flat_keys(flat)[i], flat->values[i]};
  return flat_from_sorted(heap, entries.data(), count - 1);
}

Term put_all(Heap& heap, Term map, Term more, bool replace) {
  constexpr std::int64_t put_steps = 64;
  Iterator iterator{more};
  for (Entry entry; iterator.next(entry); pace.spend(put_steps))
    if (replace || !find(map, entry.key)) map = put(heap, map, entry.key, entry.value);
  return map;
}

}  // namespace

Term empty(Heap& heap) { return flat_from_sorted(heap, nullptr, 0); }

std::size_t size(Term map) {
  return is_kind(map, Kind::flat_map) ? flat_size(box_as<FlatMap>(map)) : box_as<TrieMap>(map)->count;
}

const Term* find(Term map, Term key) {
  if (is_kind(map, Kind::flat_map)) {
    auto* flat = box_as<FlatMap>(map);
    std::size_t index = flat_index(flat, key);
    return index < flat_size(flat) ? flat->values + index : nullptr;
  }
  auto hash = internal_hash(key);
  const TrieNode* node = as_node(box_as<TrieMap>(map)->root);
  for (int level = 0;; ++level) {
    if (node->present == 0) {
      auto twin = find_twin(node, key);
      return twin.equal ? cell_of(node->children[twin.index]) + 1 : nullptr;
    }
    if (!has_child(node, nibble(hash, level))) return nullptr;
    std::size_t index = child_index(node, nibble(hash, level));
    Term child = node->children[index];
    if (child.is_cons()) return exactly_equal(child.head(), key) ? cell_of(child) + 1 : nullptr;
    node = as_node(child);
  }
}

Term put(Heap& heap, Term map, Term key, Term value) {
  return is_kind(map, Kind::flat_map) ? flat_put(heap, map, key, value) : trie_put(heap, map, key, value);
}

std::optional<Term> update(Heap& heap, Term map, Term key, Term value) {
  if (!find(map, key)) return std::nullopt;
  return put(heap, map, key, value);
}

Term remove(Heap& heap, Term map, Term key) {
  return is_kind(map, Kind::flat_map) ? flat_remove(heap, map, key) : trie_remove(heap, map, key);
}

Term merge(Heap& heap, Term map, Term over) {
  constexpr std::size_t cheap = 8;  // one insertion costs about as much as building from this many entries
  std::size_t base = size(map), more = size(over);
  if (more == 0 || base == 0 || map == over) return more == 0 ? map : over;
  if (base + more > max_flat && more * cheap < base) return put_all(heap, map, over, true);
  if (base + more > max_flat && base * cheap < more) return put_all(heap, over, map, false);
  auto fill = [&](Term* pairs) {
    Rounds rounds{miss_steps};
    for (Term source : {map, over}) {
      Iterator iterator{source};
      for (Entry entry; iterator.next(entry); pairs += 2)
        rounds.next(), pairs[0] = entry.key, pairs[1] = entry.value;
    }
  };
  if (base + more > max_flat) {
    auto* cells = reinterpret_cast<Term*>(heap.allocate(2 * (base + more)));
    fill(cells);
    return *trie_from_cells(heap, cells, base + more, Duplicates::last_wins);
  }
  std::array<Entry, max_flat> entries;
  static_assert(sizeof(Entry) == 2 * sizeof(Term));
  fill(&entries[0].key);
  return *flat_from_entries(heap, {entries.data(), base + more}, Duplicates::last_wins);
}

std::optional<Term> from_entries(Heap& heap, std::span<Entry> entries, Duplicates duplicates) {
  if (entries.size() <= max_flat) return flat_from_entries(heap, entries, duplicates);
  auto* cells = reinterpret_cast<Term*>(heap.allocate(2 * entries.size()));
  Rounds rounds;
  for (std::size_t i = 0; i < entries.size(); ++i)
    rounds.next(), cells[2 * i] = entries[i].key, cells[2 * i + 1] = entries[i].value;
  return trie_from_cells(heap, cells, entries.size(), duplicates);
}

// A flat map takes 3 words besides its pairs: two headers and the pointer to its keys. They come first.
Term* begin(Heap& heap, std::size_t count) {
  bool flat = count <= max_flat;
  return reinterpret_cast<Term*>(heap.allocate(2 * count + (flat ? 3 : 0))) + (flat ? 3 : 0);
}

std::optional<Term> finish(Heap& heap, Term* pairs, std::size_t count, Duplicates duplicates) {
  if (count > max_flat) return trie_from_cells(heap, pairs, count, duplicates);
  if (is_sorted(pairs, count)) return lay_flat_in_place(pairs, count);
  std::array<Entry, max_flat> entries;
  for (std::size_t i = 0; i < count; ++i) entries[i] = {pairs[2 * i], pairs[2 * i + 1]};
  std::size_t distinct = sort_distinct({entries.data(), count});
  if (distinct < count && duplicates == Duplicates::refuse) return std::nullopt;
  return lay_flat(reinterpret_cast<Word*>(pairs) - 3, entries.data(), distinct);
}

Iterator::Iterator(Term map, Position position) {
  if (is_kind(map, Kind::flat_map)) {
    flat_ = box_as<FlatMap>(map);
    size_ = flat_size(flat_);
    next_ = std::min<std::size_t>(position.path, size_);
    return;
  }
  depth_ = 0;
  auto* root = as_node(box_as<TrieMap>(map)->root);
  levels_[0] = {root, 0, static_cast<std::uint32_t>(children_of(root))};
  if (position.path != 0 || position.twin != 0) descend_to(position);
}

// Moves to the first leaf whose path is not below the position's.
void Iterator::descend_to(Position position) {
  for (;;) {
    auto& level = levels_[static_cast<std::size_t>(depth_)];
    if (level.node->present == 0) {
      level.next = std::min(position.twin, level.size);
      return;
    }
    unsigned bit = nibble(position.path, depth_);
    level.next = static_cast<std::uint32_t>(child_index(level.node, bit));
    if (!has_child(level.node, bit)) return;
    Term child = level.node->children[level.next];
    if (child.is_cons()) {
      bool below = depth_ + 1 < hash_levels && position.path << (4 * (depth_ + 1)) != 0;
      if (below || position.twin != 0) ++level.next;
      return;
    }
    ++level.next;
    auto* node = as_node(child);
    levels_[static_cast<std::size_t>(++depth_)] = {node, 0, static_cast<std::uint32_t>(children_of(node))};
  }
}

bool Iterator::next(Entry& entry) {
  if (flat_) {
    if (next_ == size_) return false;
    entry = {flat_keys(flat_)[next_], flat_->values[next_]};
    ++next_;
    return true;
  }
  while (depth_ >= 0) {
    auto& level = levels_[static_cast<std::size_t>(depth_)];
    if (level.next == level.size) {
      --depth_;
      continue;
    }
    Term child = level.node->children[level.next++];
    if (child.is_cons()) {
      entry = {child.head(), child.tail()};
      return true;
    }
    auto* node = as_node(child);
    levels_[static_cast<std::size_t>(++depth_)] = {node, 0, static_cast<std::uint32_t>(children_of(node))};
  }
  return false;
}

Iterator::Position Iterator::position() const {
  if (flat_) return {next_, 0};
  auto bit_of = [](const TrieNode* node, std::uint32_t index) {
    Word present = node->present;
    while (index-- > 0) present &= present - 1;
    return static_cast<std::uint64_t>(std::countr_zero(present));
  };
  int last = depth_;
  while (last >= 0 &&
         levels_[static_cast<std::size_t>(last)].next == levels_[static_cast<std::size_t>(last)].size)
    --last;
  if (last < 0) return {~std::uint64_t{0}, ~std::uint32_t{0}};
  Position position;
  for (int i = 0; i <= last; ++i) {
    auto& level = levels_[static_cast<std::size_t>(i)];
    std::uint32_t index = i < last ? level.next - 1 : level.next;
    if (level.node->present == 0)
      position.twin = index;
    else
      position.path |= bit_of(level.node, index) << (60 - 4 * i);
  }
  return position;
}

std::vector<Entry> sorted(Term map) {
  constexpr std::int64_t compare_steps = 4;
  std::vector<Entry> entries;
  entries.reserve(size(map));
  Iterator iterator{map};
  Rounds visited{miss_steps}, compared{compare_steps};
  for (Entry entry; iterator.next(entry);) visited.next(), entries.push_back(entry);
  auto before = [&](const Entry& a, const Entry& b) {
    return compared.next(), compare_keys(a.key, b.key) < 0;
  };
  if (is_kind(map, Kind::trie_map)) std::sort(entries.begin(), entries.end(), before);
  return entries;
}

}  // namespace noderuntime::map
