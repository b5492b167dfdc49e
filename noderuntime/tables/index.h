// The indexes of tables. Both kinds keep keys in a total order, so that a walk can continue whatever was
// inserted or deleted meanwhile; safe_fixtable needs nothing else.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include <boost/intrusive/avl_set.hpp>

#include "noderuntime/tables/keys.h"
#include "noderuntime/tables/row.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"

namespace noderuntime::tables {

class Index {
 public:
  Index(std::size_t key_position, std::size_t bytes_of_entry)
      : key_position_{key_position}, words_of_entry_{(bytes_of_entry + sizeof(Word) - 1) / sizeof(Word)} {}
  virtual ~Index() = default;

  virtual Entry* find(Term key) const = 0;
  virtual Entry* first() const = 0;
  virtual Entry* last() const = 0;
  // the first entry behind the place of the key, whether the key is there or not
  virtual Entry* after(Term key) const = 0;
  virtual Entry* before(Term key) const = 0;
  virtual Entry* next(const Entry& entry) const = 0;
  virtual Entry* previous(const Entry& entry) const = 0;
  virtual void add(Row* row) = 0;         // precondition: the key is not there yet
  virtual void remove(Entry& entry) = 0;  // and its rows
  // Releases so many rows from any place, of an index that is not used otherwise any more. False: it is empty now.
  virtual bool release_some(std::size_t rows) = 0;
  virtual std::size_t words() const = 0;  // of the index itself
  // For ets:slot/2: the entries at a place, counted from 0; false: beyond the last place.
  virtual bool slot(std::size_t number, std::vector<Entry*>& entries) const = 0;

  Term key_of(Term object) const { return object.element(key_position_); }
  // To be called after another row has become the first of the entry; the keys are the same for the index.
  void first_changed(Entry& entry) const { entry.key = key_of(entry.first->object()); }
  std::size_t size() const { return size_; }  // entries
  std::size_t words_of_entry() const { return words_of_entry_; }

 protected:
  std::size_t key_position_, words_of_entry_, size_ = 0;
};

// Keys are the same if exactly equal. Each bucket is a range of the hash, sorted by hash and key; so the
// order of the whole table stays the same when it grows.
class HashIndex final : public Index {
 public:
  explicit HashIndex(std::size_t key_position);
  ~HashIndex() override { release_some(std::numeric_limits<std::size_t>::max()); }
  Entry* find(Term key) const override;
  Entry* first() const override;
  Entry* last() const override;
  Entry* after(Term key) const override;
  Entry* before(Term key) const override;
  Entry* next(const Entry& entry) const override;
  Entry* previous(const Entry& entry) const override;
  void add(Row* row) override;
  void remove(Entry& entry) override;
  bool release_some(std::size_t rows) override;
  std::size_t words() const override {
    return (sizeof *this + narrow_->bytes_held() + (wide_ ? wide_->bytes_held() : 0)) / sizeof(Word);
  }
  bool slot(std::size_t number, std::vector<Entry*>& entries) const override;

 private:
  struct Chained : Entry {
    Chained* chain = nullptr;  // the next one in the bucket
    std::uint64_t hash = 0;
  };
  // Buckets, chosen by the highest bits of the hash, and a bit for each that is not empty, so that long ranges of
  // empty ones are passed quickly. Those in front of open() exist; the memory of the others is not touched.
  class Buckets {
   public:
    explicit Buckets(unsigned bits);
    ~Buckets();
    Buckets(const Buckets&) = delete;
    Buckets& operator=(const Buckets&) = delete;
    void open_next();  // an empty one
    std::size_t open() const { return open_; }
    std::size_t size() const { return size_; }
    std::size_t bytes_held() const { return sizeof *this + bytes() + bytes_of_bits(); }
    Chained*& at(std::uint64_t hash) const { return first_[hash >> shift_]; }
    std::size_t number_of(std::uint64_t hash) const { return hash >> shift_; }
    std::optional<std::uint64_t> first_hash_behind(std::uint64_t hash) const {
      auto next = number_of(hash) + 1;
      return next < size_ ? std::optional{next << shift_} : std::nullopt;
    }
    Chained* operator[](std::size_t number) const { return first_[number]; }
    Chained* begin_to_read(std::size_t number) const;  // the same
    void put(std::size_t number, Chained* entry);  // as the first of its bucket; null: the bucket is empty
    void note(std::uint64_t hash) { put(hash >> shift_, at(hash)); }
    // The number of the first bucket from `from` on, or of the last one before `to`, that is open and not empty;
    // size(): none.
    std::size_t used_from(std::size_t from) const;
    std::size_t used_before(std::size_t to) const;

