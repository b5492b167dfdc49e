// The indexes of tables. Both kinds keep keys in a total order, so that a walk can continue whatever was
// inserted or deleted meanwhile; safe_fixtable needs nothing else.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "noderuntime/tables/row.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"

namespace noderuntime::tables {

class Index {
 public:
  explicit Index(std::size_t key_position) : key_position_{key_position} {}
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
  // Releases so many rows from any place. False: it is empty now.
  virtual bool release_some(std::size_t rows) = 0;
  // For ets:slot/2: the entries at a place, counted from 0; false: beyond the last place.
  virtual bool slot(std::size_t number, std::vector<Entry*>& entries) const = 0;

  Term key_of(Term object) const { return object.element(key_position_); }
  Term key_of(const Entry& entry) const { return key_of(entry.first->object()); }
  std::size_t size() const { return size_; }  // entries

 protected:
  std::size_t key_position_, size_ = 0;
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
  bool slot(std::size_t number, std::vector<Entry*>& entries) const override;

 private:
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
    Entry*& at(std::uint64_t hash) const { return first_[hash >> shift_]; }
    std::size_t number_of(std::uint64_t hash) const { return hash >> shift_; }
    std::optional<std::uint64_t> first_hash_behind(std::uint64_t hash) const {
      auto next = number_of(hash) + 1;
      return next < size_ ? std::optional{next << shift_} : std::nullopt;
    }
    Entry* operator[](std::size_t number) const { return first_[number]; }
    void put(std::size_t number, Entry* entry);  // as the first of its bucket; null: the bucket is empty
    void note(std::uint64_t hash) { put(hash >> shift_, at(hash)); }
    // The number of the first bucket from `from` on, or of the last one before `to`, that is open and not empty;
    // size(): none.
    std::size_t used_from(std::size_t from) const;
    std::size_t used_before(std::size_t to) const;

   private:
    std::size_t bytes() const { return size_ * sizeof(Entry*); }
    std::size_t bytes_of_bits() const { return (size_ + 63) / 64 * sizeof(std::uint64_t); }
    unsigned shift_;
    std::size_t size_, open_ = 0;
    Entry** first_;
    std::uint64_t* used_;
  };

  Buckets& of(std::uint64_t hash) const;
  Entry* first_from(std::uint64_t hash) const;
  Entry* last_before(std::uint64_t hash) const;
  Entry* behind(const Buckets& buckets, std::uint64_t hash) const;
  int order(const Entry& entry, std::uint64_t hash, Term key) const;
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
  explicit OrderedIndex(std::size_t key_position) : Index{key_position}, entries_{Less{this}} {}
  Entry* find(Term key) const override;
  Entry* first() const override;
  Entry* last() const override;
  Entry* after(Term key) const override;
  Entry* before(Term key) const override;
  Entry* next(const Entry& entry) const override { return after(key_of(entry)); }
  Entry* previous(const Entry& entry) const override { return before(key_of(entry)); }
  void add(Row* row) override;
  void remove(Entry& entry) override;
  bool release_some(std::size_t rows) override;
  bool slot(std::size_t number, std::vector<Entry*>& entries) const override;

 private:
  struct Less {
    using is_transparent = void;
    const OrderedIndex* index;
    bool operator()(const std::unique_ptr<Entry>& a, const std::unique_ptr<Entry>& b) const {
      return compare(index->key_of(*a), index->key_of(*b)) < 0;
    }
    bool operator()(const std::unique_ptr<Entry>& a, Term b) const {
      return compare(index->key_of(*a), b) < 0;
    }
    bool operator()(Term a, const std::unique_ptr<Entry>& b) const {
      return compare(a, index->key_of(*b)) < 0;
    }
  };
  using Entries = std::set<std::unique_ptr<Entry>, Less, SmallAllocator<std::unique_ptr<Entry>>>;
  Entry* at(Entries::const_iterator place) const { return place == entries_.end() ? nullptr : place->get(); }
  Entries entries_;
};

}  // namespace noderuntime::tables
