#include "noderuntime/tables/index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace noderuntime::tables {

namespace {

constexpr unsigned first_bits = 3;

// Buckets are chosen by the highest bits.
std::uint64_t hash_of(Term key) { return internal_hash(key) * 0x9E3779B97F4A7C15u; }

// Releases up to `rows` rows of the entry, and counts them. Whether all are released.
bool release_rows(Entry& entry, std::size_t& rows) {
  for (; entry.first && rows > 0; --rows) Row::release(std::exchange(entry.first, entry.first->next));
  return !entry.first;
}

}  // namespace

HashIndex::Buckets::Buckets(unsigned bits) : shift_{64 - bits}, size_{std::size_t{1} << bits} {
  first_ = static_cast<Chained**>(take_block(bytes()));
  used_ = static_cast<std::uint64_t*>(take_block(bytes_of_bits()));
  if (first_ && used_) {
    use_large_pages(first_, bytes());
    return;
  }
  if (first_) give_block(first_, bytes());
  if (used_) give_block(used_, bytes_of_bits());
  throw HeapLimitExceeded{};
}

HashIndex::Buckets::~Buckets() {
  give_block(first_, bytes());
  give_block(used_, bytes_of_bits());
}

void HashIndex::Buckets::open_next() {
  constexpr std::size_t provided = 8192;  // buckets
  if (open_ % provided == 0)
    provide_pages(first_ + open_, std::min(provided, size_ - open_) * sizeof(Chained*));
  if (open_ % 64 == 0) used_[open_ / 64] = 0;
  first_[open_++] = nullptr;
}

void HashIndex::Buckets::put(std::size_t number, Chained* entry) {
  first_[number] = entry;
  auto bit = std::uint64_t{1} << number % 64;
  if (entry)
    used_[number / 64] |= bit;
  else
    used_[number / 64] &= ~bit;
}

std::size_t HashIndex::Buckets::used_from(std::size_t from) const {
  if (from >= open_) return size_;
  auto word = used_[from / 64] & ~std::uint64_t{0} << from % 64;
  for (std::size_t at = from / 64;;) {
    if (word) return 64 * at + static_cast<std::size_t>(std::countr_zero(word));
    if (++at >= (open_ + 63) / 64) return size_;
    word = used_[at];
  }
}

std::size_t HashIndex::Buckets::used_before(std::size_t to) const {
  if (to == 0) return size_;
  auto last = to - 1;
  auto word = used_[last / 64] & ~std::uint64_t{0} >> (63 - last % 64);
  for (std::size_t at = last / 64;;) {
    if (word) return 64 * at + 63 - static_cast<std::size_t>(std::countl_zero(word));
    if (at == 0) return size_;
    word = used_[--at];
  }
}

// A walk comes to the buckets behind soon.
HashIndex::Chained* HashIndex::Buckets::begin_to_read(std::size_t number) const {
  constexpr std::size_t ahead = 4;
  if (number + ahead < open_) __builtin_prefetch(first_[number + ahead]);
  return first_[number];
}

HashIndex::HashIndex(std::size_t key_position)
    : Index{key_position, sizeof(Chained)},
      narrow_{std::make_unique<Buckets>(first_bits)},
      bits_{first_bits} {
  while (narrow_->open() < narrow_->size()) narrow_->open_next();
}

HashIndex::Buckets& HashIndex::of(std::uint64_t hash) const {
  return wide_ && narrow_->number_of(hash) < split_ ? *wide_ : *narrow_;
}

int HashIndex::order(const Chained& entry, std::uint64_t hash, Term key) const {
  if (entry.hash != hash) return entry.hash < hash ? -1 : 1;
  return compare_keys(entry.key, key);
}

Entry* HashIndex::find(Term key) const {
  auto hash = hash_of(key);
  for (Chained* entry = of(hash).at(hash); entry && entry->hash <= hash; entry = entry->chain)
    if (entry->hash == hash && exactly_equal(entry->key, key)) return entry;
  return nullptr;
}

// The first entry in the bucket of `hash` or behind it.
HashIndex::Chained* HashIndex::first_from(std::uint64_t hash) const {
  auto narrow_from = narrow_->number_of(hash);
  if (wide_ && narrow_from < split_) {
    if (auto at = wide_->used_from(wide_->number_of(hash)); at < wide_->size())
      return wide_->begin_to_read(at);
    narrow_from = split_;
  }
  auto at = narrow_->used_from(narrow_from);
  return at < narrow_->size() ? narrow_->begin_to_read(at) : nullptr;
}

HashIndex::Chained* HashIndex::last_of(Chained* entry) {
  while (entry->chain) entry = entry->chain;
  return entry;
}

