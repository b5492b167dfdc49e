// Atoms: names as small numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "noderuntime/result.h"

namespace noderuntime {

// One table serves all nodes of a program (loop thread only). The text of an atom never changes or goes away.
class Atom {
 public:
  constexpr Atom() = default;  // the empty atom ''
  constexpr explicit Atom(std::uint32_t index) : index_{index} {}
  static constexpr std::uint32_t true_index = 1, false_index = 2;  // `true` and `false`, which always exist

  // text     UTF-8, at most 255 characters
  // errors   bad_term        not UTF-8, or too long
  //          too_many_atoms  the table is full (see set_atom_limit)
  static Result<Atom> intern(std::string_view text);

  // The name of a node that has proved the cookie: when the table is full it takes one of the
  // atoms_for_node_names that nothing else may use, so that new nodes can still connect.
  // errors  as intern(); too_many_atoms when these are used up too
  static Result<Atom> intern_node_name(std::string_view text);

  // The atom if it exists already; the empty optional is spelled as error not_found.
  static Result<Atom> existing(std::string_view text);

  // The same without making an error.
  static std::optional<Atom> find(std::string_view text) {
    auto index = index_of(text);
    return index == none ? std::nullopt : std::optional{Atom{index}};
  }

  // For texts of our own program: they are few, and the limit does not hold for them. Aborts when no atom can
  // have such a text.
  static Atom of(std::string_view text);

  std::string_view text() const;
  constexpr std::uint32_t index() const { return index_; }

  friend constexpr bool operator==(Atom, Atom) = default;
  friend constexpr auto operator<=>(Atom, Atom) = default;  // by index: for tables, not Erlang's order

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFF;
  static std::uint32_t index_of(std::string_view text);  // none: it does not exist
  std::uint32_t index_ = 0;
};

// Beyond the limit, for the names of nodes that have proved the cookie. An atom does not go away, so each
// name uses up one for good.
inline constexpr std::uint32_t atoms_for_node_names = 4096;

void set_atom_limit(std::uint32_t limit);  // default 1,048,576, as OTP
std::uint32_t atom_limit();
std::uint32_t atom_count();
// Whether Atom::intern_node_name() has room.
bool room_for_node_name(std::string_view name);
std::uint32_t node_names_left();  // of atoms_for_node_names

// How many atoms one source (a peer) may still add. Known atoms cost nothing.
class AtomAllowance {
 public:
  explicit AtomAllowance(std::uint32_t left) : left_{left} {}
  // For what is part of the program, as Atom::of(): the limit of the table does not hold.
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
  std::size_t operator()(noderuntime::Atom atom) const;  // nobody can choose atoms that collide
};
