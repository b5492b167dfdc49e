// Atoms: texts represented by small numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include <noderuntime/result.h>

namespace noderuntime {

// An entry of the table of atoms, which all nodes of the program share. Loop thread only. An atom and its
// text are never removed or changed.
class Atom {
 public:
  constexpr Atom() = default;  // the empty atom ''

  // text     UTF-8, at most 255 characters
  // errors   bad_term        not UTF-8, or too long
  //          too_many_atoms  the table is full (see set_atom_limit)
  static Result<Atom> intern(std::string_view text);

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

  friend constexpr bool operator==(Atom, Atom) = default;
  friend constexpr auto operator<=>(Atom, Atom) = default;  // for tables: not Erlang's order

 private:
  friend class Term;
  friend struct TermLayout;  // of the library's own sources
  static constexpr std::uint32_t true_index = 1, false_index = 2, none = 0xFFFFFFFF;
  constexpr explicit Atom(std::uint32_t index) : index_{index} {}
  static std::uint32_t index_of(std::string_view text);  // `none` if it is not interned
  std::uint32_t index_ = 0;
};

void set_atom_limit(std::uint32_t limit);  // default 1,048,576, as on OTP; of the program, not of a node
std::uint32_t atom_limit();
std::uint32_t atom_count();

}  // namespace noderuntime

template <>
struct std::hash<noderuntime::Atom> {
  // Keyed per program: peers cannot choose atoms that collide.
  std::size_t operator()(noderuntime::Atom atom) const;
};
