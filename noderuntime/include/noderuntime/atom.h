// Atoms: texts represented by small numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include <noderuntime/result.h>

namespace noderuntime {

// An index into the table of atoms, which all nodes of the program share. Loop thread only. An atom and its
// text are never removed or changed.
class Atom {
 public:
  constexpr Atom() = default;  // the empty atom ''
  constexpr explicit Atom(std::uint32_t index) : index_{index} {}
  static constexpr std::uint32_t true_index = 1, false_index = 2;  // `true` and `false`, which always exist

  // text     UTF-8, at most 255 characters
  // errors   bad_term        not UTF-8, or too long
  //          too_many_atoms  the table is full (see set_atom_limit)
  static Result<Atom> intern(std::string_view text);

  // Interns the name of a node that has proved the cookie. When the table is full, the name takes one of the
  // atoms_for_node_names entries, which no other atom may use, so that new nodes can still connect.
  // errors  as intern(); too_many_atoms when the reserved entries are used up too
  static Result<Atom> intern_node_name(std::string_view text);

  // The atom if it has been interned already. Error: not_found.
  static Result<Atom> existing(std::string_view text);

  // Like existing(), but without building an Error.
  static std::optional<Atom> find(std::string_view text) {
    auto index = index_of(text);
    return index == none ? std::nullopt : std::optional{Atom{index}};
  }

  // Interns a text of the program's own source. Such texts are few, so the limit does not apply. Aborts if
  // the text is not UTF-8 or too long for an atom.
  static Atom of(std::string_view text);

  std::string_view text() const;
  constexpr std::uint32_t index() const { return index_; }

  friend constexpr bool operator==(Atom, Atom) = default;
  friend constexpr auto operator<=>(Atom, Atom) = default;  // by index: for tables, not Erlang's order

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFF;
  static std::uint32_t index_of(std::string_view text);  // `none` if it is not interned
  std::uint32_t index_ = 0;
};

// Entries beyond the limit, reserved for names of nodes that have proved the cookie. Each such name uses up
// one entry for good, because atoms are never removed.
inline constexpr std::uint32_t atoms_for_node_names = 4096;

void set_atom_limit(std::uint32_t limit);  // default 1,048,576, as on OTP; of the program, not of a node
std::uint32_t atom_limit();
std::uint32_t atom_count();
// Whether Atom::intern_node_name(name) would succeed: `name` is interned already, or there is room.
bool room_for_node_name(std::string_view name);
std::uint32_t node_names_left();  // of atoms_for_node_names

// The number of atoms that one source (a peer) may still add. Atoms that exist already cost
// nothing. Loop thread only.
class AtomAllowance {
 public:
  explicit AtomAllowance(std::uint32_t left) : left_{left} {}
  // For input that is part of the program, like Atom::of(): neither the allowance nor the
  // table's limit applies.
  static AtomAllowance of_the_program() {
    AtomAllowance all{0};
    all.ours_ = true;
    return all;
  }
  Result<Atom> intern(std::string_view text);  // errors as Atom::intern; too_many_atoms when used up
  std::uint32_t left() const { return left_; }

 private:
  std::uint32_t left_;
  bool ours_ = false;
};

}  // namespace noderuntime

template <>
struct std::hash<noderuntime::Atom> {
  // Keyed per program: peers cannot choose atoms that collide.
  std::size_t operator()(noderuntime::Atom atom) const;
};
