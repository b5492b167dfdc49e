// The atom cache of the distribution header; each direction has its own.
// Source: erl_dist_protocol, "Distribution Header"; erl_ext_dist, ATOM_CACHE_REF;
// docs/protocol/distribution.md, "Header and atom cache".
//
//     n:8, then if n > 0: n/2 + 1 bytes of half bytes, low one first, then n entries
//     half byte i < n   bit 3: new entry, bits 0 to 2: segment
//     half byte n       bit 0: LongAtoms
//     entry             index:8, if new: length:8 (16 if LongAtoms), text in UTF-8
#pragma once

#include <array>
#include <bitset>
#include <span>
#include <vector>

#include <noderuntime/atom.h>
#include "common/wire/reader.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/term/atom_allowance.h"

namespace noderuntime::distribution {

inline constexpr std::size_t atom_cache_slots = 2048;

// The atoms of one header, which ATOM_CACHE_REF refers to by their number.
class HeaderAtoms {
 public:
  static constexpr std::size_t maximum = 255;
  void add(Atom atom) { atoms_[count_++] = atom; }
  void clear() { count_ = 0; }
  std::span<const Atom> atoms() const { return std::span{atoms_}.first(count_); }

 private:
  std::size_t count_ = 0;
  std::array<Atom, maximum> atoms_{};
};

// The atoms that the peer has sent, by cache slot.
class ReceivedAtoms {
 public:
  // Reads the header at `in` and stores its new entries; `named` receives the atoms in order.
  //
  // errors  bad_frame (cut short, undefined slot), bad_term (not an atom's text), too_many_atoms
  Outcome read_header(Reader& in, AtomAllowance& allowance, HeaderAtoms& named);

 private:
  Result<Atom> read_new(Reader& in, bool long_atoms, AtomAllowance& allowance);

  std::array<Atom, atom_cache_slots> slots_{};
  std::bitset<atom_cache_slots> defined_;
};

// The atoms that the peer has been sent. For each message: begin(), encode with this as AtomNumbers, then
// write_header() and commit(). begin() without commit() discards the atoms of a message that was not sent.
class SentAtoms final : public AtomNumbers {
 public:
  void begin();
  int number(Atom atom) override;
  void write_header(Buffer& out) const;
  void commit();

 private:
  struct Entry {
    Atom atom;
    std::uint16_t slot;
    bool is_new;
  };
  static constexpr std::uint8_t none = 0xFF;

  std::array<Atom, atom_cache_slots> slots_{};
  std::bitset<atom_cache_slots> defined_;
  std::array<std::uint8_t, atom_cache_slots> entry_of_slot_ = all_none();  // in this message
  std::vector<Entry> entries_;

  static constexpr std::array<std::uint8_t, atom_cache_slots> all_none() {
    std::array<std::uint8_t, atom_cache_slots> all{};
    for (auto& one : all) one = none;
    return all;
  }
};

}  // namespace noderuntime::distribution
