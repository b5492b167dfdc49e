#include "noderuntime/distribution/atom_cache.h"

#include <algorithm>

namespace noderuntime::distribution {

namespace {

constexpr unsigned new_entry = 8, segment_bits = 7, long_atoms_bit = 1;

unsigned half_byte(Bytes flags, std::size_t i) { return i % 2 == 0 ? flags[i / 2] & 0xF : flags[i / 2] >> 4; }

}  // namespace

Outcome ReceivedAtoms::read_header(Reader& in, AtomAllowance& allowance, HeaderAtoms& named) {
  named.clear();
  std::size_t count = in.u8();
  if (!in.ok()) return Error{Errc::bad_frame, "header"};
  if (count == 0) return done;
  auto flags = in.bytes(count / 2 + 1);
  if (!in.ok()) return Error{Errc::bad_frame, "header"};
  bool long_atoms = half_byte(flags, count) & long_atoms_bit;

  for (std::size_t i = 0; i < count; ++i) {
    auto half = half_byte(flags, i);
    std::size_t slot = (half & segment_bits) << 8 | in.u8();
    if (half & new_entry) {
      auto atom = read_new(in, long_atoms, allowance);
      if (!atom) return atom.error();
      slots_[slot] = *atom;
      defined_.set(slot);
    }
    if (!in.ok()) return Error{Errc::bad_frame, "header"};
    if (!defined_[slot]) return Error{Errc::bad_frame, "atom cache slot " + std::to_string(slot)};
    named.add(slots_[slot]);
  }
  return done;
}

Result<Atom> ReceivedAtoms::read_new(Reader& in, bool long_atoms, AtomAllowance& allowance) {
  std::size_t length = long_atoms ? in.u16() : in.u8();
  auto text = in.string(length);
  if (!in.ok()) return Error{Errc::bad_frame, "header"};
  return allowance.intern(text);
}

void SentAtoms::begin() {
  for (const auto& entry : entries_) entry_of_slot_[entry.slot] = none;
  entries_.clear();
}

// A slot serves one atom per message; a second atom with the same slot is sent as text, as on OTP.
int SentAtoms::number(Atom atom) {
  auto slot = static_cast<std::uint16_t>(index_of(atom) % atom_cache_slots);
  auto entry = entry_of_slot_[slot];
  if (entry != none) return entries_[entry].atom == atom ? entry : -1;
  if (entries_.size() == HeaderAtoms::maximum) return -1;
  bool known = defined_[slot] && slots_[slot] == atom;
  entry_of_slot_[slot] = static_cast<std::uint8_t>(entries_.size());
  entries_.push_back({atom, slot, !known});
  return entry_of_slot_[slot];
}

void SentAtoms::write_header(Buffer& out) const {
  out.push_back(static_cast<Byte>(entries_.size()));
  if (entries_.empty()) return;
  bool long_atoms = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.is_new && entry.atom.text().size() > 0xFF;
  });
  auto flags = out.size();
  out.resize(flags + entries_.size() / 2 + 1, 0);
  auto set_half = [&](std::size_t i, unsigned half) {
    out[flags + i / 2] = static_cast<Byte>(out[flags + i / 2] | half << (i % 2 * 4));
  };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    set_half(i, static_cast<unsigned>(entry.slot >> 8) | (entry.is_new ? new_entry : 0));
    out.push_back(static_cast<Byte>(entry.slot));
    if (!entry.is_new) continue;
    auto text = entry.atom.text();
    if (long_atoms) out.push_back(static_cast<Byte>(text.size() >> 8));
    out.push_back(static_cast<Byte>(text.size()));
    append(out, as_bytes(text));
  }
  set_half(entries_.size(), long_atoms ? long_atoms_bit : 0);
}

void SentAtoms::commit() {
  for (const auto& entry : entries_) {
    slots_[entry.slot] = entry.atom;
    defined_.set(entry.slot);
  }
  begin();
}

}  // namespace noderuntime::distribution
