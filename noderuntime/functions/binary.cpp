// The native functions of module binary.
#include <algorithm>
#include <cstring>
#include <memory>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"

namespace noderuntime {

namespace {

bool is_binary(Term term) { return term.is_bitstring() && bits_of(term).whole_bytes(); }
std::size_t size_of(Term binary) { return bits_of(binary).bit_size / 8; }

// The bytes of a binary; copied only if they are not aligned to whole bytes.
class View {
 public:
  explicit View(Term binary) {
    if (auto bytes = aligned_bytes(binary)) {
      bytes_ = *bytes;
      return;
    }
    auto view = bits_of(binary);
    copy_.resize(view.bit_size / 8);
    bits::copy_to_front(view.data, view.bit_offset, copy_.data(), view.bit_size);
    bytes_ = copy_;
  }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }

 private:
  Buffer copy_;
  std::span<const std::uint8_t> bytes_;
};

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
  View view{a[0]};
  auto count = static_cast<std::size_t>(a[1].as_small());
  if (view.bytes().empty()) return a[0];
  if (count > most / view.bytes().size()) return error(atoms::system_limit);
  if (view.bytes().size() * count / sizeof(Word) > context.heap.limit()) throw HeapLimitExceeded{};
  constexpr std::size_t small = 64;  // kept in the heap
  std::size_t size = view.bytes().size() * count;
  if (size <= small) {
    Buffer all;
    for (std::size_t i = 0; i < count; ++i) append(all, view.bytes());
    return make_binary(context.heap, std::span<const std::uint8_t>{all});
  }
  std::unique_ptr<RefcBinary, decltype(&RefcBinary::release)> all{RefcBinary::create(size),
                                                                  RefcBinary::release};
  for (; all->used < size; all->used += view.bytes().size())
    std::memcpy(all->data + all->used, view.bytes().data(), view.bytes().size());
  return make_slice(context.heap, all.get(), 0, 8 * std::uint64_t{size});
}

NativeResult binary_copy_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::small(1)};
  return binary_copy_2(context, arguments);
}

NativeResult binary_to_list_3(Context& context, const Term* a) {
  auto range = is_binary(a[0]) ? range_of(a[1], a[2], size_of(a[0])) : std::nullopt;
  if (!range) return badarg();
  View view{a[0]};
  return make_string(context.heap, view.text().substr(range->from, range->length));
}

NativeResult binary_to_list_2(Context& context, const Term* a) {
  if (!a[1].is_tuple(2)) return badarg();
  Term arguments[] = {a[0], a[1].element(0), a[1].element(1)};
  return binary_to_list_3(context, arguments);
}

NativeResult binary_to_list_1(Context& context, const Term* a) {
  if (!is_binary(a[0])) return badarg();
  return make_string(context.heap, View{a[0]}.text());
}

