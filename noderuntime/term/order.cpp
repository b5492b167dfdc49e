#include "noderuntime/term/order.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "common/wire/endian.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::order_detail {
namespace {

enum Rank { number, atom, reference, fun, port, pid, tuple, map, record, nil, list, bitstring };

Rank rank_of(Term term) {
  if (term.is_cons()) return list;
  if (term.is_nil()) return nil;
  if (term.is_small()) return number;
  if (term.is_atom()) return atom;
  if (term.is_local_pid()) return pid;
  switch (kind_of(term)) {
    case Kind::positive_integer:
    case Kind::negative_integer:
    case Kind::floating: return number;
    case Kind::reference:
    case Kind::magic_reference:
    case Kind::external_reference: return reference;
    case Kind::fun:
    case Kind::export_fun: return fun;
    case Kind::external_port: return port;
    case Kind::external_pid: return pid;
    case Kind::tuple: return tuple;
    case Kind::flat_map:
    case Kind::trie_map:
    case Kind::trie_node: return map;
    case Kind::record: return record;
    case Kind::binary:
    case Kind::slice:
    case Kind::match_context: return bitstring;
  }
  return bitstring;
}

template <class Number>
int sign(Number a, Number b) {
  return (a > b) - (a < b);
}

int compare_floats(double a, double b, bool exact) {
  if (a == b && exact) return std::signbit(b) - std::signbit(a);
  return sign(a, b);
}

int compare_numbers(Term a, Term b, bool exact) {
  if (a.is_float() && b.is_float()) return compare_floats(to_double(a), to_double(b), exact);
  if (!a.is_float() && !b.is_float()) return integer::compare(a, b);
  if (exact) return a.is_float() ? 1 : -1;
  return a.is_float() ? -integer::compare(b, to_double(a)) : integer::compare(a, to_double(b));
}

// The node of an identifier. A local one does not carry its node's name; it comes before external ones
// with the same numbers.
struct Node {
  bool external;
  Atom name;
  std::uint32_t creation;
};

int compare_nodes(const Node& a, const Node& b) {
  if (a.external != b.external) return a.external ? 1 : -1;
  if (!a.external) return 0;
  if (int order = order_of_texts(a.name, b.name)) return order;
  return sign(a.creation, b.creation);
}

struct PidNumbers {
  std::uint32_t id, serial;
  Node node;
};

PidNumbers numbers_of(Term term) {
  if (term.is_local_pid()) return {pid_slot(term), pid_serial(term), {}};
  auto* pid = box_as<ExternalPid>(term);
  return {pid->id, pid->serial, {true, pid->node.as_atom(), pid->creation}};
}

int compare_pids(Term a, Term b) {
  auto x = numbers_of(a), y = numbers_of(b);
  if (x.serial != y.serial) return sign(x.serial, y.serial);
  if (x.id != y.id) return sign(x.id, y.id);
  return compare_nodes(x.node, y.node);
}

int compare_ports(Term a, Term b) {
  auto *x = box_as<ExternalPort>(a), *y = box_as<ExternalPort>(b);
  if (int order =
          compare_nodes({true, x->node.as_atom(), x->creation}, {true, y->node.as_atom(), y->creation}))
    return order;
  return sign(x->id, y->id);
}

struct ReferenceWords {
  std::size_t count;
  const std::uint32_t* words;
  Node node;
};

ReferenceWords words_of(Term term) {
  if (auto* words = local_reference_words(term)) return {3, words, {}};
  auto* reference = box_as<ExternalReference>(term);
  return {reference->count, reference->words, {true, reference->node.as_atom(), reference->creation}};
}

// Compares the nodes, then the words, the last word first; words that are missing count as zero.
int compare_references(Term a, Term b) {
  auto x = words_of(a), y = words_of(b);
  if (int order = compare_nodes(x.node, y.node)) return order;
  for (std::size_t i = std::max(x.count, y.count); i-- > 0;) {
    auto left = i < x.count ? x.words[i] : 0, right = i < y.count ? y.words[i] : 0;
    if (left != right) return sign(left, right);
  }
  return 0;
}

int compare_exports(Term a, Term b) {
  auto *x = box_as<ExportFun>(a), *y = box_as<ExportFun>(b);
  if (int order = order_of_texts(x->module.as_atom(), y->module.as_atom())) return order;
  if (int order = order_of_texts(x->function.as_atom(), y->function.as_atom())) return order;
  return sign(x->arity, y->arity);
}

int compare_bits(Term a, Term b) {
  auto x = bits_of(a), y = bits_of(b);
  return bits::compare(x.data, x.bit_offset, x.bit_size, y.data, y.bit_offset, y.bit_size);
}

// Heap binaries consist of whole words with zeros at the end.
int compare_heap_binaries(Term a, Term b) {
  auto *x = box_as<HeapBinary>(a), *y = box_as<HeapBinary>(b);
  std::size_t words = std::min(box_size(a), box_size(b)) - 1;  // at most 8
  for (std::size_t i = 0; i < words; ++i) {
    auto left = load_big_endian<std::uint64_t>(x->data + 8 * i);
    auto right = load_big_endian<std::uint64_t>(y->data + 8 * i);
    if (left != right) return left < right ? -1 : 1;
  }
  return sign(x->bit_size, y->bit_size);
}

// Pairs of terms that are still to be compared.
struct Pairs {
  const Term* a;
  const Term* b;
  std::size_t count;
  bool exact;
};

// Compares two hash tries of the same size. Decided by the smallest key that only one of them has: the map
// with that key comes first, because its sorted keys are smaller at that position. If there is none, the
// values of the smallest key where they differ decide. Comparisons of values are left to the outer loop, so
// that depth is data, not recursion.
class TrieComparison {
 public:
  TrieComparison(Term a, Term b, bool exact) : a_{a}, b_{b}, exact_{exact}, entries_{a} {}