// The last entry in front of the bucket of `hash`.
HashIndex::Chained* HashIndex::last_before(std::uint64_t hash) const {
  auto narrow_to = narrow_->number_of(hash);
  if (!wide_ || narrow_to >= split_) {
    auto at = narrow_->used_before(narrow_to);
    if (at < narrow_->size()) return last_of((*narrow_)[at]);
    if (!wide_) return nullptr;
    at = wide_->used_before(2 * split_);
    return at < wide_->size() ? last_of((*wide_)[at]) : nullptr;
  }
  auto at = wide_->used_before(wide_->number_of(hash));
  return at < wide_->size() ? last_of((*wide_)[at]) : nullptr;
}

Entry* HashIndex::first() const { return first_from(0); }
Entry* HashIndex::last() const {
  constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
  auto& buckets = of(highest);
  auto* entry = buckets.at(highest);
  return entry ? last_of(entry) : last_before(highest);
}
Entry* HashIndex::next(const Entry& given) const {
  auto& entry = static_cast<const Chained&>(given);
  if (entry.chain) return entry.chain;
  auto& buckets = of(entry.hash);
  return behind(buckets, entry.hash);
}
Entry* HashIndex::previous(const Entry& entry) const { return before(entry.key); }

Entry* HashIndex::after(Term key) const {
  auto hash = hash_of(key);
  auto& buckets = of(hash);
  for (Chained* entry = buckets.at(hash); entry; entry = entry->chain)
    if (order(*entry, hash, key) > 0) return entry;
  return behind(buckets, hash);
}

// The first entry behind the bucket of `hash`, which is one of `buckets`.
HashIndex::Chained* HashIndex::behind(const Buckets& buckets, std::uint64_t hash) const {
  auto next = buckets.first_hash_behind(hash);
  return next ? first_from(*next) : nullptr;
}

Entry* HashIndex::before(Term key) const {
  auto hash = hash_of(key);
  Chained* found = nullptr;
  for (Chained* entry = of(hash).at(hash); entry && order(*entry, hash, key) < 0; entry = entry->chain)
    found = entry;
  return found ? found : last_before(hash);
}

void HashIndex::add(Row* row) {
  if (!wide_ && size_ >= narrow_->size()) wide_ = std::make_unique<Buckets>(bits_ + 1), split_ = 0;
  if (wide_) split_some();
  Term key = key_of(row->object());
  auto hash = hash_of(key);
  auto& buckets = of(hash);
  Chained** link = &buckets.at(hash);
  while (*link && order(**link, hash, key) < 0) link = &(*link)->chain;
  auto* entry = new Chained;
  entry->hash = hash, entry->chain = *link;
  entry->append(row), entry->key = key;
  *link = entry;
  buckets.note(hash);
  ++size_;
}

void HashIndex::remove(Entry& given) {
  auto& entry = static_cast<Chained&>(given);
  auto hash = entry.hash;
  auto& buckets = of(hash);
  Chained** link = &buckets.at(hash);
  while (*link != &entry) link = &(*link)->chain;
  *link = entry.chain;
  buckets.note(hash);
  delete &entry;
  --size_;
}

// Splits the next buckets; since each is sorted, at one place. More are split than rows are added, so that all are
// split before the index has to grow again.
void HashIndex::split_some() {
  constexpr std::size_t at_once = 4;
  for (std::size_t i = 0; i < at_once && split_ < narrow_->size(); ++i, ++split_) {
    wide_->open_next(), wide_->open_next();
    Chained* low = (*narrow_)[split_];
    if (!low) continue;
    Chained** link = &low;
    while (*link && wide_->number_of((*link)->hash) == 2 * split_) link = &(*link)->chain;
    Chained* high = std::exchange(*link, nullptr);
    if (low) wide_->put(2 * split_, low);
    if (high) wide_->put(2 * split_ + 1, high);
    narrow_->put(split_, nullptr);
  }
  if (split_ < narrow_->size()) return;
  narrow_ = std::move(wide_);
  ++bits_;
}

bool HashIndex::release_some(std::size_t rows) {
  for (auto* buckets : {narrow_.get(), wide_.get()}) {
    if (!buckets) continue;
    for (auto at = buckets->used_from(0); at < buckets->size(); at = buckets->used_from(at)) {
      Chained* entry = (*buckets)[at];
      if (!release_rows(*entry, rows)) return true;
      buckets->put(at, entry->chain);
      delete entry;
      --size_;
      if (rows == 0) return size_ > 0;
    }
  }
  return false;
}

bool HashIndex::slot(std::size_t number, std::vector<Entry*>& entries) const {
  auto wide = wide_ ? 2 * split_ : 0;
  auto narrow = wide_ ? split_ : 0;
  if (number >= wide + narrow_->size() - narrow) return false;
  Chained* entry = number < wide ? (*wide_)[number] : (*narrow_)[number - wide + narrow];
  for (; entry; entry = entry->chain) entries.push_back(entry);
  return true;
}

