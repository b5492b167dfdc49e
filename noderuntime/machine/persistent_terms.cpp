#include "noderuntime/machine/persistent_terms.h"

#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime {

HeldAreas::~HeldAreas() {
  for (auto* area : areas_) MagicObject::release(area);
}

void HeldAreas::hold(LiteralArea* area) {
  if (areas_.insert(area).second) MagicObject::keep(area);
}

std::vector<LiteralArea*> HeldAreas::retired() const {
  std::vector<LiteralArea*> found;
  for (auto* area : areas_)
    if (area->retired) area->seen = false, found.push_back(area);
  return found;
}

void HeldAreas::let_go_of_unseen(std::span<LiteralArea* const> retired) {
  for (auto* area : retired) {
    if (area->seen) continue;
    areas_.erase(area);
    MagicObject::release(area);
  }
}

PersistentTerms::~PersistentTerms() {
  for (auto& entry : entries_) MagicObject::release(entry.second.area);
}

PersistentTerms::Entries::iterator PersistentTerms::find(Term key) {
  auto [first, last] = entries_.equal_range(internal_hash(key));
  for (; first != last; ++first)
    if (exactly_equal(first->second.key.term(), key)) return first;
  return entries_.end();
}

Term PersistentTerms::hold(ErlangState& state, LiteralArea* area) {
  if (is_immediate(area->term())) return area->term();
  if (!state.held) state.held = std::make_unique<HeldAreas>();
  static_cast<HeldAreas&>(*state.held).hold(area);
  return area->term();
}

std::optional<Term> PersistentTerms::get(ErlangState& state, Term key) {
  auto entry = find(key);
  return entry == entries_.end() ? std::nullopt : std::optional{hold(state, entry->second.area)};
}

bool PersistentTerms::put(Term key, Term value) {
  auto known = find(key);
  if (known != entries_.end() && exactly_equal(known->second.area->term(), value)) return true;
  auto* area = LiteralArea::create(space_, value);
  if (!area) return false;
  MagicObject::keep(area);
  bytes_ += area->bytes();
  if (known != entries_.end())
    retire(std::exchange(known->second.area, area));
  else
    entries_.emplace(internal_hash(key), Entry{OwnedTerm::copy_of(key), area});
  return true;
}

bool PersistentTerms::erase(Term key) {
  auto entry = find(key);
  if (entry == entries_.end()) return false;
  retire(entry->second.area);
  entries_.erase(entry);
  return true;
}

void PersistentTerms::retire(LiteralArea* area) {
  bytes_ -= area->bytes();
  area->retired = true;
  MagicObject::release(area);
}

void PersistentTerms::visit_all(ErlangState& state, const std::function<void()>& start,
                                const std::function<void(Term key, Term value)>& visit) {
  visit_in_pieces([this] { return &entries_; }, start,
                  [&](auto& row) { visit(row.second.key.term(), hold(state, row.second.area)); });
}

}  // namespace noderuntime