  // The next pair to compare; nullopt: done, see result().
  std::optional<Pairs> next() {
    constexpr std::int64_t look_up = 32;
    for (;; pace.spend(look_up)) switch (phase_) {
        case Phase::keys_of_a:
        case Phase::keys_of_b:
          if (!entries_.next(entry_)) {
            bool more = phase_ == Phase::keys_of_a;
            if (!more && result_ != 0) return std::nullopt;
            phase_ = more ? Phase::keys_of_b : Phase::values;
            entries_ = map::Iterator{more ? b_ : a_};
          } else if (!map::find(phase_ == Phase::keys_of_a ? b_ : a_, entry_.key)) {
            if (result_ != 0) return Pairs{&entry_.key, &smallest_, 1, true};
            take(phase_ == Phase::keys_of_a ? -1 : 1);
          }
          break;
        case Phase::values:
          if (!entries_.next(entry_)) return std::nullopt;
          phase_ = Phase::value_pair;
          other_value_ = *map::find(b_, entry_.key);
          return Pairs{&entry_.value, &other_value_, 1, exact_};
        case Phase::unequal_value: phase_ = Phase::key_pair; return Pairs{&entry_.key, &smallest_, 1, true};
        case Phase::value_pair:
        case Phase::key_pair: phase_ = Phase::values; break;
      }
  }

  // Receives the result for the pair given by next(), unless it was equal.
  void unequal(int order) {
    switch (phase_) {
      case Phase::keys_of_a:
      case Phase::keys_of_b:
        if (order < 0) take(phase_ == Phase::keys_of_a ? -1 : 1);
        break;
      case Phase::value_pair:
        value_order_ = order;
        if (result_ == 0)
          take(order), phase_ = Phase::values;
        else
          phase_ = Phase::unequal_value;
        break;
      case Phase::key_pair:
        if (order < 0) take(value_order_);
        phase_ = Phase::values;
        break;
      case Phase::values:
      case Phase::unequal_value: break;
    }
  }

  int result() const { return result_; }

 private:
  enum class Phase { keys_of_a, keys_of_b, values, value_pair, unequal_value, key_pair };
  void take(int result) { result_ = result, smallest_ = entry_.key; }

  Term a_, b_;
  bool exact_;
  Phase phase_ = Phase::keys_of_a;
  map::Iterator entries_;
  map::Entry entry_{};
  Term other_value_, smallest_;
  int result_ = 0, value_order_ = 0;
};

class Comparison {
 public:
  int run(Term a, Term b, bool exact) {
    now_ = {&a, &b, 1, exact};
    for (;;) {
      while (now_.count > 0) {
        Term x = *now_.a, y = *now_.b;
        ++now_.a, ++now_.b, --now_.count;
        rounds_.next();
        if (x == y) continue;
        if (int order = compare_heads(x, y)) {
          if (tries_.empty()) return order;
          open_.shrink_to(tries_.back().open);
          tries_.back().comparison->unequal(order);
          break;
        }
      }
      if (!resume(order_)) return order_;
    }
  }

