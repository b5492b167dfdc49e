// One table of module ets: its objects and their changes. The callers check who may do that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "noderuntime/tables/index.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::tables {

enum class Type : std::uint8_t { set, ordered_set, bag, duplicate_bag };
enum class Protection : std::uint8_t { public_, protected_, private_ };

struct Options {
  Type type = Type::set;
  Protection protection = Protection::protected_;
  std::size_t key_position = 1;  // from 1
  bool named = false, read_concurrency = false, compressed = false;
  std::optional<bool> decentralized_counters;
  Term write_concurrency = Term::boolean(false);  // false, true or auto: kept only to be reported
  Term heir = Term::nil();                        // a local pid; nil: none
  OwnedTerm heir_data;
};

class Table {
 public:
  Table(Reference id, Atom name, Term owner, Options options);

  const Reference id;
  Atom name;
  Term owner;  // a local pid
  Options options;

  // --- objects: tuples with a key; the caller has checked that (fits)

  bool fits(Term object) const { return object.is_tuple() && object.arity() >= options.key_position; }
  Term key_of(Term object) const { return index_->key_of(object); }
  void insert(Term object);
  bool contains(Term key) const { return index_->find(key) != nullptr; }
  const Row* find(Term key) const;  // the first object; Row::next leads to the others. Null: none
  void erase(Term key);
  void erase_object(Term object);  // all exactly equal objects
  void erase_row(Entry& entry, const Row* row);
  void replace(Entry& entry, const Row* row, Term object);  // the key must stay the same
  void clear();

  // --- walking. `next` and `previous` of a key: from its place, whether it is there or not.

  Index& index() { return *index_; }
  const Index& index() const { return *index_; }
  std::size_t size() const { return rows_; }
  std::size_t words() const { return words_; }

  // The processes that called safe_fixtable, and how often.
  std::map<Word, std::size_t> fixed_by;
  std::int64_t fixed_since_monotonic = 0, fixed_since = 0;  // nanoseconds

 private:
  void drop(const Row* row);
  Row* count(Row* row);
  std::unique_ptr<Index> index_;
  std::size_t rows_ = 0, words_ = 0;
};

// A walk over the objects of a table, or over those with some keys, that can be interrupted and resumed.
class Walk {
 public:
  // The place of a walk: behind so many objects of that key.
  struct Position {
    Term key;
    std::size_t seen = 0;
  };
  // `keys` (null: all) must not change during the walk.
  Walk(Table& table, const std::vector<Term>* keys, bool backwards)
      : table_{table}, keys_{keys}, backwards_{backwards} {}
  void resume(const Position& position);
  // The next object; null: no more. Until the walk ends, nothing in the table may change
  // except this object's row.
  const Row* next();
  Entry& entry() const { return *entry_; }
  bool between_keys() const { return seen_ >= rows_.size(); }  // the next object has another key
  Position position() const { return {table_.index().key_of(*entry_), seen_}; }

 private:
  bool next_entry();
  Table& table_;
  const std::vector<Term>* keys_;
  bool backwards_, started_ = false;
  std::size_t next_key_ = 0, seen_ = 0;
  Entry* entry_ = nullptr;
  std::vector<const Row*> rows_;  // of the entry, in the order of the walk
};

}  // namespace noderuntime::tables
