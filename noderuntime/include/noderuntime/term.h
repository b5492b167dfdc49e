// A term of Erlang in one tagged word.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>

#include <noderuntime/atom.h>

namespace noderuntime {

using Word = std::uint64_t;

// The kinds of boxed terms. The order of the rows has no meaning.
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

// A term is an immediate value, or a pointer to objects on a heap. The low bits are its tag:
//
//         ..00  header word of a boxed object; never a value
//         ..01  pointer to a list cell
//         ..10  pointer to a box
//         0011  pid of this node
//         1111  small integer: 60 bits, signed
//       001011  atom
//       011011  the machine's own marks
//       111011  []
//
// A pointer is valid as long as the heap that it points into. Loop thread only.
class Term {
 public:
  constexpr Term() : word_{nil_word} {}
  static constexpr Term from_word(Word word) { return Term{word, 0}; }
  constexpr Word word() const { return word_; }

  // Immediates.
  static constexpr Term nil() { return from_word(nil_word); }
  static constexpr Term atom(Atom atom) { return from_word(Word{atom.index()} << 6 | 0x0B); }
  static constexpr Term boolean(bool value) {
    return atom(noderuntime::Atom{value ? noderuntime::Atom::true_index : noderuntime::Atom::false_index});
  }
  static constexpr Term small(std::int64_t value) { return from_word(static_cast<Word>(value) << 4 | 0xF); }
  static constexpr Term local_pid(std::uint32_t slot, std::uint32_t serial) {
    return from_word((Word{serial} << 28 | slot) << 4 | 0x3);
  }
  static constexpr std::int64_t small_min = -(std::int64_t{1} << 59), small_max = (std::int64_t{1} << 59) - 1;
  static constexpr bool fits_small(std::int64_t value) { return value >= small_min && value <= small_max; }

  constexpr bool is_nil() const { return word_ == nil_word; }
  constexpr bool is_atom() const { return (word_ & 0x3F) == 0x0B; }
  constexpr bool is_small() const { return (word_ & 0xF) == 0xF; }
  constexpr bool is_local_pid() const { return (word_ & 0xF) == 0x3; }
  constexpr bool is_cons() const { return (word_ & 3) == 1; }
  constexpr bool is_boxed() const { return (word_ & 3) == 2; }
  constexpr bool is_immediate() const { return (word_ & 3) == 3; }
  constexpr bool is_header() const { return (word_ & 3) == 0; }
  bool is(Atom atom) const { return word_ == Term::atom(atom).word_; }

  Atom as_atom() const {
    assert(is_atom());
    return Atom{static_cast<std::uint32_t>(word_ >> 6)};
  }
  constexpr std::int64_t as_small() const { return static_cast<std::int64_t>(word_) >> 4; }
  std::uint32_t pid_slot() const {
    assert(is_local_pid());
    return static_cast<std::uint32_t>(word_ >> 4) & 0xFFFFFFF;
  }
  std::uint32_t pid_serial() const {
    assert(is_local_pid());
    return static_cast<std::uint32_t>(word_ >> 32);
  }

  // Lists.
  static Term list(const Term* cell) { return from_word(reinterpret_cast<Word>(cell) | 1); }
  Term* cell() const {
    assert(is_cons());
    return reinterpret_cast<Term*>(word_ - 1);
  }
  Term head() const { return cell()[0]; }
  Term tail() const { return cell()[1]; }

  // Boxes: a header word, followed by size() words.
  static Term box(const Word* header) { return from_word(reinterpret_cast<Word>(header) | 2); }
  Word* boxed() const {
    assert(is_boxed());
    return reinterpret_cast<Word*>(word_ - 2);
  }
  Kind kind() const { return static_cast<Kind>(*boxed() >> 2 & 0x3F); }
  std::size_t size() const { return *boxed() >> 8; }  // words after the header
  bool is(Kind kind) const { return is_boxed() && this->kind() == kind; }
  static constexpr Word header(Kind kind, std::size_t size) {
    return size << 8 | Word{static_cast<Word>(kind)} << 2;
  }
  template <class Object>
  Object* as() const {
    return reinterpret_cast<Object*>(boxed());
  }

  // Tuples.
  bool is_tuple() const { return is(Kind::tuple); }
  bool is_tuple(std::size_t arity) const { return is_boxed() && *boxed() == header(Kind::tuple, arity); }
  std::size_t arity() const {
    assert(is_tuple());
    return size();
  }
  Term* elements() const { return reinterpret_cast<Term*>(boxed() + 1); }
  Term element(std::size_t index) const {
    assert(index < arity());
    return elements()[index];
  }  // from 0

  bool is_integer() const { return is_small() || is(Kind::positive_integer) || is(Kind::negative_integer); }
  bool is_float() const { return is(Kind::floating); }
  bool is_number() const { return is_integer() || is_float(); }
  bool is_pid() const { return is_local_pid() || is(Kind::external_pid); }
  bool is_port() const { return is(Kind::external_port); }
  bool is_reference() const {
    return is(Kind::reference) || is(Kind::magic_reference) || is(Kind::external_reference);
  }
  bool is_list() const { return is_cons() || is_nil(); }
  bool is_map() const { return is(Kind::flat_map) || is(Kind::trie_map); }
  bool is_bitstring() const { return is(Kind::binary) || is(Kind::slice); }
  bool is_fun() const { return is(Kind::fun) || is(Kind::export_fun); }

  friend constexpr bool operator==(Term, Term) = default;  // the same word; Erlang's =:= is exactly_equal()

 private:
  constexpr Term(Word word, int) : word_{word} {}
  static constexpr Word nil_word = 0x3B;
  Word word_;
};

static_assert(sizeof(Term) == sizeof(Word));

}  // namespace noderuntime
