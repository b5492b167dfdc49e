// The native functions of module erts_debug: the representation of terms in memory.
#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "noderuntime/functions/deep_stack.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/visit.h"

namespace noderuntime {

namespace {

// Whether both are the same object, not only equal.
NativeResult same_2(Context&, const Term* a) { return yes_or_no(a[0] == a[1]); }

// The words that a copy would have on OTP, where {} is a constant. Nothing is shared in a copy.
NativeResult flat_size_1(Context& context, const Term* a) {
  MayPause here;
  std::size_t words = 0;
  for_each_term(a[0], [&](Term part) {
    if (part.is_cons())
      words += 2;
    else if (is_boxed(part) && !part.is_tuple(0))
      words += 1 + box_size(part);
  });
  return make_unsigned(context.heap, words);
}

// The same, but what a term has more than once is counted once.
NativeResult size_1(Context& context, const Term* a) {
  MayPause here;
  constexpr std::int64_t steps_per_part = 16;
  std::unordered_set<Word, std::hash<Word>, std::equal_to<>, HeldAllocator<Word>> seen;
  DeepStack<Term> open;
  open.push(a[0]);
  std::size_t words = 0;
  while (!open.empty()) {
    Term part = open.pop();
    pace.spend(steps_per_part);
    if (is_immediate(part) || part.is_tuple(0) || !seen.insert(word_of(part)).second) continue;
    words += part.is_cons() ? 2 : 1 + box_size(part);
    auto inner = part.is_cons() ? TermRange{cell_of(part), 2} : terms_in(box_of(part));
    for (std::size_t i = 0; i < inner.count; ++i) open.push(inner.first[i]);
  }
  return make_unsigned(context.heap, words);
}

// A copy in which what the term has more than once is one object again.
NativeResult copy_shared_1(Context& context, const Term* a) {
  MayPause here;
  constexpr std::int64_t steps_per_part = 16;
  using Row = std::pair<const Word, Word>;
  std::unordered_map<Word, Word, std::hash<Word>, std::equal_to<>, HeldAllocator<Row>> copies;
  DeepStack<TermRange> open;
  auto& heap = context.heap;
  auto copied = [&](Term part) {
    pace.spend(steps_per_part);
    auto inner = part.is_cons() ? TermRange{cell_of(part), 2} : terms_in(box_of(part));
    if (inner.count == 0) return copy(part, heap);
    std::size_t words = part.is_cons() ? 2 : 1 + box_size(part);
    auto* from = part.is_cons() ? reinterpret_cast<Word*>(cell_of(part)) : box_of(part);
    auto* to = heap.allocate(words);
    std::copy_n(from, words, to);
    open.push({reinterpret_cast<Term*>(to) + (reinterpret_cast<Word*>(inner.first) - from), inner.count});
    return part.is_cons() ? list_at(reinterpret_cast<Term*>(to)) : box_at(to);
  };
  auto once = [&](Term part) {
    if (is_immediate(part)) return part;
    auto [row, is_new] = copies.try_emplace(word_of(part));
    auto& place = row->second;
    if (is_new) place = word_of(copied(part));
    return from_word(place);
  };
  Term root = once(a[0]);
  while (!open.empty())
    for (auto range = open.pop(); range.count > 0; ++range.first, --range.count)
      *range.first = once(*range.first);
  return root;
}

// The same bits, which begin at another bit of a byte.
NativeResult unaligned_bitstring_2(Context& context, const Term* a) {
  if (!a[0].is_bitstring() || !a[1].is_small() || a[1].as_small() < 1 || a[1].as_small() > 7) return badarg();
  MayPause here;
  auto from = bits_of(a[0]);
  auto offset = static_cast<std::uint64_t>(a[1].as_small());
  std::size_t size = (offset + from.bit_size + 7) / 8;
  if (size / sizeof(Word) > context.heap.limit()) throw HeapLimitExceeded{};
  context.heap.reserve(sizeof(SubBinary) / sizeof(Word));
  std::unique_ptr<RefcBinary, void (*)(RefcBinary*)> bytes{RefcBinary::create(size), RefcBinary::release};
  bytes->used = size;
  bytes->data[0] = bytes->data[size - 1] = 0;
  bits::copy(from.data, from.bit_offset, bytes->data, offset, from.bit_size);
  return make_slice(context.heap, bytes.get(), offset, from.bit_size);
}

constexpr NativeRow erts_debug_functions[] = {{"copy_shared", 1, copy_shared_1},
                                              {"flat_size", 1, flat_size_1},
                                              {"same", 2, same_2},
                                              {"size", 1, size_1},
                                              {"size_shared", 1, size_1},
                                              {"unaligned_bitstring", 2, unaligned_bitstring_2}};

}  // namespace

extern const NativeModule erts_debug_module;
const NativeModule erts_debug_module{"erts_debug", erts_debug_functions, ""};

}  // namespace noderuntime