 private:
  struct Trie {
    std::unique_ptr<TrieComparison> comparison;
    std::size_t open;
  };  // open: frames below it that wait

  // Sets now_ to the next pair to compare. False: there is none, and `order` is the result.
  bool resume(int& order) {
    for (;;) {
      if (tries_.empty() || open_.size() > tries_.back().open) {
        if (open_.empty()) return order = 0, false;
        open_.pop(now_);
        return true;
      }
      if (auto pairs = tries_.back().comparison->next()) return now_ = *pairs, true;
      int result = tries_.back().comparison->result();
      tries_.pop_back();
      if (result == 0) continue;
      if (tries_.empty()) return order = result, false;
      open_.shrink_to(tries_.back().open);
      tries_.back().comparison->unequal(result);
    }
  }

  void then(Pairs pairs) {
    if (pairs.count == 0) return;
    if (now_.count > 0) open_.push(now_);
    now_ = pairs;
  }

  // Compares what can be decided at once, and queues the parts of `a` and `b` for later.
  int compare_heads(Term a, Term b) {
    Rank rank = rank_of(a);
    if (Rank other = rank_of(b); rank != other) return rank < other ? -1 : 1;
    bool exact = now_.exact;
    switch (rank) {
      case number: return compare_numbers(a, b, exact);
      case atom: return order_of_texts(a.as_atom(), b.as_atom());
      case reference: return compare_references(a, b);
      case fun: return compare_funs(a, b);
      case port: return compare_ports(a, b);
      case pid: return compare_pids(a, b);
      case tuple:
        if (box_size(a) != box_size(b)) return sign(box_size(a), box_size(b));
        then({elements_of(a), elements_of(b), box_size(a), exact});
        return 0;
      case map: return compare_maps(a, b);
      case record: return compare_records(a, b);
      case nil: return 0;
      case list: then({cell_of(a), cell_of(b), 2, exact}); return 0;
      case bitstring: return compare_bits(a, b);
    }
    return 0;
  }

  int compare_funs(Term a, Term b) {
    if (kind_of(a) != kind_of(b)) return is_kind(a, Kind::export_fun) ? 1 : -1;
    if (is_kind(a, Kind::export_fun)) return compare_exports(a, b);
    auto *x = box_as<FunObject>(a), *y = box_as<FunObject>(b);
    if (int order = order_of_texts(x->module.as_atom(), y->module.as_atom())) return order;
    if (x->old_index != y->old_index) return sign(x->old_index, y->old_index);
    if (int order = noderuntime::compare(x->old_uniq, y->old_uniq)) return order;
    if (int order = std::memcmp(x->uniq, y->uniq, sizeof x->uniq)) return order;
    if (x->index != y->index) return sign(x->index, y->index);
    if (x->free_count != y->free_count) return sign(x->free_count, y->free_count);
    then({x->free_variables, y->free_variables, x->free_count, now_.exact});
    return 0;
  }

  int compare_maps(Term a, Term b) {
    std::size_t x = map::size(a), y = map::size(b);
    if (x != y) return sign(x, y);
    bool exact = now_.exact;
    if (is_kind(a, Kind::flat_map)) {
      then({box_as<FlatMap>(a)->values, box_as<FlatMap>(b)->values, x, exact});
      then({&box_as<FlatMap>(a)->keys, &box_as<FlatMap>(b)->keys, 1, true});
      return 0;
    }
    if (now_.count > 0) open_.push(now_);
    now_.count = 0;
    tries_.push_back({std::make_unique<TrieComparison>(a, b, exact), open_.size()});
    return 0;
  }

  int compare_records(Term a, Term b) {
    auto *x = box_as<NativeRecord>(a), *y = box_as<NativeRecord>(b);
    if (int order = order_of_texts(x->module.as_atom(), y->module.as_atom())) return order;
    if (int order = order_of_texts(x->name.as_atom(), y->name.as_atom())) return order;
    if (x->exported != y->exported) return sign(x->exported, y->exported);
    if (x->count != y->count) return sign(x->count, y->count);
    then({x->fields, y->fields, 2 * x->count, now_.exact});
    return 0;
  }

