// A term of Erlang.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include <noderuntime/atom.h>

namespace noderuntime {

// An opaque value of one word; pass it by value. Atoms, small integers, [] and pids of this node are always
// valid. Every other term refers to objects on a heap, and is valid as long as these: Terms and Value in
// terms.h say how long. A term never changes. Loop thread only.
//
// The members need no heap. Terms makes and reads terms of every type.
class Term {
 public:
  constexpr Term();  // []
  static constexpr Term nil() { return {}; }
  static constexpr Term atom(Atom atom);
  static constexpr Term boolean(bool value);
  // Precondition: fits_small(value). Terms::integer() makes the others too.
  static constexpr Term small(std::int64_t value);
  static constexpr std::int64_t small_min = -(std::int64_t{1} << 59), small_max = (std::int64_t{1} << 59) - 1;
  static constexpr bool fits_small(std::int64_t value) { return value >= small_min && value <= small_max; }

  constexpr bool is_nil() const;
  constexpr bool is_cons() const;  // a list that has a head
  bool is_list() const;            // is_cons() or is_nil(); it need not be a proper list
  constexpr bool is_atom() const;
  constexpr bool is(Atom atom) const;
  constexpr bool is_small() const;  // an integer from small_min to small_max
  bool is_integer() const;
  bool is_float() const;
  bool is_number() const;
  bool is_tuple() const;
  bool is_tuple(std::size_t arity) const;
  bool is_map() const;
  bool is_bitstring() const;
  constexpr bool is_local_pid() const;  // of this node
  bool is_pid() const;
  bool is_port() const;
  bool is_reference() const;
  bool is_fun() const;

  // Precondition: the term is of that type.
  Atom as_atom() const;
  constexpr std::int64_t as_small() const;
  Term head() const;  // of is_cons()
  Term tail() const;
  std::size_t arity() const;              // of a tuple
  Term element(std::size_t index) const;  // of a tuple, from 0; below arity()

  // True: equal atoms, small integers, [] or pids of this node, or the same object on a heap. Erlang's =:= is
  // same() of terms.h.
  friend constexpr bool operator==(Term, Term) = default;

 private:
  // The meaning of the bits stands in noderuntime/term/layout.h, which is not installed. It checks the
  // numbers below.
  friend struct TermLayout;
  struct Kinds {
    std::uint64_t first, last;
  };
  static constexpr Kinds tuples{0, 0}, integers{1, 2}, floats{3, 3}, references{4, 6}, external_pids{7, 7},
      ports{8, 8}, funs{9, 10}, bitstrings{11, 12}, maps{13, 14};

  constexpr explicit Term(std::uint64_t word) : word_{word} {}
  constexpr bool has_tag(std::uint64_t tag, std::uint64_t mask) const { return (word_ & mask) == tag; }
  const std::uint64_t* at(std::uint64_t tag) const { return reinterpret_cast<std::uint64_t*>(word_ - tag); }
  bool is_box(Kinds kinds) const;

  std::uint64_t word_;
};

// --- inline functions

constexpr Term::Term() : word_{0x3B} {}
constexpr Term Term::atom(Atom atom) { return Term{std::uint64_t{atom.index_} << 6 | 0x0B}; }
constexpr Term Term::boolean(bool value) {
  return atom(noderuntime::Atom{value ? noderuntime::Atom::true_index : noderuntime::Atom::false_index});
}
constexpr Term Term::small(std::int64_t value) { return Term{static_cast<std::uint64_t>(value) << 4 | 0xF}; }

constexpr bool Term::is_nil() const { return *this == nil(); }
constexpr bool Term::is_cons() const { return has_tag(1, 3); }
constexpr bool Term::is_atom() const { return has_tag(0x0B, 0x3F); }
constexpr bool Term::is(Atom atom) const { return *this == Term::atom(atom); }
constexpr bool Term::is_small() const { return has_tag(0xF, 0xF); }
constexpr bool Term::is_local_pid() const { return has_tag(3, 0xF); }

inline bool Term::is_box(Kinds kinds) const {
  return has_tag(2, 3) && (*at(2) >> 2 & 0x3F) - kinds.first <= kinds.last - kinds.first;
}
inline bool Term::is_list() const { return is_cons() || is_nil(); }
inline bool Term::is_integer() const { return is_small() || is_box(integers); }
inline bool Term::is_float() const { return is_box(floats); }
inline bool Term::is_number() const { return is_integer() || is_float(); }
inline bool Term::is_tuple() const { return is_box(tuples); }
inline bool Term::is_tuple(std::size_t arity) const {
  return has_tag(2, 3) && *at(2) == (std::uint64_t{arity} << 8 | tuples.first << 2);
}
inline bool Term::is_map() const { return is_box(maps); }
inline bool Term::is_bitstring() const { return is_box(bitstrings); }
inline bool Term::is_pid() const { return is_local_pid() || is_box(external_pids); }
inline bool Term::is_port() const { return is_box(ports); }
inline bool Term::is_reference() const { return is_box(references); }
inline bool Term::is_fun() const { return is_box(funs); }

inline Atom Term::as_atom() const {
  assert(is_atom());
  return Atom{static_cast<std::uint32_t>(word_ >> 6)};
}
constexpr std::int64_t Term::as_small() const { return static_cast<std::int64_t>(word_) >> 4; }
inline Term Term::head() const {
  assert(is_cons());
  return Term{at(1)[0]};
}
inline Term Term::tail() const {
  assert(is_cons());
  return Term{at(1)[1]};
}
inline std::size_t Term::arity() const {
  assert(is_tuple());
  return *at(2) >> 8;
}
inline Term Term::element(std::size_t index) const {
  assert(index < arity());
  return Term{at(2)[1 + index]};
}

}  // namespace noderuntime