NativeResult binary_from_list(Context& context, const Term* a) {
  auto bytes = a[0].is_list() ? bytes_of_iolist(a[0]) : std::nullopt;
  return bytes ? NativeResult{make_binary(context.heap, std::span<const std::uint8_t>{*bytes})} : badarg();
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
  auto view = View{a[0]}.bytes();
  Buffer bytes{view.begin(), view.end()};
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

std::optional<std::vector<std::string>> patterns_of(Term term) {
  std::vector<std::string> patterns;
  auto add = [&](Term binary) {
    if (!is_binary(binary) || size_of(binary) == 0) return false;
    patterns.emplace_back(View{binary}.text());
    return true;
  };
  if (is_compiled(term)) term = term.element(1);
  if (term.is_bitstring()) return add(term) ? std::optional{patterns} : std::nullopt;
  for (; term.is_cons(); term = term.tail())
    if (!add(term.head())) return std::nullopt;
  return term.is_nil() && !patterns.empty() ? std::optional{patterns} : std::nullopt;
}

// A compiled pattern is {bm, Pattern} or {ac, Patterns}: preparing a search is cheap, so nothing is compiled.
NativeResult binary_compile_pattern(Context& context, const Term* a) {
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
  Searcher(std::string_view text, const std::vector<std::string>& patterns) : text_{text} {
    for (auto& pattern : patterns) rows_.push_back({pattern, 0, false});
  }

  // The first match at or after `from`; of those that start there, the longest. `from` must not decrease.
  std::optional<Range> find(std::size_t from) {
    std::optional<Range> best;
    for (auto& row : rows_) {
      if (!row.known || (row.next < from && row.next != std::string_view::npos))
        row.next = text_.find(row.pattern, from), row.known = true;
      if (row.next == std::string_view::npos) continue;
      if (!best || row.next < best->from || (row.next == best->from && row.pattern.size() > best->length))
        best = {row.next, row.pattern.size()};
    }
    return best;
  }

 private:
  struct Row {
    std::string_view pattern;
    std::size_t next;
    bool known;
  };
  std::string_view text_;
  std::vector<Row> rows_;
};

// The options {scope, {Start, Length}} and, for split, global, trim, trim_all. nullopt: badarg.
struct SearchOptions {
  Range scope;
  bool global = false, trim = false, trim_all = false;
};
std::optional<SearchOptions> search_options(Term list, std::size_t size, bool for_split) {
  SearchOptions options{{0, size}};
  for (; list.is_cons(); list = list.tail()) {
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
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

Term range_term(Heap& heap, const Range& range) {
  return make_tuple(heap, {Term::small(static_cast<std::int64_t>(range.from)),
                           Term::small(static_cast<std::int64_t>(range.length))});
}

NativeResult search(Context& context, Term binary, Term pattern, Term option_list, bool all) {
  auto patterns = patterns_of(pattern);
  auto options = is_binary(binary) ? search_options(option_list, size_of(binary), false) : std::nullopt;
  if (!patterns || !options) return badarg();
  View view{binary};
  auto text = view.text().substr(0, options->scope.from + options->scope.length);
  Searcher searcher{text, *patterns};
  std::vector<Term> found;
  std::size_t from = options->scope.from;
  while (auto match = searcher.find(from)) {
    from = match->from + match->length;
    found.push_back(range_term(context.heap, *match));
    if (!all) return found.front();
  }
  if (!all) return Term::atom(Atom::of("nomatch"));
  return make_list(context.heap, std::span<const Term>{found});
}

NativeResult binary_match_2(Context& c, const Term* a) { return search(c, a[0], a[1], Term::nil(), false); }
NativeResult binary_match_3(Context& c, const Term* a) { return search(c, a[0], a[1], a[2], false); }
NativeResult binary_matches_2(Context& c, const Term* a) { return search(c, a[0], a[1], Term::nil(), true); }
NativeResult binary_matches_3(Context& c, const Term* a) { return search(c, a[0], a[1], a[2], true); }

NativeResult binary_split_3(Context& context, const Term* a) {
  auto patterns = patterns_of(a[1]);
  auto options = is_binary(a[0]) ? search_options(a[2], size_of(a[0]), true) : std::nullopt;
  if (!patterns || !options) return badarg();
  View view{a[0]};
  auto text = view.text().substr(0, options->scope.from + options->scope.length);
  Searcher searcher{text, *patterns};
  std::vector<Range> parts;
  std::size_t start = 0, from = options->scope.from;
  while (auto match = searcher.find(from)) {
    parts.push_back({start, match->from - start});
    start = from = match->from + match->length;
    if (!options->global) break;
  }
  parts.push_back({start, view.text().size() - start});
  if (options->trim_all) std::erase_if(parts, [](auto& part) { return part.length == 0; });
  while (options->trim && !parts.empty() && parts.back().length == 0) parts.pop_back();
  std::vector<Term> terms;
  for (auto& part : parts) terms.push_back(part_of(context.heap, a[0], part.from * 8, part.length * 8));
  return make_list(context.heap, std::span<const Term>{terms});
}

NativeResult binary_split_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return binary_split_3(context, arguments);
}

NativeResult common_affix(Term list, bool suffix) {
  std::vector<std::string> texts;
  for (; list.is_cons(); list = list.tail()) {
    if (!is_binary(list.head())) return badarg();
    texts.emplace_back(View{list.head()}.text());
    if (suffix) std::reverse(texts.back().begin(), texts.back().end());
  }
  if (!list.is_nil() || texts.empty()) return badarg();
  std::size_t length = texts[0].size();
  for (auto& text : texts)
    length = static_cast<std::size_t>(
        std::mismatch(texts[0].begin(),
                      texts[0].begin() + static_cast<std::ptrdiff_t>(std::min(length, text.size())),
                      text.begin())
            .first -
        texts[0].begin());
  return Term::small(static_cast<std::int64_t>(length));
}

NativeResult binary_longest_common_prefix(Context&, const Term* a) { return common_affix(a[0], false); }
NativeResult binary_longest_common_suffix(Context&, const Term* a) { return common_affix(a[0], true); }

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