// --- ordered

// Remembers where a step led to. Null: to the end.
Entry* OrderedIndex::reached(Tree::const_iterator place) const {
  reached_ = place == tree_.end() ? nullptr : &*place;
  return const_cast<InTree*>(reached_);
}

Entry* OrderedIndex::find(Term key) const {
  if (is_at(key)) return const_cast<InTree*>(reached_);
  auto found = tree_.find(key);
  return found == tree_.end() ? nullptr : const_cast<InTree*>(&*found);
}

Entry* OrderedIndex::first() const { return reached(tree_.begin()); }
Entry* OrderedIndex::last() const { return reached(tree_.empty() ? tree_.end() : std::prev(tree_.end())); }
Entry* OrderedIndex::after(Term key) const {
  return is_at(key) ? next(*reached_) : reached(tree_.upper_bound(key));
}
Entry* OrderedIndex::before(Term key) const {
  if (is_at(key)) return previous(*reached_);
  auto place = tree_.lower_bound(key);
  return reached(place == tree_.begin() ? tree_.end() : std::prev(place));
}
// As the iterators of the tree step, but the nodes that a walk comes to soon are fetched meanwhile: without that, a walk over
// a million entries that were added in no order takes 1.8 times as long.
template <bool forwards>
Entry* OrderedIndex::beside(const Entry& entry) const {
  using Values = Tree::value_traits;
  auto ahead = [](auto node) { return forwards ? Nodes::get_right(node) : Nodes::get_left(node); };
  auto back = [](auto node) { return forwards ? Nodes::get_left(node) : Nodes::get_right(node); };
  auto fetch = [](Nodes::const_node_ptr node) {
    if (!node) return;
    auto* bytes = reinterpret_cast<const char*>(Values::to_value_ptr(node));
    __builtin_prefetch(bytes), __builtin_prefetch(bytes + sizeof(InTree) - 1);
  };
  auto& here = static_cast<const InTree&>(entry);
  auto place = tree_.iterator_to(here);
  if (auto node = ahead(Values::to_node_ptr(here))) {
    for (fetch(ahead(node)); auto below = back(node); fetch(ahead(node))) node = below;
    return reached(tree_.iterator_to(*Values::to_value_ptr(node)));
  }
  if (!forwards && place == tree_.begin()) return reached(tree_.end());
  forwards ? ++place : --place;
  if (place != tree_.end())
    if (auto below = ahead(Values::to_node_ptr(*place))) fetch(back(below));
  return reached(place);
}

Entry* OrderedIndex::next(const Entry& entry) const { return beside<true>(entry); }
Entry* OrderedIndex::previous(const Entry& entry) const { return beside<false>(entry); }

Entry* OrderedIndex::first_between(const Keys& keys) const {
  return reached(tree_.lower_bound(keys, [](Term key, const Keys& range) { return range.place(key) < 0; }));
}
Entry* OrderedIndex::first_behind(const Keys& keys) const {
  return reached(tree_.upper_bound(keys, [](const Keys& range, Term key) { return range.place(key) > 0; }));
}

void OrderedIndex::add(Row* row) {
  auto* entry = new InTree;
  entry->append(row), entry->key = key_of(row->object());
  tree_.insert(*entry);
  slot_ = nullptr;
  ++size_;
}

void OrderedIndex::remove(Entry& given) {
  auto& entry = static_cast<InTree&>(given);
  if (reached_ == &entry) reached_ = nullptr;
  slot_ = nullptr;
  tree_.erase(tree_.iterator_to(entry));
  delete &entry;
  --size_;
}

bool OrderedIndex::release_some(std::size_t rows) {
  reached_ = slot_ = nullptr;
  while (!tree_.empty()) {
    if (!release_rows(*tree_.begin(), rows)) return true;
    delete tree_.unlink_leftmost_without_rebalance();
    --size_;
    if (rows == 0) break;
  }
  return !tree_.empty();
}

bool OrderedIndex::slot(std::size_t number, std::vector<Entry*>& entries) const {
  if (number >= size_) return false;
  // From whichever is nearest: the first entry, the last one, or that of the last call.
  auto from = tree_.begin();
  std::size_t at = 0;
  auto distance = [&](std::size_t other) { return other > number ? other - number : number - other; };
  if (distance(size_ - 1) < distance(at)) from = std::prev(tree_.end()), at = size_ - 1;
  if (slot_ && distance(slot_number_) < distance(at)) from = tree_.iterator_to(*slot_), at = slot_number_;
  std::advance(from, static_cast<std::ptrdiff_t>(number) - static_cast<std::ptrdiff_t>(at));
  slot_ = &*from, slot_number_ = number;
  entries.push_back(const_cast<InTree*>(slot_));
  return true;
}

}  // namespace noderuntime::tables
