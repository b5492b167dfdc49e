// What peers may add to the table of atoms.
#pragma once

#include <cstdint>
#include <string_view>

#include <noderuntime/atom.h>

namespace noderuntime {

// Entries beyond the limit, reserved for names of nodes that have proved the cookie. Each such name uses up
// one entry for good, because atoms are never removed.
inline constexpr std::uint32_t atoms_for_node_names = 4096;

// Interns the name of a node that has proved the cookie. When the table is full, the name takes one of the
// atoms_for_node_names entries, which no other atom may use, so that new nodes can still connect.
// errors  as Atom::intern(); too_many_atoms when the reserved entries are used up too
Result<Atom> intern_node_name(std::string_view text);
// Whether intern_node_name(name) would succeed: `name` is interned already, or there is room.
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
