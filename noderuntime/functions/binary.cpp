// The native functions of module binary.
#include <algorithm>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/searcher.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"

namespace noderuntime {

namespace {

std::size_t size_of(Term binary) { return bits_of(binary).bit_size / 8; }

struct Range {
  std::size_t from, length;
};

// {Position, Length} inside `size` bytes; a negative length counts backwards.
std::optional<Range> range_of(Term position, Term length, std::size_t size) {
  if (!position.is_small() || !length.is_small()) return std::nullopt;
  auto from = position.as_small(), count = length.as_small(), most = static_cast<std::int64_t>(size);
  if (count < 0) from += count, count = -count;
  if (from < 0 || count > most || from > most - count) return std::nullopt;
  return Range{static_cast<std::size_t>(from), static_cast<std::size_t>(count)};
}

NativeResult binary_at(Context&, const Term* a) {
  if (!is_binary(a[0]) || !a[1].is_small() || a[1].as_small() < 0) return badarg();
  auto at = static_cast<std::size_t>(a[1].as_small());
  if (at >= size_of(a[0])) return badarg();
  auto view = bits_of(a[0]);
  return Term::small(static_cast<std::int64_t>(bits::read(view.data, view.bit_offset + at * 8, 8)));
}

NativeResult binary_first(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::small(0)};
  return binary_at(context, arguments);
}

NativeResult binary_last(Context& context, const Term* a) {
  if (!is_binary(a[0]) || size_of(a[0]) == 0) return badarg();
  Term arguments[] = {a[0], Term::small(static_cast<std::int64_t>(size_of(a[0]) - 1))};
  return binary_at(context, arguments);
}

NativeResult binary_part_3(Context& context, const Term* a) {
  auto range = is_binary(a[0]) ? range_of(a[1], a[2], size_of(a[0])) : std::nullopt;
  return range ? NativeResult{part_of(context.heap, a[0], range->from * 8, range->length * 8)} : badarg();
}

NativeResult binary_part_2(Context& context, const Term* a) {
  if (!a[1].is_tuple(2)) return badarg();
  Term arguments[] = {a[0], a[1].element(0), a[1].element(1)};
  return binary_part_3(context, arguments);
}

NativeResult binary_copy_2(Context& context, const Term* a) {
  constexpr std::size_t most = std::size_t{1} << 40;
  if (!is_binary(a[0]) || !a[1].is_small() || a[1].as_small() < 0) return badarg();
  auto count = static_cast<std::size_t>(a[1].as_small()), size = size_of(a[0]);
  if (size == 0) return a[0];
  if (count > most / size) return error(atoms::system_limit);
  MayPause here;
  Rounds rounds;
  BinaryView view{a[0]};
  NewBitstring all{context.heap, 8 * std::uint64_t{size} * count};
  for (std::size_t i = 0; i < count; ++i, rounds.next()) all.add(view.bytes());
  return all.finish();
}

NativeResult binary_copy_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::small(1)};
  return binary_copy_2(context, arguments);
}

NativeResult binary_to_list_3(Context& context, const Term* a) {
  auto range = is_binary(a[0]) ? range_of(a[1], a[2], size_of(a[0])) : std::nullopt;
  if (!range) return badarg();
  MayPause here;
  return make_bytes(context.heap, BinaryView{a[0]}.text().substr(range->from, range->length));
}

NativeResult binary_to_list_2(Context& context, const Term* a) {
  if (!a[1].is_tuple(2)) return badarg();
  Term arguments[] = {a[0], a[1].element(0), a[1].element(1)};
  return binary_to_list_3(context, arguments);
}

NativeResult binary_to_list_1(Context& context, const Term* a) {
  if (!is_binary(a[0])) return badarg();
  MayPause here;
  return make_bytes(context.heap, BinaryView{a[0]}.text());
}

NativeResult binary_from_list(Context& context, const Term* a) {
  if (!a[0].is_list()) return badarg();
  MayPause here;
  auto joined = join_bits(context.heap, a[0], true);
  return joined ? NativeResult{*joined} : badarg();
}

