// erlang:phash2, whose values are the same on all releases and machines. It uses Bob Jenkins' lookup2 mixing
// function; how terms are fed to it was derived from values: test/data/term/phash2.tsv.
#include <algorithm>
#include <memory>
#include <vector>

#include "noderuntime/term/bits.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {
namespace {

constexpr std::uint32_t golden = 0x9E3779B9;
constexpr std::uint32_t times(std::uint32_t factor) {
  return golden * factor;
}  // one constant for each kind of term
constexpr std::uint32_t lone_nil = 3468870702, nil_number = 2;

void mix(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c) {
  a -= b, a -= c, a ^= c >> 13;
  b -= c, b -= a, b ^= a << 8;
  c -= a, c -= b, c ^= b >> 13;
  a -= b, a -= c, a ^= c >> 12;
  b -= c, b -= a, b ^= a << 16;
  c -= a, c -= b, c ^= b >> 5;
  a -= b, a -= c, a ^= c >> 3;
  b -= c, b -= a, b ^= a << 10;
  c -= a, c -= b, c ^= b >> 15;
}

// Bytes that begin `skip` bits, 1 to 7, behind the start of `data`.
struct MovedBytes {
  const std::uint8_t* data;
  unsigned skip;
  std::uint8_t operator[](std::size_t at) const {
    return static_cast<std::uint8_t>(data[at] << skip | data[at + 1] >> (8 - skip));
  }
};

template <class Data>
std::uint32_t hash_block(Data data, std::size_t length, std::uint32_t start) {
  std::uint32_t a = golden, b = golden, c = start;
  std::size_t at = 0;
  auto bytes = [&](std::size_t from, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value |= std::uint32_t{data[at + from + i]} << 8 * i;
    return value;
  };
  constexpr std::int64_t steps = 5;
  Rounds rounds{steps};
  for (; length - at >= 12; at += 12) {
    a += bytes(0, 4), b += bytes(4, 4), c += bytes(8, 4);
    mix(a, b, c);
    rounds.next();
  }
  std::size_t left = length - at;
  c += static_cast<std::uint32_t>(length);
  a += bytes(0, std::min<std::size_t>(left, 4));
  if (left > 4) b += bytes(4, std::min<std::size_t>(left - 4, 4));
  if (left > 8) c += bytes(8, left - 8) << 8;  // the lowest byte is the length's
  mix(a, b, c);
  return c;
}

// hashpjw, over Latin-1 characters if the text has no others, over its UTF-8 bytes otherwise.
std::uint32_t hash_atom(Atom atom) {
  auto text = atom.text();
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xFE) == 0xC2 && i + 1 < text.size())
      byte = static_cast<std::uint8_t>(byte << 6 | (static_cast<std::uint8_t>(text[++i]) & 0x3F));
    hash = (hash << 4) + byte;
    if (auto top = hash & 0xF0000000) hash ^= top >> 24 ^ top;
  }
  return hash;
}

class PortableHash {
 public:
  std::uint32_t run(Term root) {
    term(root);
    while (!waiting_.empty()) {
      rounds_.next();
      Item item = waiting_.pop();
      switch (item.kind) {
        case Item::term: term(item.one); break;
        case Item::terms:
          if (item.left > 1) waiting_.push({.kind = Item::terms, .at = item.at + 1, .left = item.left - 1});
          term(*item.at);
          break;
        case Item::pair_end: pairs_ ^= hash_, hash_ = 0; break;
        case Item::map: next_pair(item); break;
      }
    }
    return hash_;
  }

 private:
  struct Item {
    enum Kind : std::uint64_t { term, terms, pair_end, map } kind;
    Term one{};
    std::uint32_t outer_hash = 0, outer_pairs = 0;  // map
    const Term* at = nullptr;                       // terms: the next one
    std::size_t left = 0;
  };