   private:
    std::size_t bytes() const { return size_ * sizeof(Chained*); }
    std::size_t bytes_of_bits() const { return (size_ + 63) / 64 * sizeof(std::uint64_t); }
    unsigned shift_;
    std::size_t size_, open_ = 0;
    Chained** first_;
    std::uint64_t* used_;
  };

  Buckets& of(std::uint64_t hash) const;
  Chained* first_from(std::uint64_t hash) const;
  Chained* last_before(std::uint64_t hash) const;
  Chained* behind(const Buckets& buckets, std::uint64_t hash) const;
  static Chained* last_of(Chained* entry);
  int order(const Chained& entry, std::uint64_t hash, Term key) const;
  void split_some();

  // While the index grows, each bucket of `narrow_` is split in two of `wide_`, a few with each insertion; those in
  // front of split_ are done. Otherwise wide_ is null.
  std::unique_ptr<Buckets> narrow_, wide_;
  std::size_t split_ = 0;
  unsigned bits_;
};

// Keys are the same if equal: 1 and 1.0 are one key.
class OrderedIndex final : public Index {
 public:
  explicit OrderedIndex(std::size_t key_position) : Index{key_position, sizeof(InTree)} {}
  ~OrderedIndex() override { release_some(std::numeric_limits<std::size_t>::max()); }
  Entry* find(Term key) const override;
  Entry* first() const override;
  Entry* last() const override;
  Entry* after(Term key) const override;
  Entry* before(Term key) const override;
  Entry* next(const Entry& entry) const override;
  Entry* previous(const Entry& entry) const override;
  void add(Row* row) override;
  void remove(Entry& entry) override;
  bool release_some(std::size_t rows) override;
  std::size_t words() const override { return sizeof *this / sizeof(Word); }
  bool slot(std::size_t number, std::vector<Entry*>& entries) const override;
  // Of the entries between `keys` (Keys::Kind::between), the first one, and the first one behind them.
  Entry* first_between(const Keys& keys) const;
  Entry* first_behind(const Keys& keys) const;

 private:
  using Links = boost::intrusive::avl_set_base_hook<boost::intrusive::optimize_size<true>>;
  struct InTree : Entry, Links {};
  struct KeyOf {
    using type = Term;
    const Term& operator()(const InTree& entry) const { return entry.key; }
  };
  struct Less {
    bool operator()(Term a, Term b) const { return compare(a, b) < 0; }
  };
  using Tree =
      boost::intrusive::avl_set<InTree, boost::intrusive::key_of_value<KeyOf>,
                                boost::intrusive::compare<Less>, boost::intrusive::constant_time_size<false>>;
  using Nodes = Tree::node_traits;
  Entry* reached(Tree::const_iterator place) const;
  template <bool forwards>
  Entry* beside(const Entry& entry) const;
  bool is_at(Term key) const { return reached_ && compare(reached_->key, key) == 0; }

  Tree tree_;
  // What the last step led to: the next one of a walk from key to key begins there. Null: nothing.
  mutable const InTree* reached_ = nullptr;
  // The entry that slot() gave last, and its number. Null: none, or entries came or went since then.
  mutable const InTree* slot_ = nullptr;
  mutable std::size_t slot_number_ = 0;
};

}  // namespace noderuntime::tables