  Pairs now_{};
  int order_ = 0;
  FrameStack<Pairs, 8> open_;
  std::vector<Trie> tries_;
  Rounds rounds_;
};

// Equality needs no order: the tries of equal maps have the same shape.
class Equality {
 public:
  bool run(Term a, Term b, bool exact) {
    now_ = {&a, &b, 1, exact, false};
    for (;;) {
      while (now_.count > 0) {
        Term x = *now_.a, y = *now_.b;
        ++now_.a, ++now_.b, --now_.count;
        rounds_.next();
        if (x == y) continue;
        if (!heads_equal(x, y)) return false;
      }
      if (open_.empty()) return true;
      open_.pop(now_);
    }
  }

 private:
  struct Side {
    const Term* a;
    const Term* b;
    std::size_t count;
    bool exact, entries;
  };  // entries: of a trie

  void then(Side side) {
    if (side.count == 0) return;
    if (now_.count > 0) open_.push(now_);
    now_ = side;
  }

  bool heads_equal(Term a, Term b) {
    bool exact = now_.exact;
    if (a.is_cons()) {
      if (!b.is_cons()) return false;
      if (now_.entries) {
        then({cell_of(a) + 1, cell_of(b) + 1, 1, exact, false});
        then({cell_of(a), cell_of(b), 1, true, false});
      } else {
        then({cell_of(a), cell_of(b), 2, exact, false});
      }
      return true;
    }
    if (!exact && a.is_number() && b.is_number()) return compare_numbers(a, b, false) == 0;
    if (!is_boxed(a) || !is_boxed(b)) return false;
    if (a.is_bitstring()) {
      if (!b.is_bitstring()) return false;
      auto x = bits_of(a), y = bits_of(b);
      return x.bit_size == y.bit_size && bits::equal(x.data, x.bit_offset, y.data, y.bit_offset, x.bit_size);
    }
    if (a.is_reference()) return b.is_reference() && compare_references(a, b) == 0;
    Word header = *box_of(a);
    if (header != *box_of(b)) return false;
    switch (kind_of(a)) {
      case Kind::tuple: then({elements_of(a), elements_of(b), box_size(a), exact, false}); return true;
      case Kind::positive_integer:
      case Kind::negative_integer:
        return std::memcmp(box_of(a), box_of(b), sizeof(Word) * (1 + box_size(a))) == 0;
      case Kind::floating: return compare_floats(to_double(a), to_double(b), exact) == 0;
      case Kind::reference:
      case Kind::magic_reference:
      case Kind::external_reference: return false;  // handled above
      case Kind::external_pid: return compare_pids(a, b) == 0;
      case Kind::external_port: return compare_ports(a, b) == 0;
      case Kind::export_fun: return compare_exports(a, b) == 0;
      case Kind::fun: return funs_equal(a, b);
      case Kind::record: return records_equal(a, b);
      case Kind::flat_map:
        then({box_as<FlatMap>(a)->values, box_as<FlatMap>(b)->values, box_size(a) - 1, exact, false});
        then({&box_as<FlatMap>(a)->keys, &box_as<FlatMap>(b)->keys, 1, true, false});
        return true;
      case Kind::trie_map:
        if (box_as<TrieMap>(a)->count != box_as<TrieMap>(b)->count) return false;
        then({&box_as<TrieMap>(a)->root, &box_as<TrieMap>(b)->root, 1, exact, true});
        return true;
      case Kind::trie_node:
        if (box_as<TrieNode>(a)->present != box_as<TrieNode>(b)->present) return false;
        then({box_as<TrieNode>(a)->children, box_as<TrieNode>(b)->children, box_size(a) - 1, exact, true});
        return true;
      case Kind::binary:
      case Kind::slice:
      case Kind::match_context: return false;
    }
    return false;
  }

  bool funs_equal(Term a, Term b) {
    auto *x = box_as<FunObject>(a), *y = box_as<FunObject>(b);
    if (x->module != y->module || x->old_index != y->old_index || x->index != y->index ||
        x->free_count != y->free_count || std::memcmp(x->uniq, y->uniq, sizeof x->uniq) != 0)
      return false;
    then({x->free_variables, y->free_variables, x->free_count, now_.exact, false});
    then({&x->old_uniq, &y->old_uniq, 1, now_.exact, false});
    return true;
  }

