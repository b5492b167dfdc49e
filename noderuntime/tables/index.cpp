#include "noderuntime/tables/index.h"

namespace noderuntime::tables {

namespace {

constexpr unsigned first_shift = 61;  // 8 buckets

// Buckets are chosen by the highest bits.
std::uint64_t hash_of(Term key) { return internal_hash(key) * 0x9E3779B97F4A7C15u; }

}  // namespace

HashIndex::HashIndex(std::size_t key_position)
    : Index{key_position}, shift_{first_shift}, buckets_(std::size_t{1} << (64 - first_shift)) {}

HashIndex::~HashIndex() { clear(); }

int HashIndex::order(const Entry& entry, std::uint64_t hash, Term key) const {
  if (entry.hash != hash) return entry.hash < hash ? -1 : 1;
  return compare_keys(key_of(entry), key);
}

Entry* HashIndex::find(Term key) const {
  auto hash = hash_of(key);
  for (Entry* entry = buckets_[bucket_of(hash)]; entry && entry->hash <= hash; entry = entry->chain)
    if (entry->hash == hash && exactly_equal(key_of(*entry), key)) return entry;
  return nullptr;
}

Entry* HashIndex::first_from(std::size_t bucket) const {
  for (; bucket < buckets_.size(); ++bucket)
    if (buckets_[bucket]) return buckets_[bucket];
  return nullptr;
}

Entry* HashIndex::last_to(std::size_t buckets) const {
  while (buckets-- > 0)
    if (Entry* entry = buckets_[buckets]) {
      while (entry->chain) entry = entry->chain;
      return entry;
    }
  return nullptr;
}

Entry* HashIndex::first() const { return first_from(0); }
Entry* HashIndex::last() const { return last_to(buckets_.size()); }
Entry* HashIndex::next(const Entry& entry) const {
  return entry.chain ? entry.chain : first_from(bucket_of(entry.hash) + 1);
}
Entry* HashIndex::previous(const Entry& entry) const { return before(key_of(entry)); }

Entry* HashIndex::after(Term key) const {
  auto hash = hash_of(key);
  for (Entry* entry = buckets_[bucket_of(hash)]; entry; entry = entry->chain)
    if (order(*entry, hash, key) > 0) return entry;
  return first_from(bucket_of(hash) + 1);
}

Entry* HashIndex::before(Term key) const {
  auto hash = hash_of(key);
  Entry* found = nullptr;
  for (Entry* entry = buckets_[bucket_of(hash)]; entry && order(*entry, hash, key) < 0; entry = entry->chain)
    found = entry;
  return found ? found : last_to(bucket_of(hash));
}

void HashIndex::add(Row* row) {
  if (size_ >= buckets_.size()) grow();
  Term key = key_of(row->object());
  auto hash = hash_of(key);
  Entry** link = &buckets_[bucket_of(hash)];
  while (*link && order(**link, hash, key) < 0) link = &(*link)->chain;
  auto* entry = new Entry;
  entry->hash = hash, entry->chain = *link;
  entry->append(row);
  *link = entry;
  ++size_;
}

void HashIndex::remove(Entry& entry) {
  Entry** link = &buckets_[bucket_of(entry.hash)];
  while (*link != &entry) link = &(*link)->chain;
  *link = entry.chain;
  delete &entry;
  --size_;
}

// Splits each bucket in two; since it is sorted, at one place.
void HashIndex::grow() {
  std::vector<Entry*> wider(2 * buckets_.size());
  --shift_;
  for (Entry* bucket : buckets_)
    for (Entry** link = nullptr; bucket; bucket = bucket->chain) {
      Entry*& start = wider[bucket_of(bucket->hash)];
      if (!start) {
        if (link) *link = nullptr;
        start = bucket;
      }
      link = &bucket->chain;
    }
  buckets_ = std::move(wider);
}

void HashIndex::clear() {
  for (Entry* entry : buckets_)
    while (entry) delete std::exchange(entry, entry->chain);
  shift_ = first_shift;
  buckets_.assign(std::size_t{1} << (64 - first_shift), nullptr);
  size_ = 0;
}

bool HashIndex::slot(std::size_t number, std::vector<Entry*>& entries) const {
  if (number >= buckets_.size()) return false;
  for (Entry* entry = buckets_[number]; entry; entry = entry->chain) entries.push_back(entry);
  return true;
}

Entry* OrderedIndex::find(Term key) const { return at(entries_.find(key)); }
Entry* OrderedIndex::first() const { return at(entries_.begin()); }
Entry* OrderedIndex::last() const { return entries_.empty() ? nullptr : entries_.rbegin()->get(); }
Entry* OrderedIndex::after(Term key) const { return at(entries_.upper_bound(key)); }
Entry* OrderedIndex::before(Term key) const {
  auto place = entries_.lower_bound(key);
  return place == entries_.begin() ? nullptr : std::prev(place)->get();
}

void OrderedIndex::add(Row* row) {
  auto entry = std::make_unique<Entry>();
  entry->append(row);
  entries_.insert(std::move(entry));
  ++size_;
}

void OrderedIndex::remove(Entry& entry) {
  entries_.erase(entries_.find(key_of(entry)));
  --size_;
}

void OrderedIndex::clear() {
  entries_.clear();
  size_ = 0;
}

bool OrderedIndex::slot(std::size_t number, std::vector<Entry*>& entries) const {
  if (number >= entries_.size()) return false;
  entries.push_back(std::next(entries_.begin(), static_cast<std::ptrdiff_t>(number))->get());
  return true;
}

}  // namespace noderuntime::tables