  void add(std::uint32_t first, std::uint32_t second, std::uint32_t constant) {
    first += constant, second += constant;
    mix(first, second, hash_);
  }
  void add_long(std::uint64_t value, std::uint32_t constant) {
    add(static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32), constant);
  }
  void later(Term term) { waiting_.push({.kind = Item::term, .one = term}); }
  void later(const Term* terms, std::size_t count) {
    if (count > 0) waiting_.push({.kind = Item::terms, .at = terms, .left = count});
  }

  void term(Term term) {
    if (term.is_cons()) return list(term);
    if (term.is_atom()) {
      auto atom = hash_atom(term.as_atom());
      return hash_ == 0 ? static_cast<void>(hash_ = atom) : add(atom, 0, times(3));
    }
    if (term.is_nil()) return hash_ == 0 ? static_cast<void>(hash_ = lone_nil) : add(nil_number, 0, times(2));
    if (term.is_small()) return small(term.as_small());
    if (term.is_local_pid()) return add(pid_slot(term), 0, times(5));
    switch (kind_of(term)) {
      case Kind::positive_integer:
      case Kind::negative_integer:
        for (std::size_t i = 0; i < box_size(term); ++i)
          rounds_.next(),
              add_long(box_of(term)[1 + i], times(is_kind(term, Kind::negative_integer) ? 10 : 11));
        break;
      case Kind::floating: {
        std::uint64_t bits = to_double(term) == 0 ? 0 : box_of(term)[1];
        add(static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits), times(12));
        break;
      }
      case Kind::tuple:
        add(static_cast<std::uint32_t>(box_size(term)), 0, times(9));
        later(elements_of(term), box_size(term));
        break;
      case Kind::binary:
      case Kind::slice: bitstring(bits_of(term)); break;
      case Kind::flat_map:
      case Kind::trie_map: map(term); break;
      case Kind::reference:
      case Kind::magic_reference: add(local_reference_words(term)[0], 0, times(7)); break;
      case Kind::external_reference: add(box_as<ExternalReference>(term)->words[0], 0, times(7)); break;
      case Kind::external_pid: add(box_as<ExternalPid>(term)->id, 0, times(5)); break;
      case Kind::external_port: add_long(box_as<ExternalPort>(term)->id, times(6)); break;
      case Kind::export_fun: {
        auto* fun = box_as<ExportFun>(term);
        add(static_cast<std::uint32_t>(fun->arity), hash_atom(fun->module.as_atom()), golden);
        add(hash_atom(fun->function.as_atom()), 0, times(14));
        break;
      }
      case Kind::fun: {
        auto* fun = box_as<FunObject>(term);
        add(fun->free_count, hash_atom(fun->module.as_atom()), golden);
        auto uniq = to_int64(fun->old_uniq).value_or(0);
        add(fun->index, static_cast<std::uint32_t>(uniq), golden);
        later(fun->free_variables, fun->free_count);
        break;
      }
      case Kind::record: {
        auto* record = box_as<NativeRecord>(term);
        later(&record->module, 2 + 2 * record->count);
        break;
      }
      case Kind::trie_node:
      case Kind::match_context: break;
    }
  }

  void small(std::int64_t value) {
    constexpr std::int64_t half = std::int64_t{1} << 27;
    auto magnitude = value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    if (value < -half || value >= half) return add_long(magnitude, times(value < 0 ? 10 : 11));
    if (value < 0) add(static_cast<std::uint32_t>(magnitude), 0, golden);
    add(static_cast<std::uint32_t>(value), 0, golden);
  }

  // Takes bytes at the start of a list four at a time.
  void list(Term list) {
    auto is_byte = [](Term head) {
      return head.is_small() && head.as_small() >= 0 && head.as_small() <= 255;
    };
    std::uint32_t word = 0;
    int count = 0;
    for (; list.is_cons() && is_byte(list.head()); list = list.tail()) {
      rounds_.next();
      word = (word << 8) + static_cast<std::uint32_t>(list.head().as_small());
      if (++count == 4) add(word, 0, times(4)), word = 0, count = 0;
    }
    if (count > 0) add(word, 0, times(4));
    if (!list.is_cons()) return later(list);
    later(list.tail());
    later(list.head());
  }

  void bitstring(const BitView& view) {
    std::size_t size = view.bit_size / 8;
    auto last_bits = static_cast<unsigned>(view.bit_size % 8);
    std::uint32_t start = times(13) + hash_;
    if (view.bit_size == 0) return static_cast<void>(hash_ = start);
    const std::uint8_t* data = view.data + view.bit_offset / 8;
    auto skip = static_cast<unsigned>(view.bit_offset % 8);
    hash_ = skip == 0 ? hash_block(data, size, start) : hash_block(MovedBytes{data, skip}, size, start);
    if (last_bits == 0) return;
    auto last = bits::read(view.data, view.bit_offset + 8 * std::uint64_t{size}, last_bits);
    add(last_bits, static_cast<std::uint32_t>(last), times(15));
  }

  // Combines the hashes of the pairs by exclusive or, so that their order does not matter.
  void map(Term term) {
    std::size_t size = map::size(term);
    add(static_cast<std::uint32_t>(size), 0, times(16));
    if (size == 0) return;
    waiting_.push({.kind = Item::map, .outer_hash = hash_, .outer_pairs = pairs_});
    maps_.push_back(std::make_unique<map::Iterator>(term));
    hash_ = pairs_ = 0;
  }

  void next_pair(const Item& item) {
    map::Entry entry;
    if (maps_.back()->next(entry)) {
      waiting_.push(item);
      waiting_.push({.kind = Item::pair_end});
      later(entry.value);
      later(entry.key);
      return;
    }
    maps_.pop_back();
    hash_ = item.outer_hash;
    add(pairs_, 0, times(19));
    pairs_ = item.outer_pairs;
  }

  std::uint32_t hash_ = 0, pairs_ = 0;
  FrameStack<Item, 8> waiting_;
  std::vector<std::unique_ptr<map::Iterator>> maps_;
  Rounds rounds_;
};

}  // namespace

std::uint32_t portable_hash(Term term) { return PortableHash{}.run(term); }

}  // namespace noderuntime
