#include "noderuntime/tables/table.h"

#include <algorithm>
#include <utility>

#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::tables {

namespace {

constexpr std::int64_t steps_per_comparison = 4;

std::unique_ptr<Index> make_index(const Options& options) {
  std::size_t position = options.key_position - 1;
  if (options.type == Type::ordered_set) return std::make_unique<OrderedIndex>(position);
  return std::make_unique<HashIndex>(position);
}

}  // namespace

Table::Table(Reference id, Atom name, Term owner, Options given)
    : id{id}, name{name}, owner{owner}, options{std::move(given)}, index_{make_index(options)} {}

Row* Table::count(Row* row) {
  ++rows_, words_ += row->words() + index_->words_of_entry();
  return row;
}

void Table::drop(const Row* row) { --rows_, words_ -= row->words() + index_->words_of_entry(); }

void Table::insert(Term object) { insert(Row::create(object)); }

void Table::insert(Row* row) {
  Term object = row->object();
  if (options.type == Type::bag) {
    std::int64_t compared = 0;
    for (const Row* known = find(key_of(object)); known; known = known->next, ++compared)
      if (exactly_equal(known->object(), object)) return Row::release(row);
    pace.charge(compared * steps_per_comparison);
  }
  store(row);
}

// Stores a row that a bag does not have yet.
void Table::store(Row* row) {
  Entry* entry = index_->find(key_of(row->object()));
  if (!entry) return index_->add(count(row));
  bool one = options.type == Type::set || options.type == Type::ordered_set;
  one ? replace_row(*entry, entry->first, row) : entry->append(count(row));
}

bool Table::compares_many(Term object) const {
  constexpr int many = 512;
  if (options.type != Type::bag) return false;
  const Row* known = find(key_of(object));
  for (int left = many; known && left > 0; --left) known = known->next;
  return known != nullptr;
}

// Whether the bag has the first row of the batch; nullopt: after so many comparisons it is not known yet.
std::optional<bool> Table::compare_some(Batch& batch, std::size_t& comparisons) {
  Term object = batch.first_->object();
  if (!std::exchange(batch.comparing_, true)) batch.compared_ = find(key_of(object));
  for (; batch.compared_; batch.compared_ = batch.compared_->next, --comparisons) {
    if (comparisons == 0) return std::nullopt;
    if (exactly_equal(batch.compared_->object(), object)) break;
  }
  batch.comparing_ = false;
  return batch.compared_ != nullptr;
}

void Table::store_some(std::size_t rows) {
  Batch& batch = *batches_.front();
  if (batch.only_new_ && !std::exchange(batch.looking_, true)) batch.looked_ = batch.first_;
  for (; batch.looked_ && rows > 0; --rows, batch.looked_ = batch.looked_->next)
    if (contains(key_of(batch.looked_->object()))) {
      batch.refused_ = true;
      return batches_.pop_front();
    }
  if (batch.looked_) return;
  constexpr std::size_t comparisons_per_row = 16;
  std::size_t comparisons = rows * comparisons_per_row;
  while (batch.first_ && comparisons >= comparisons_per_row) {
    auto is_known = options.type == Type::bag ? compare_some(batch, comparisons) : false;
    if (!is_known) return;
    Row* row = std::exchange(batch.first_, batch.first_->next);
    row->next = nullptr;
    *is_known ? Row::release(row) : store(row);
    comparisons -= std::min(comparisons, comparisons_per_row);
  }
  if (!batch.first_) batches_.pop_front();
}

const Row* Table::find(Term key) const {
  Entry* entry = index_->find(key);
  return entry ? entry->first : nullptr;
}

void Table::erase(Term key) {
  Entry* entry = index_->find(key);
  if (!entry) return;
  for (Row* row = entry->first; row; row = row->next) drop(row);
  index_->remove(*entry);
}

void Table::erase_object(Term object) {
  Entry* entry = index_->find(key_of(object));
  if (!entry) return;
  std::vector<const Row*> equal;
  bool all = true;
  for (Row* row = entry->first; row; row = row->next)
    if (exactly_equal(row->object(), object))
      equal.push_back(row);
    else
      all = false;
  if (all) return erase(key_of(object));
  for (auto* row : equal) erase_row(*entry, row);
}

// An entry is removed with its last row.
void Table::erase_row(Entry& entry, const Row* row) {
  drop(row);
  if (entry.first == entry.last) return index_->remove(entry);
  Row* before = nullptr;
  Row** link = &entry.first;
  while (*link != row) before = *link, link = &(*link)->next;
  Row* gone = *link;
  *link = gone->next;
  if (entry.last == gone) entry.last = before;
  index_->first_changed(entry);
  Row::release(gone);
}

