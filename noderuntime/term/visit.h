// The terms inside a boxed object, for everything that walks terms: copying, collecting, counting atoms.
#pragma once

#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/heap.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

// Consecutive terms inside an object.
struct TermRange {
  Term* first;
  std::size_t count;
};

// All terms of a boxed object, including the atoms of identifiers and funs. Empty for a match_context, which
// the machine visits itself.
inline TermRange terms_in(Word* object) {
  std::size_t size = header_size(*object);
  auto* words = reinterpret_cast<Term*>(object + 1);
  switch (header_kind(*object)) {
    case Kind::tuple:
    case Kind::flat_map: return {words, size};
    case Kind::trie_map: return {&reinterpret_cast<TrieMap*>(object)->root, 1};
    case Kind::trie_node: return {words + 1, size - 1};
    case Kind::fun:
      return {&reinterpret_cast<FunObject*>(object)->module,
              3 + std::size_t{reinterpret_cast<FunObject*>(object)->free_count}};
    case Kind::record:
      return {&reinterpret_cast<NativeRecord*>(object)->module,
              2 + 2 * reinterpret_cast<NativeRecord*>(object)->count};
    case Kind::export_fun: return {words, 2};
    case Kind::external_reference:
    case Kind::external_pid:
    case Kind::external_port: return {words, 1};
    case Kind::positive_integer:
    case Kind::negative_integer:
    case Kind::floating:
    case Kind::reference:
    case Kind::magic_reference:
    case Kind::binary:
    case Kind::slice:
    case Kind::match_context: return {words, 0};
  }
  return {words, 0};
}

// Whether objects of this kind are in their heap's list of outside objects.
constexpr bool holds_outside(Kind kind) { return kind == Kind::slice || kind == Kind::magic_reference; }

// Calls visit(Term) for `root` and all terms in it, parents first; shared parts are visited once per
// occurrence. Keeps its own stack. A step for each term.
template <class Visit>
void for_each_term(Term root, Visit visit) {
  FrameStack<TermRange, 8> open;
  Rounds rounds;
  TermRange range{&root, 1};
  for (;;) {
    if (range.count == 0) {
      if (open.empty()) return;
      open.pop(range);
      continue;
    }
    rounds.next();
    Term term = *range.first;
    ++range.first, --range.count;
    visit(term);
    if (is_immediate(term)) continue;
    TermRange inner = term.is_cons() ? TermRange{cell_of(term), 2} : terms_in(box_of(term));
    if (inner.count == 0) continue;
    if (range.count > 0) open.push(range);
    range = inner;
  }
}

}  // namespace noderuntime
