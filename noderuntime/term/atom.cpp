// The table of atoms: texts in blocks that never move, found by an open-addressed table of indexes.
#include "noderuntime/atom.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {
namespace {

constexpr std::size_t max_characters = 255, max_bytes = 4 * max_characters;
constexpr std::uint32_t none = 0xFFFFFFFF;

// Words of 8 bytes; the last one overlaps what came before, so that no length needs a loop over bytes.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15u;
  const char* at = text.data();
  std::size_t size = text.size();
  auto load = [](const char* from, auto word) {
    return std::memcpy(&word, from, sizeof word), std::uint64_t{word};
  };
  std::uint64_t hash = size, last = 0;
  if (size >= 8) {
    for (; size > 8; at += 8, size -= 8)
      hash = (hash ^ load(at, std::uint64_t{})) * multiplier, hash ^= hash >> 32;
    last = load(at + size - 8, std::uint64_t{});
  } else if (size >= 4) {
    last = load(at, std::uint32_t{}) << 32 | load(at + size - 4, std::uint32_t{});
  } else if (size > 0) {
    auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
    last = byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
  }
  hash = (hash ^ last) * multiplier;
  return hash ^ hash >> 29;
}

class Table {
 public:
  Table() : slots_(1024, none) {
#define NODERUNTIME_ADD_ATOM(name, text) add(text, hash_of(text));
    NODERUNTIME_ATOMS(NODERUNTIME_ADD_ATOM)
#undef NODERUNTIME_ADD_ATOM
  }

  std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      std::uint32_t index = slots_[at];
      if (index == none) return none;
      if (entries_[index].hash == static_cast<std::uint32_t>(hash) && this->text(index) == text) return index;
    }
  }

  std::uint32_t add(std::string_view text, std::uint64_t hash) {
    if (2 * (entries_.size() + 1) > slots_.size()) rehash();
    auto index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(
        {store(text), static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(hash)});
    place(index, hash);
    return index;
  }

  std::string_view text(std::uint32_t index) const { return {entries_[index].text, entries_[index].size}; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }

  std::uint32_t limit = 1u << 20;

 private:
  struct Entry {
    const char* text;
    std::uint32_t size, hash;
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
  static Table& the = *new Table;  // outlives every static object that names an atom
  return the;
}

Result<Atom> intern_new(std::string_view text, std::uint64_t hash) {
  if (text.size() > max_bytes) return Error{Errc::bad_term, "atom"};
  auto characters = utf8::length(text);
  if (!characters || *characters > max_characters) return Error{Errc::bad_term, "atom"};
  if (table().count() >= table().limit) return Error{Errc::too_many_atoms, std::to_string(table().limit)};
  return Atom{table().add(text, hash)};
}

}  // namespace

Result<Atom> Atom::intern(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return Atom{index};
  return intern_new(text, hash);
}

Result<Atom> Atom::existing(std::string_view text) {
  if (auto index = table().find(text, hash_of(text)); index != none) return Atom{index};
  return Error{Errc::not_found, std::string{text}};
}

std::optional<Atom> Atom::find(std::string_view text) {
  if (auto index = table().find(text, hash_of(text)); index != none) return Atom{index};
  return std::nullopt;
}

Atom Atom::of(std::string_view text) {
  auto atom = intern(text);
  if (atom) return *atom;
  std::fprintf(stderr, "atom %.*s: %s\n", static_cast<int>(text.size()), text.data(),
               atom.error().message().c_str());
  std::abort();
}

std::string_view Atom::text() const { return table().text(index_); }

void set_atom_limit(std::uint32_t limit) { table().limit = limit; }
std::uint32_t atom_count() { return table().count(); }

Result<Atom> AtomAllowance::intern(std::string_view text) {
  auto hash = hash_of(text);
  if (auto index = table().find(text, hash); index != none) return Atom{index};
  if (left_ == 0) return Error{Errc::too_many_atoms, "of this source"};
  auto atom = intern_new(text, hash);
  if (atom) --left_;
  return atom;
}

}  // namespace noderuntime