std::optional<bool> is_little(Term endianness) {
  if (!endianness.is_atom()) return std::nullopt;
  auto text = endianness.as_atom().text();
  if (text == "little") return true;
  if (text == "big") return false;
  return std::nullopt;
}

NativeResult binary_encode_unsigned_2(Context& context, const Term* a) {
  auto little = is_little(a[1]);
  if (!a[0].is_integer() || integer::is_negative(a[0]) || !little) return badarg();
  MayPause here;
  Buffer bytes(std::max<std::size_t>(1, integer::magnitude_bytes(a[0])), 0);
  integer::to_little_endian(a[0], bytes.data());
  if (!*little) std::reverse(bytes.begin(), bytes.end());
  return make_binary(context.heap, std::span<const std::uint8_t>{bytes});
}

NativeResult binary_encode_unsigned_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::atom(Atom::of("big"))};
  return binary_encode_unsigned_2(context, arguments);
}

NativeResult binary_decode_unsigned_2(Context& context, const Term* a) {
  auto little = is_little(a[1]);
  if (!is_binary(a[0]) || !little) return badarg();
  MayPause here;
  BinaryView view{a[0]};
  auto digits = view.bytes();
  // Zeros in front do not count for the bound.
  for (Rounds rounds; !digits.empty() && (*little ? digits.back() : digits.front()) == 0; rounds.next())
    digits = *little ? digits.first(digits.size() - 1) : digits.subspan(1);
  if (digits.size() > integer::max_bits / 8) return error(atoms::system_limit);
  Buffer bytes{digits.begin(), digits.end()};
  if (!*little) std::reverse(bytes.begin(), bytes.end());
  auto value = integer::from_little_endian(context.heap, bytes, false);
  return value ? NativeResult{*value} : error(atoms::system_limit);
}

NativeResult binary_decode_unsigned_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::atom(Atom::of("big"))};
  return binary_decode_unsigned_2(context, arguments);
}

// --- searching

bool is_compiled(Term term) {
  if (!term.is_tuple(2) || !term.element(0).is_atom()) return false;
  auto tag = term.element(0).as_atom().text();
  return (tag == "bm" && term.element(1).is_bitstring()) || (tag == "ac" && term.element(1).is_cons());
}

using Patterns = std::vector<BinaryView, HeldAllocator<BinaryView>>;

std::optional<Patterns> patterns_of(Term term) {
  Patterns patterns;
  Rounds rounds;
  auto add = [&](Term binary) {
    if (!is_binary(binary) || size_of(binary) == 0) return false;
    patterns.emplace_back(binary);
    return true;
  };
  if (is_compiled(term)) term = term.element(1);
  if (term.is_bitstring()) return add(term) ? std::optional{std::move(patterns)} : std::nullopt;
  auto length = length_of(term);
  if (!length || *length == 0) return std::nullopt;
  patterns.reserve(*length);
  for (; term.is_cons(); term = term.tail(), rounds.next())
    if (!add(term.head())) return std::nullopt;
  return patterns;
}

// A compiled pattern is {bm, Pattern} or {ac, Patterns}: preparing a search is cheap, so nothing is compiled.
NativeResult binary_compile_pattern(Context& context, const Term* a) {
  MayPause here;
  auto patterns = is_compiled(a[0]) ? std::nullopt : patterns_of(a[0]);
  if (!patterns) return badarg();
  Term only = a[0].is_cons() ? a[0].head() : a[0];
  bool one = patterns->size() == 1;
  return make_tuple(context.heap, {Term::atom(Atom::of(one ? "bm" : "ac")), one ? only : a[0]});
}

// Finds patterns in a text, from left to right. Remembers the next occurrence of each pattern, so that every
// pattern reads the text once.
class Searcher {
 public:
  Searcher(std::string_view text, const Patterns& patterns) : text_{text} {
    rows_.reserve(patterns.size());
    Rounds rounds;
    for (auto& pattern : patterns) rounds.next(), rows_.push_back({PatternSearch{pattern.text()}, 0, false});
  }