void Table::replace(Entry& entry, const Row* row, Term object) {
  replace_row(entry, row, Row::create(object));
}

void Table::replace_row(Entry& entry, const Row* row, Row* fresh) {
  Row** link = &entry.first;
  while (*link != row) link = &(*link)->next;
  Row* gone = *link;
  fresh->next = gone->next;
  *link = fresh;
  if (entry.last == gone) entry.last = fresh;
  index_->first_changed(entry);
  words_ += fresh->words() - gone->words();
  Row::release(gone);
}

std::unique_ptr<Index> Table::clear() {
  auto empty = make_index(options);
  rows_ = words_ = 0;
  return std::exchange(index_, std::move(empty));
}

Walk::Walk(Table& table, const Keys& keys, bool backwards)
    : table_{table}, keys_{keys}, backwards_{backwards}, by_keys_{keys.kind == Keys::Kind::these} {
  in_range_ = keys.kind == Keys::Kind::between && table.options.type == Type::ordered_set;
  if (!in_range_) return;
  constexpr std::int64_t steps_per_pattern = 64;
  pace.charge(steps_per_pattern * static_cast<std::int64_t>(keys.terms.size()));
  auto& index = static_cast<const OrderedIndex&>(table.index());
  first_ = index.first_between(keys), end_ = index.first_behind(keys);
  if (!backwards) return;
  auto in_front_of = [&](Entry* entry) { return entry ? index.previous(*entry) : index.last(); };
  first_ = in_front_of(std::exchange(end_, in_front_of(first_)));
}

void Walk::resume(const Position& position) {
  started_ = true;
  auto& index = table_.index();
  if (by_keys_) {
    auto& keys = keys_.terms;
    auto less = [](Term one, Term other) { return compare(one, other) < 0; };
    auto place = backwards_ ? std::lower_bound(keys.begin(), keys.end(), position.key, less)
                            : std::upper_bound(keys.begin(), keys.end(), position.key, less);
    next_key_ = static_cast<std::size_t>(backwards_ ? keys.end() - place : place - keys.begin());
  }
  Entry* entry = index.find(position.key);
  bool is_there = entry != nullptr;
  if (!is_there && by_keys_) return;
  if (!is_there) entry = backwards_ ? index.before(position.key) : index.after(position.key);
  go_to(entry == end_ ? nullptr : entry);
  if (is_there)
    for (; seen_ < position.seen && row_; row_ = row_->next) ++seen_;
}

void Walk::go_to(Entry* entry) {
  entry_ = entry;
  seen_ = 0;
  row_ = entry ? entry->first : nullptr;
  if (!by_keys_) look_ahead_from(entry);
}

// The processor fetches the objects of the entries that follow while this one is looked at.
void Walk::look_ahead_from(Entry* entry) {
  auto& index = table_.index();
  while (entry && ahead_count_ < ahead_.size()) {
    entry = backwards_ ? index.previous(*entry) : index.next(*entry);
    if (entry == end_) return;
    __builtin_prefetch(entry->first);
    ahead_[(ahead_first_ + ahead_count_++) % ahead_.size()] = entry;
  }
}

Entry* Walk::take_ahead() {
  if (ahead_count_ == 0) return nullptr;
  Entry* entry = ahead_[ahead_first_];
  Entry* last = ahead_[(ahead_first_ + --ahead_count_) % ahead_.size()];
  ahead_first_ = (ahead_first_ + 1) % ahead_.size();
  look_ahead_from(last);
  return entry;
}

bool Walk::next_entry() {
  constexpr std::int64_t steps_per_key = 16;
  auto& index = table_.index();
  if (by_keys_) {
    Entry* found = nullptr;
    for (; !found && has_more_keys() && looked_at_ < keys_at_once; ++looked_at_) {
      found = index.find(key(next_key_++));
      pace.charge(steps_per_key);
    }
    go_to(found);
  } else if (!std::exchange(started_, true)) {
    if (!in_range_) first_ = backwards_ ? index.last() : index.first();
    go_to(first_ == end_ ? nullptr : first_);
  } else if (entry_) {
    entry_ = take_ahead();
    seen_ = 0;
    row_ = entry_ ? entry_->first : nullptr;
  }
  return entry_ != nullptr;
}

const Row* Walk::next() {
  while (!row_)
    if (!next_entry()) return nullptr;
  ++seen_;
  return std::exchange(row_, row_->next);
}

}  // namespace noderuntime::tables