  bool records_equal(Term a, Term b) {
    auto *x = box_as<NativeRecord>(a), *y = box_as<NativeRecord>(b);
    if (x->module != y->module || x->name != y->name || x->exported != y->exported) return false;
    then({x->fields, y->fields, 2 * x->count, now_.exact, false});
    return true;
  }

  Side now_{};
  FrameStack<Side, 8> open_;
  Rounds rounds_;
};

// Most lists and tuples that are compared and differ do so in their first parts, which are looked at before all else.
constexpr std::size_t most_parts = 8;

bool parts_differ(Term a, Term b, bool exact) {
  return a != b && (exact ? is_immediate(a) || is_immediate(b) : is_immediate(a) && is_immediate(b));
}

// false: they may be equal.
bool differ_at_sight(Term a, Term b, bool exact) {
  if (a.is_cons() && b.is_cons()) {
    for (std::size_t i = 0; i < most_parts && a.is_cons() && b.is_cons(); ++i, a = a.tail(), b = b.tail())
      if (parts_differ(a.head(), b.head(), exact)) return true;
    return a.is_nil() != b.is_nil();
  }
  if (a.is_cons() || b.is_cons() || a.is_tuple() != b.is_tuple() || a.is_map() != b.is_map()) return true;
  if (!a.is_tuple()) return false;
  std::size_t size = box_size(a);
  if (size != box_size(b)) return true;
  for (std::size_t i = 0; i < std::min(size, most_parts); ++i)
    if (parts_differ(a.element(i), b.element(i), exact)) return true;
  return false;
}

struct Pair {
  Term a, b;
};

// The first parts of two lists, or of two tuples of one size, that are not the same word. nullopt: none is found at sight.
std::optional<Pair> first_other_parts(Term a, Term b) {
  if (a.is_tuple()) {
    for (std::size_t i = 0; i < std::min(box_size(a), most_parts); ++i)
      if (a.element(i) != b.element(i)) return Pair{a.element(i), b.element(i)};
    return std::nullopt;
  }
  for (std::size_t i = 0; i < most_parts && a.is_cons() && b.is_cons(); ++i, a = a.tail(), b = b.tail())
    if (a.head() != b.head()) return Pair{a.head(), b.head()};
  return std::nullopt;
}

// nullopt: it takes more to tell it.
std::optional<int> order_at_sight(Term a, Term b) {
  constexpr int deepest = 4;
  for (int depth = 0; depth < deepest; ++depth) {
    if (a.is_small() && b.is_small()) return sign(a.as_small(), b.as_small());
    if (a.is_atom() && b.is_atom()) return order_of_texts(a.as_atom(), b.as_atom());
    if (a.is_tuple() && b.is_tuple()) {
      if (box_size(a) != box_size(b)) return sign(box_size(a), box_size(b));
    } else if (!a.is_cons() || !b.is_cons()) {
      return std::nullopt;
    }
    auto parts = first_other_parts(a, b);
    if (!parts) return std::nullopt;
    a = parts->a, b = parts->b;
  }
  return std::nullopt;
}

}  // namespace

int compare(Term a, Term b, bool exact) {
  if (a.is_atom() && b.is_atom()) return order_of_texts(a.as_atom(), b.as_atom());
  if (is_kind(a, Kind::binary) && is_kind(b, Kind::binary)) return compare_heap_binaries(a, b);
  if (auto order = order_at_sight(a, b)) return *order;
  Comparison comparison;
  return comparison.run(a, b, exact);
}

bool equal(Term a, Term b, bool exact) {
  if (differ_at_sight(a, b, exact)) return false;
  if (is_kind(a, Kind::binary) && is_kind(b, Kind::binary)) {
    auto *x = box_as<HeapBinary>(a), *y = box_as<HeapBinary>(b);  // unused bits are zero
    return x->bit_size == y->bit_size && std::memcmp(x->data, y->data, (x->bit_size + 7) / 8) == 0;
  }
  Equality equality;
  return equality.run(a, b, exact);
}

}  // namespace noderuntime::order_detail
