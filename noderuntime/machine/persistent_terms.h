// The values of module persistent_term. Processes that read them share them; they are never copied.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/beam/literal_space.h"
#include "noderuntime/functions/persistent_store.h"

namespace noderuntime {

// The areas that a process may refer to; owned by its ErlangState. An erased or replaced value stays until a
// collection finds that the process does not refer to it any more, or until the process ends.
class HeldAreas final : public ErlangState::Held {
 public:
  ~HeldAreas() override;
  void hold(LiteralArea* area);
  std::vector<LiteralArea*> retired() const;
  void let_go_of_unseen(std::span<LiteralArea* const> retired);

 private:
  std::unordered_set<LiteralArea*> areas_;
};

// Owned by the Machine. Loop thread only.
class PersistentTerms final : public PersistentStore {
 public:
  explicit PersistentTerms(std::shared_ptr<LiteralSpace> space) : space_{std::move(space)} {}
  ~PersistentTerms() override;

  std::optional<Term> get(ErlangState& state, Term key) override;
  bool put(Term key, Term value) override;
  bool erase(Term key) override;
  void visit_all(ErlangState& state, const std::function<void()>& start,
                 const std::function<void(Term key, Term value)>& visit) override;
  template <class Look>
  void for_each_block(Look look) const {
    for (auto& entry : entries_) look(entry.second.area->block());
  }
  std::size_t count() const override { return entries_.size(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Entry {
    OwnedTerm key;
    LiteralArea* area;
  };
  using Entries = std::unordered_multimap<std::uint64_t, Entry>;
  Entries::iterator find(Term key);
  void retire(LiteralArea* area);
  static Term hold(ErlangState& state, LiteralArea* area);
  std::shared_ptr<LiteralSpace> space_;
  Entries entries_;
  std::size_t bytes_ = 0;
};

}  // namespace noderuntime
