#include "noderuntime/tables/tables.h"

#include "noderuntime/tables/match_specification.h"

namespace noderuntime::tables {

Tables::Tables(Limits limits) : limits_{limits} {}
Tables::~Tables() = default;

Tables::Made Tables::make(Reference id, Atom name, Term owner, Options options) {
  if (options.named && names_.contains(name)) return {nullptr, Problem::name_taken};
  if (tables_.size() >= limits_.tables) return {nullptr, Problem::too_many};
  auto table = std::make_unique<Table>(id, name, owner, std::move(options));
  Table* made = table.get();
  tables_.emplace(id, std::move(table));
  if (made->options.named) names_.emplace(name, made);
  owned_[word_of(owner)].insert(made);
  return {made};
}

Table* Tables::find(const Reference& id) const {
  auto& last = recent(id);
  if (last && last->id == id) return last;
  auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : last = found->second.get();
}

Table* Tables::find(Atom name) const {
  auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

bool Tables::rename(Table& table, Atom name) {
  if (table.options.named && !names_.emplace(name, &table).second) return false;
  if (table.options.named) names_.erase(table.name);
  table.name = name;
  return true;
}

namespace {

template <class Rows>
void forget(Rows& rows, Word process, Table* table) {
  auto found = rows.find(process);
  if (found == rows.end()) return;
  found->second.erase(table);
  if (found->second.empty()) rows.erase(found);
}

}  // namespace

void Tables::remove(Table& table) {
  words_ -= table.words();
  if (table.options.named) names_.erase(table.name);
  forget(owned_, word_of(table.owner), &table);
  for (auto& [process, times] : table.fixed_by) forget(fixed_, process, &table);
  if (auto& last = recent(table.id); last == &table) last = nullptr;
  tables_.erase(Reference{table.id});
}

void Tables::bury(Table& table) {
  words_ -= table.words();
  bury(table.clear());
  remove(table);
}

bool Tables::sweep(std::size_t rows) {
  if (buried_.empty()) return false;
  if (!buried_.back()->release_some(rows)) buried_.pop_back();
  return !buried_.empty();
}

void Tables::give(Table& table, Term owner) {
  forget(owned_, word_of(table.owner), &table);
  table.owner = owner;
  owned_[word_of(owner)].insert(&table);
}

void Tables::fix(Table& table, Term process, std::int64_t monotonic, std::int64_t system) {
  if (table.fixed_by.empty()) table.fixed_since_monotonic = monotonic, table.fixed_since = system;
  ++table.fixed_by[word_of(process)];
  fixed_[word_of(process)].insert(&table);
}

void Tables::unfix(Table& table, Term process) {
  auto found = table.fixed_by.find(word_of(process));
  if (found == table.fixed_by.end() || --found->second > 0) return;
  table.fixed_by.erase(found);
  forget(fixed_, word_of(process), &table);
}

std::vector<Tables::Inheritance> Tables::owner_ends(Term process, const std::function<bool(Term)>& is_alive) {
  if (auto fixed = fixed_.extract(word_of(process)))
    for (Table* table : fixed.mapped()) table->fixed_by.erase(word_of(process));
  std::vector<Inheritance> inherited;
  auto owned = owned_.find(word_of(process));
  if (owned == owned_.end()) return inherited;
  std::vector<Table*> left{owned->second.begin(), owned->second.end()};
  for (Table* table : left) {
    Term heir = table->options.heir;
    if (heir.is_nil() || heir == process || !is_alive(heir)) {
      table->size() > few_rows ? bury(*table) : remove(*table);
      continue;
    }
    give(*table, heir);
    inherited.push_back({heir, table});
  }
  return inherited;
}

}  // namespace noderuntime::tables
