#include "noderuntime/machine/persistent_terms.h"

#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"
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

namespace {

// One reference to an area.
struct ReleasesArea {
  void operator()(LiteralArea* area) const { MagicObject::release(area); }
};
using AreaReference = std::unique_ptr<LiteralArea, ReleasesArea>;

AreaReference reference_to(LiteralArea* area) {
  if (area) MagicObject::keep(area);
  return AreaReference{area};
}

}  // namespace

// While the process is paused, others may put and erase what they like.
bool PersistentTerms::put(Term key, Term value) {
  if (auto known = find(key); known != entries_.end()) {
    auto area = reference_to(known->second.area);
    MayPause here;
    if (exactly_equal(area->term(), value)) return true;
  }
  AreaReference area;
  OwnedTerm own_key;
  {
    MayPause here;
    area = reference_to(LiteralArea::create(space_, value));
    if (!area) return false;
    own_key = OwnedTerm::copy_of(key);
  }
  auto known = find(key);
  if (known == entries_.end())
    known = entries_.emplace(internal_hash(key), Entry{std::move(own_key), nullptr});
  bytes_ += area->bytes();
  if (auto* former = std::exchange(known->second.area, area.release())) retire(former);
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
