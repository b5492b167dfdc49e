// The table of atoms: texts in blocks that never move, found by an open-addressed table of indexes.
#include <noderuntime/atom.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "common/entropy/keyed_hash.h"
#include "common/wire/utf8.h"
#include "noderuntime/term/atom_allowance.h"
#include "noderuntime/term/atom_probes.h"
#include "noderuntime/term/layout.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {
namespace {

constexpr std::size_t max_characters = 255, max_bytes = 4 * max_characters;
constexpr std::uint32_t none = 0xFFFFFFFF;

template <class Number>
std::uint64_t load(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

std::uint64_t hash_of(std::string_view text) { return keyed_hash::of_text(text); }

// An inlined comparison: most texts are a few words long, and a call of memcmp would cost more.
bool same(const char* a, const char* b, std::size_t size) {
  if (size < 4) {
    for (std::size_t i = 0; i < size; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }
  if (size < 8)
    return load<std::uint32_t>(a) == load<std::uint32_t>(b) &&
           load<std::uint32_t>(a + size - 4) == load<std::uint32_t>(b + size - 4);
  for (std::size_t at = 0; at + 8 < size; at += 8)
    if (load<std::uint64_t>(a + at) != load<std::uint64_t>(b + at)) return false;
  return load<std::uint64_t>(a + size - 8) == load<std::uint64_t>(b + size - 8);
}

// The first 8 bytes as a number, so that numbers are in the order of the texts.
std::uint64_t beginning_of(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
  return number;
}

class Table {
 public:
  Table() : slots_(1024, none) {
#define NODERUNTIME_ADD_ATOM(name, text) add(text, hash_of(text));
    NODERUNTIME_ATOMS(NODERUNTIME_ADD_ATOM)
#undef NODERUNTIME_ADD_ATOM
  }

  std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    return find(text, hash, [] {});
  }

  // Calls `probed` for each slot that it looks at.
  template <class Probed>
  std::uint32_t find(std::string_view text, std::uint64_t hash, Probed probed) const {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      probed();
      std::uint32_t index = slots_[at];
      if (index == none) return none;
      const Entry& entry = entries_[index];
      if (entry.hash == static_cast<std::uint32_t>(hash) && entry.size == text.size() &&
          same(entry.text, text.data(), text.size()))
        return index;
    }
  }

  std::uint32_t add(std::string_view text, std::uint64_t hash) {
    if (2 * (entries_.size() + 1) > slots_.size()) rehash();
    auto index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({store(text), static_cast<std::uint32_t>(text.size()),
                        static_cast<std::uint32_t>(hash), beginning_of(text)});
    place(index, hash);
    return index;
  }

  int order(std::uint32_t a, std::uint32_t b) const {
    const Entry &first = entries_[a], &second = entries_[b];
    if (first.beginning != second.beginning) return first.beginning < second.beginning ? -1 : 1;
    return text(a).compare(text(b));
  }
  std::string_view text(std::uint32_t index) const { return {entries_[index].text, entries_[index].size}; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }

  std::uint32_t limit = 1u << 20;
  std::uint32_t node_names_left = atoms_for_node_names;

 private:
  struct Entry {
    const char* text;
    std::uint32_t size, hash;
    std::uint64_t beginning;
  };

  std::size_t mask() const { return slots_.size() - 1; }
  void place(std::uint32_t index, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (slots_[at] != none) at = (at + 1) & mask();
    slots_[at] = index;
  }
  void rehash() {
    slots_.assign(2 * slots_.size(), none);
    for (std::uint32_t index = 0; index < count(); ++index) place(index, entries_[index].hash);
  }
  const char* store(std::string_view text) {
    constexpr std::size_t block = 32 * 1024;
    if (text.size() > left_) {
      blocks_.push_back(std::make_unique<char[]>(block));
      free_ = blocks_.back().get(), left_ = block;
    }
    char* stored = free_;
    if (!text.empty()) std::memcpy(stored, text.data(), text.size());
    free_ += text.size(), left_ -= text.size();
    return stored;
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // at most half full
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
};

Table& table() {
  static Table& the = *new Table;  // never destroyed: static objects may name atoms
  return the;
}

bool is_full() { return table().count() >= table().limit; }

bool is_text_of_atom(std::string_view text) {
  if (text.size() > max_bytes) return false;
  auto characters = utf8::length(text);
  return characters && *characters <= max_characters;
}

Error bad_text() { return Error{Errc::bad_term, "atom"}; }

Result<Atom> intern_new(std::string_view text, std::uint64_t hash) {
  if (!is_text_of_atom(text)) return bad_text();
  if (is_full()) return Error{Errc::too_many_atoms, std::to_string(table().limit)};
  return atom_at(table().add(text, hash));
}

}  // namespace

Result<Atom> Atom::intern(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return Atom{index};
  return intern_new(text, hash);
}

Result<Atom> intern_node_name(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return atom_at(index);
  if (!is_text_of_atom(text)) return bad_text();
  if (!room_for_node_name(text))
    return Error{Errc::too_many_atoms,
                 "and the " + std::to_string(atoms_for_node_names) + " for new nodes too"};
  if (is_full()) --table().node_names_left;
  return atom_at(table().add(text, hash));
}

Result<Atom> Atom::existing(std::string_view text) {
  if (auto index = index_of(text); index != none) return Atom{index};
  return Error{Errc::not_found, std::string{text}};
}

std::uint32_t Atom::index_of(std::string_view text) { return table().find(text, hash_of(text)); }

Atom Atom::of(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return Atom{index};
  if (is_text_of_atom(text)) return Atom{table().add(text, hash)};
  std::fprintf(stderr, "no atom has the text %.*s\n", static_cast<int>(text.size()), text.data());
  std::abort();
}

std::string_view Atom::text() const { return table().text(index_); }

int order_of_texts(Atom a, Atom b) { return a == b ? 0 : table().order(index_of(a), index_of(b)); }

std::size_t atom_probes(std::string_view text) {
  std::size_t probes = 0;
  table().find(text, hash_of(text), [&] { ++probes; });
  return probes;
}

void set_atom_limit(std::uint32_t limit) { table().limit = limit; }
std::uint32_t atom_limit() { return table().limit; }
bool room_for_node_name(std::string_view name) {
  return !is_full() || table().node_names_left > 0 || Atom::find(name).has_value();
}
std::uint32_t node_names_left() { return table().node_names_left; }
std::uint32_t atom_count() { return table().count(); }

Result<Atom> AtomAllowance::intern(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return atom_at(index);
  if (ours_) return is_text_of_atom(text) ? Result<Atom>{atom_at(table().add(text, hash))} : bad_text();
  if (left_ == 0) return Error{Errc::too_many_atoms, "of this source"};
  auto atom = intern_new(text, hash);
  if (atom) --left_;
  return atom;
}

}  // namespace noderuntime
