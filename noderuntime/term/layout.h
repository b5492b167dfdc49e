// The layout of atoms and terms: tags, kinds of boxes, header words. The public headers show none of it.
//
// The functions here are free functions, because class Term is public: kind_of(term), box_as<FlatMap>(term).
// All are inline. The predicates that users need too (is_map(), is_tuple() …) are members of Term.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include <noderuntime/atom.h>
#include <noderuntime/term.h>

namespace noderuntime {

using Word = std::uint64_t;

// The kinds of boxed terms. Term's predicates test ranges of them (TermLayout); otherwise the order of the
// rows has no meaning.
enum class Kind : std::uint8_t {
  tuple,               // elements
  positive_integer,    // limbs, least significant first, the last not zero; never one that fits the word
  negative_integer,    // limbs of the magnitude, likewise
  floating,            // one double
  reference,           // of this node: LocalReference
  magic_reference,     // of this node, and owns a share of an object: MagicReference
  external_reference,  // ExternalReference
  external_pid,        // ExternalPid
  external_port,       // ExternalPort
  fun,                 // FunObject, then its free variables
  export_fun,          // ExportFun
  binary,              // HeapBinary: at most 64 bytes, in the heap
  slice,               // SubBinary: bits of a counted RefcBinary
  flat_map,            // FlatMap: sorted keys, at most 32
  trie_map,            // TrieMap: the head of a hash trie
  trie_node,           // inside a trie_map only
  record,              // NativeRecord (OTP 29), carried and printed only
  match_context,       // MatchContext: used by the machine, never visible to Erlang code
};

// A term is an immediate value, or a pointer to objects on a heap. The low bits of its word are the tag:
//
//         ..00  header word of a boxed object; never a value
//         ..01  pointer to a list cell
//         ..10  pointer to a box: a header word, then box_size() words
//         0011  pid of this node: slot of the process table (28 bits), then serial (32 bits)
//         1111  small integer: 60 bits, signed
//       001011  atom: its index
//       011011  the machine's own marks
//       111011  []
//
// A header word has the kind in bits 2 to 7 and the size, without the header, in the bits above.
//
// TermLayout is the friend of Term and Atom: everything here that needs their words goes through it.
struct TermLayout {
  static constexpr Word word(Term term) { return term.word_; }
  static constexpr Term term(Word word) { return Term{word}; }
  static constexpr std::uint32_t index(Atom atom) { return atom.index_; }
  static constexpr Atom atom(std::uint32_t index) { return Atom{index}; }

  static constexpr bool is(Term::Kinds kinds, Kind first, Kind last) {
    return kinds.first == static_cast<Word>(first) && kinds.last == static_cast<Word>(last);
  }
  static constexpr bool agrees_with_term() {
    return is(Term::tuples, Kind::tuple, Kind::tuple) &&
           is(Term::integers, Kind::positive_integer, Kind::negative_integer) &&
           is(Term::floats, Kind::floating, Kind::floating) &&
           is(Term::references, Kind::reference, Kind::external_reference) &&
           is(Term::external_pids, Kind::external_pid, Kind::external_pid) &&
           is(Term::ports, Kind::external_port, Kind::external_port) &&
           is(Term::funs, Kind::fun, Kind::export_fun) && is(Term::bitstrings, Kind::binary, Kind::slice) &&
           is(Term::maps, Kind::flat_map, Kind::trie_map);
  }
};
static_assert(TermLayout::agrees_with_term());
static_assert(sizeof(Term) == sizeof(Word));

// Atoms. well_known_atoms.h has the indexes that are known at compile time.
constexpr std::uint32_t index_of(Atom atom) { return TermLayout::index(atom); }
constexpr Atom atom_at(std::uint32_t index) { return TermLayout::atom(index); }
// Erlang's order of atoms: that of their texts, byte by byte. Negative, zero or positive.
int order_of_texts(Atom a, Atom b);

// Words.
constexpr Word word_of(Term term) { return TermLayout::word(term); }
constexpr Term from_word(Word word) { return TermLayout::term(word); }
constexpr bool is_header(Word word) { return (word & 3) == 0; }
constexpr bool is_header(Term term) { return is_header(word_of(term)); }
constexpr bool is_boxed(Term term) { return (word_of(term) & 3) == 2; }
constexpr bool is_immediate(Term term) { return (word_of(term) & 3) == 3; }

// Pids of this node. The slot is below 2^28.
constexpr Term local_pid(std::uint32_t slot, std::uint32_t serial) {
  return from_word((Word{serial} << 28 | slot) << 4 | 0x3);
}
inline std::uint32_t pid_slot(Term pid) {
  assert(pid.is_local_pid());
  return static_cast<std::uint32_t>(word_of(pid) >> 4) & 0xFFFFFFF;
}
inline std::uint32_t pid_serial(Term pid) {
  assert(pid.is_local_pid());
  return static_cast<std::uint32_t>(word_of(pid) >> 32);
}

// Lists: a cell is a head and a tail.
inline Term list_at(const Term* cell) { return from_word(reinterpret_cast<Word>(cell) | 1); }
inline Term* cell_of(Term list) {
  assert(list.is_cons());
  return reinterpret_cast<Term*>(word_of(list) - 1);
}

// Header words.
constexpr Word box_header(Kind kind, std::size_t size) {
  return size << 8 | Word{static_cast<Word>(kind)} << 2;
}
constexpr Kind header_kind(Word header) { return static_cast<Kind>(header >> 2 & 0x3F); }
constexpr std::size_t header_size(Word header) { return header >> 8; }

// Boxes.
inline Term box_at(const Word* header) { return from_word(reinterpret_cast<Word>(header) | 2); }
inline Word* box_of(Term term) {
  assert(is_boxed(term));
  return reinterpret_cast<Word*>(word_of(term) - 2);
}
template <class Object>  // one of the layouts in heap.h
Object* box_as(Term term) {
  return reinterpret_cast<Object*>(box_of(term));
}
inline Kind kind_of(Term term) { return header_kind(*box_of(term)); }
inline std::size_t box_size(Term term) { return header_size(*box_of(term)); }
inline bool is_kind(Term term, Kind kind) { return is_boxed(term) && kind_of(term) == kind; }
inline Term* elements_of(Term tuple) { return reinterpret_cast<Term*>(box_of(tuple) + 1); }

}  // namespace noderuntime
