// One table of module ets: its objects and their changes. The callers check who may do that.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
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
  Term heir = Term::nil();  // a local pid; nil: none
  OwnedTerm heir_data;
};

// Objects on their way into a table: copied already, but not stored yet. Owns the rows.
class Batch {
 public:
  // only_new: they are stored only if the table has none of their keys.
  explicit Batch(bool only_new) : only_new_{only_new} {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() {
    while (first_) Row::release(std::exchange(first_, first_->next));
  }

  void add(Row* row) {  // takes it over
    (first_ ? last_->next : first_) = row;
    last_ = row;
    words_ += row->words();
  }
  std::size_t words() const { return words_; }
  bool is_refused() const { return refused_; }  // some key was there

 private:
  friend class Table;
  bool only_new_, refused_ = false;
  Row *first_ = nullptr, *last_ = nullptr;
  Row* looked_ = nullptr;  // only_new: the keys of the rows in front of it are not in the table
  const Row* compared_ =
      nullptr;  // in a bag: the first row is to be compared with this row and those behind it
  bool comparing_ = false;
  bool looking_ = false;
  std::size_t words_ = 0;
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
  void insert(Row* row);  // takes it over
  // Whether insert() compares the object with so many that it takes long: those of a bag that have its key.
  bool compares_many(Term object) const;
  bool contains(Term key) const { return index_->find(key) != nullptr; }
  const Row* find(Term key) const;  // the first object; Row::next leads to the others. Null: none
  void erase(Term key);
  void erase_object(Term object);  // all exactly equal objects
  void erase_row(Entry& entry, const Row* row);
  void replace(Entry& entry, const Row* row, Term object);  // the key must stay the same
  // Removes all objects. They are to be released by the caller, piece by piece.
  std::unique_ptr<Index> clear();

  // Objects that are stored together, so that no process sees only some of them, are stored piece by piece: whoever
  // comes to the table meanwhile goes on with that first.
  void start(std::shared_ptr<Batch> batch) { batches_.push_back(std::move(batch)); }
  bool has_batch() const { return !batches_.empty(); }
  void store_some(std::size_t rows);  // the time of so many; comparing one with another takes less

  // --- walking. `next` and `previous` of a key: from its place, whether it is there or not.

  Index& index() { return *index_; }
  const Index& index() const { return *index_; }
  std::size_t size() const { return rows_; }
  std::size_t words() const { return words_; }

  // Visits the words of each object.
  template <class Look>
  void for_each_block(Look look) const {
    for (auto* entry = index_->first(); entry; entry = index_->next(*entry))
      for (auto* row = entry->first; row; row = row->next) look(row->block());
    for (auto& batch : batches_)
      for (auto* row = batch->first_; row; row = row->next) look(row->block());
  }

  // The processes that called safe_fixtable, and how often.
  std::map<Word, std::size_t> fixed_by;
  std::int64_t fixed_since_monotonic = 0, fixed_since = 0;  // nanoseconds

 private:
  void drop(const Row* row);
  Row* count(Row* row);
  void store(Row* row);
  std::optional<bool> compare_some(Batch& batch, std::size_t& comparisons);
  void replace_row(Entry& entry, const Row* row, Row* fresh);
  std::unique_ptr<Index> index_;
  std::deque<std::shared_ptr<Batch>> batches_;
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
  // `keys` must not change during the walk. `backwards`: only of an ordered_set.
  Walk(Table& table, const Keys& keys, bool backwards);
  void resume(const Position& position);
  // The next object; null: no more, or none at the keys that it looked at. Until the walk ends, nothing in the table may
  // change except this object's row.
  const Row* next();
  bool has_more_keys() const { return by_keys_ && next_key_ < keys_.terms.size(); }
  Entry& entry() const { return *entry_; }
  bool between_keys() const { return !row_; }  // the next object has another key
  Position position() const { return {entry_ ? entry_->key : key(next_key_ - 1), seen_}; }

 private:
  static constexpr std::size_t keys_at_once = 2000;
  bool next_entry();
  Term key(std::size_t number) const {
    return keys_.terms[backwards_ ? keys_.terms.size() - 1 - number : number];
  }
  void go_to(Entry* entry);
  void look_ahead_from(Entry* entry);
  Entry* take_ahead();
  Table& table_;
  const Keys& keys_;
  bool backwards_, by_keys_, in_range_ = false, started_ = false;
  std::size_t next_key_ = 0, looked_at_ = 0, seen_ = 0;  // seen_: objects of the entry
  Entry *first_ = nullptr,
        *end_ = nullptr;  // not by keys: where it begins, and the one behind the last; null: none
  Entry* entry_ = nullptr;
  std::array<Entry*, 8> ahead_{};  // a ring of those that follow
  std::size_t ahead_first_ = 0, ahead_count_ = 0;
  const Row* row_ = nullptr;  // the next one of the entry
};

}  // namespace noderuntime::tables
