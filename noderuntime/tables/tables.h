// All tables of a node: ids, names, owners, and who fixed them. Owned by the Machine. Loop thread only.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/tables/table.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime::tables {

class MatchSpecification;

class Tables {
 public:
  struct Limits {
    std::size_t tables = 262'144;
    std::size_t words = std::numeric_limits<std::size_t>::max();  // of all objects together
  };
  explicit Tables(Limits limits);
  ~Tables();

  enum class Problem { name_taken, too_many };
  struct Made {
    Table* table = nullptr;
    Problem problem{};
  };
  Made make(Reference id, Atom name, Term owner, Options options);
  Table* find(const Reference& id) const;
  Table* find(Atom name) const;          // a named table
  bool rename(Table& table, Atom name);  // false: another table has the name
  void remove(Table& table);
  // Removes it now, but its objects only by and by: see sweep().
  void bury(Table& table);
  void bury(std::unique_ptr<Index> index) { buried_.push_back(std::move(index)); }
  // Releases so many rows of what was buried. False: nothing is left.
  bool sweep(std::size_t rows);
  bool has_buried() const { return !buried_.empty(); }
  void give(Table& table, Term owner);
  // To be called before an object is stored: whether there is room for so many words.
  bool has_room(std::size_t words) const { return words_ + words <= limits_.words; }
  // To be called after a table has changed; `before` is the earlier table.words().
  void changed(const Table& table, std::size_t before) { words_ += table.words() - before; }

  void fix(Table& table, Term process, std::int64_t monotonic, std::int64_t system);
  void unfix(Table& table, Term process);

  // A process ends: each of its tables passes to its heir, whom the caller notifies, or is deleted; a large one is
  // buried.
  struct Inheritance {
    Term heir;
    Table* table;
  };
  std::vector<Inheritance> owner_ends(Term process, const std::function<bool(Term)>& is_alive);

  // Calls start() and then visit(const Table&) for each, piece by piece, as visit_in_pieces() (term/shared_walk.h).
  template <class Start, class Visit>
  void visit_all(Start start, Visit visit) const {
    visit_in_pieces([this] { return &tables_; }, start, [&](auto& row) { visit(*row.second); });
  }
  // Visits the words of each object.
  template <class Look>
  void for_each_block(Look look) const {
    for (auto& [id, table] : tables_) table->for_each_block(look);
  }
  std::size_t count() const { return tables_.size(); }
  std::size_t words() const { return words_; }
  const Limits& limits() const { return limits_; }

  // A specification that calls compile anew, one after the other, so that its memory is allocated once. Null: in use, or
  // not there yet.
  std::unique_ptr<MatchSpecification> spare_specification;

 private:
  static constexpr std::size_t few_rows = 256;
  static constexpr std::size_t remembered = 16;
  Table*& recent(const Reference& id) const { return recent_[(id.words[0] ^ id.words[1]) % remembered]; }
  Limits limits_;
  std::size_t words_ = 0;
  std::unordered_map<Reference, std::unique_ptr<Table>> tables_;
  mutable std::array<Table*, remembered> recent_{};  // found last, by a part of their ids; null: none
  std::unordered_map<Atom, Table*> names_;
  std::unordered_map<Word, std::unordered_set<Table*>> owned_, fixed_;  // by process
  std::vector<std::unique_ptr<Index>> buried_;
};

}  // namespace noderuntime::tables
