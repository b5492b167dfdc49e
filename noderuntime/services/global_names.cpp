#include "noderuntime/services/global_names.h"

#include <vector>

#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

std::optional<Term> GlobalNames::row(Term name) const {
  auto found = entries_.find(to_text(name));
  return found == entries_.end() ? std::nullopt : std::optional{found->second.row.term()};
}

std::optional<Term> GlobalNames::pid(Term name) const {
  auto found = row(name);
  return found ? std::optional{found->element(1)} : std::nullopt;
}

Term GlobalNames::rows(Heap& heap) const {
  std::vector<Term> all;
  for (auto& [text, entry] : entries_) all.push_back(copy(entry.row.term(), heap));
  return make_list(heap, all);
}

Term GlobalNames::names(Heap& heap) const {
  std::vector<Term> all;
  for (auto& [text, entry] : entries_) all.push_back(copy(entry.row.term().element(0), heap));
  return make_list(heap, all);
}

Term GlobalNames::names_of(Heap& heap, Term pid) const {
  std::vector<Term> all;
  for (auto& [text, entry] : entries_)
    if (exactly_equal(entry.row.term().element(1), pid))
      all.push_back(copy(entry.row.term().element(0), heap));
  return make_list(heap, all);
}

Term GlobalNames::externals(Heap& heap) const {
  std::vector<Term> all;
  for (auto& [text, entry] : entries_) {
    if (!entry.registered_by) continue;
    Term row = copy(entry.row.term(), heap);
    all.push_back(make_tuple(heap, {row.element(0), row.element(1), Term::atom(*entry.registered_by)}));
  }
  return make_list(heap, all);
}

// The node that registered an external process monitors it; it may not be reachable from here.
void GlobalNames::insert(Process& self, Term row, std::optional<Atom> registered_by) {
  erase(self, row.element(0));
  Entry entry{OwnedTerm::copy_of(row), std::nullopt, registered_by};
  if (!registered_by || *registered_by == node_.identity().name)
    entry.monitor = signals_.monitor(self, row.element(1), {});
  entries_.insert_or_assign(to_text(row.element(0)), std::move(entry));
}

void GlobalNames::erase(Process& self, Term name) {
  auto found = entries_.extract(to_text(name));
  if (found && found.mapped().monitor) signals_.demonitor(self, *found.mapped().monitor, true);
}

void GlobalNames::process_ended(Term reference) {
  auto ended = to_reference(node_.identity(), reference);
  std::erase_if(entries_, [&](auto& entry) { return entry.second.monitor == ended; });
}

void GlobalNames::node_down(Process& self, Atom node) {
  std::vector<OwnedTerm> lost;
  for (auto& [text, entry] : entries_)
    if (entry.registered_by == node) lost.push_back(OwnedTerm::copy_of(entry.row.term().element(0)));
  for (auto& name : lost) erase(self, name.term());
}

}  // namespace noderuntime