  // The first match at or after `from`; of those that start there, the longest. `from` must not decrease.
  std::optional<Range> find(std::size_t from) {
    Rounds rounds;
    std::optional<Range> best;
    for (auto& row : rows_) {
      rounds.next();
      if (!row.known || (row.next < from && row.next != std::string_view::npos))
        row.next = row.search.find(text_, from), row.known = true;
      if (row.next == std::string_view::npos) continue;
      if (!best || row.next < best->from || (row.next == best->from && row.search.size() > best->length))
        best = {row.next, row.search.size()};
    }
    return best;
  }

 private:
  struct Row {
    PatternSearch search;
    std::size_t next;
    bool known;
  };
  std::string_view text_;
  std::vector<Row, HeldAllocator<Row>> rows_;
};

// The options {scope, {Start, Length}} and, for split, global, trim, trim_all. nullopt: badarg. What is
// behind the last option of an improper list is ignored, as on OTP.
struct SearchOptions {
  Range scope;
  bool global = false, trim = false, trim_all = false;
};
std::optional<SearchOptions> search_options(Term list, std::size_t size, bool for_split) {
  SearchOptions options{{0, size}};
  if (!list.is_list()) return std::nullopt;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    Term option = list.head();
    if (option.is_tuple(2) && option.element(0).is_atom() && option.element(0).as_atom().text() == "scope" &&
        option.element(1).is_tuple(2)) {
      auto range = range_of(option.element(1).element(0), option.element(1).element(1), size);
      if (!range) return std::nullopt;
      options.scope = *range;
    } else if (for_split && option.is_atom() && option.as_atom().text() == "global") {
      options.global = true;
    } else if (for_split && option.is_atom() && option.as_atom().text() == "trim") {
      options.trim = true;
    } else if (for_split && option.is_atom() && option.as_atom().text() == "trim_all") {
      options.trim = options.trim_all = true;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

Term range_term(Heap& heap, const Range& range) {
  return make_tuple(heap, {Term::small(static_cast<std::int64_t>(range.from)),
                           Term::small(static_cast<std::int64_t>(range.length))});
}

NativeResult search(Context& context, Term binary, Term pattern, Term option_list, bool all) {
  MayPause here;
  auto options = is_binary(binary) ? search_options(option_list, size_of(binary), false) : std::nullopt;
  auto patterns = options ? patterns_of(pattern) : std::nullopt;
  if (!patterns) return badarg();
  BinaryView view{binary};
  auto text = view.text().substr(0, options->scope.from + options->scope.length);
  Searcher searcher{text, *patterns};
  ListBuilder found{context.heap};
  std::size_t from = options->scope.from;
  while (auto match = searcher.find(from)) {
    from = match->from + match->length;
    Term place = range_term(context.heap, *match);
    if (!all) return place;
    found.add(place);
  }
  if (!all) return Term::atom(Atom::of("nomatch"));
  return found.finish();
}

NativeResult binary_match_2(Context& c, const Term* a) { return search(c, a[0], a[1], Term::nil(), false); }
NativeResult binary_match_3(Context& c, const Term* a) { return search(c, a[0], a[1], a[2], false); }
NativeResult binary_matches_2(Context& c, const Term* a) { return search(c, a[0], a[1], Term::nil(), true); }
NativeResult binary_matches_3(Context& c, const Term* a) { return search(c, a[0], a[1], a[2], true); }

// The parts of a binary. trim: without empty ones at the end; trim_all: without any empty ones.
class Parts {
 public:
  Parts(Heap& heap, Term binary, const SearchOptions& options)
      : heap_{heap}, binary_{binary}, options_{options}, list_{heap} {}

  void add(std::size_t from, std::size_t length) {
    if (length == 0 && options_.trim_all) return;
    if (length == 0 && options_.trim) return void(++empty_);
    for (Rounds rounds; empty_ > 0; --empty_, rounds.next()) put(from, 0);
    put(from, length);
  }
  Term finish() { return list_.finish(); }

 private:
  void put(std::size_t from, std::size_t length) { list_.add(part_of(heap_, binary_, from * 8, length * 8)); }

  Heap& heap_;
  Term binary_;
  const SearchOptions& options_;
  ListBuilder list_;
  std::size_t empty_ = 0;  // in front of the next part, if there is one
};

NativeResult binary_split_3(Context& context, const Term* a) {
  MayPause here;
  auto options = is_binary(a[0]) ? search_options(a[2], size_of(a[0]), true) : std::nullopt;
  auto patterns = options ? patterns_of(a[1]) : std::nullopt;
  if (!patterns) return badarg();
  BinaryView view{a[0]};
  auto text = view.text().substr(0, options->scope.from + options->scope.length);
  Searcher searcher{text, *patterns};
  Parts parts{context.heap, a[0], *options};
  std::size_t start = 0, from = options->scope.from;
  while (auto match = searcher.find(from)) {
    parts.add(start, match->from - start);
    start = from = match->from + match->length;
    if (!options->global) break;
  }
  parts.add(start, view.size() - start);
  return parts.finish();
}

NativeResult binary_split_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return binary_split_3(context, arguments);
}

NativeResult common_affix(Term list, std::size_t (*common)(std::string_view, std::string_view)) {
  MayPause here;
  if (!list.is_cons() || !is_binary(list.head())) return badarg();
  Rounds rounds;
  BinaryView first{list.head()};
  std::size_t length = first.size();
  for (list = list.tail(); list.is_cons(); list = list.tail(), rounds.next()) {
    if (!is_binary(list.head())) return badarg();
    if (length > 0) length = std::min(length, common(first.text(), BinaryView{list.head()}.text()));
  }
  if (!list.is_nil()) return badarg();
  return Term::small(static_cast<std::int64_t>(length));
}

NativeResult binary_longest_common_prefix(Context&, const Term* a) {
  return common_affix(a[0], common_prefix);
}
NativeResult binary_longest_common_suffix(Context&, const Term* a) {
  return common_affix(a[0], common_suffix);
}

NativeResult binary_referenced_byte_size(Context&, const Term* a) {
  if (!a[0].is_bitstring()) return badarg();
  auto size =
      is_kind(a[0], Kind::slice) ? box_as<SubBinary>(a[0])->bytes->used : (bits_of(a[0]).bit_size + 7) / 8;
  return Term::small(static_cast<std::int64_t>(size));
}

constexpr NativeRow binary_functions[] = {
    {"at", 2, binary_at},
    {"bin_to_list", 1, binary_to_list_1, erlang_code},
    {"bin_to_list", 2, binary_to_list_2, erlang_code},
    {"bin_to_list", 3, binary_to_list_3, erlang_code},
    {"compile_pattern", 1, binary_compile_pattern},
    {"copy", 1, binary_copy_1},
    {"copy", 2, binary_copy_2},
    {"decode_unsigned", 1, binary_decode_unsigned_1},
    {"decode_unsigned", 2, binary_decode_unsigned_2},
    {"encode_unsigned", 1, binary_encode_unsigned_1},
    {"encode_unsigned", 2, binary_encode_unsigned_2},
    {"first", 1, binary_first},
    {"last", 1, binary_last},
    {"list_to_bin", 1, binary_from_list},
    {"longest_common_prefix", 1, binary_longest_common_prefix},
    {"longest_common_suffix", 1, binary_longest_common_suffix},
    {"match", 2, binary_match_2},
    {"match", 3, binary_match_3},
    {"matches", 2, binary_matches_2},
    {"matches", 3, binary_matches_3},
    {"part", 2, binary_part_2},
    {"part", 3, binary_part_3},
    {"referenced_byte_size", 1, binary_referenced_byte_size},
    {"split", 2, binary_split_2},
    {"split", 3, binary_split_3},
};

}  // namespace

extern const NativeModule binary_module;
const NativeModule binary_module{"binary", binary_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
