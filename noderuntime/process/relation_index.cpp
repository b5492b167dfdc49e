#include "noderuntime/process/relation_index.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

namespace noderuntime {

// --- of the process itself

void RelationIndex::add_alias(Process& process, const Reference& reference, const Relations::Alias& alias) {
  process.relations().aliases.emplace(reference, alias);
  aliases_.emplace(reference, process.slot());
}

void RelationIndex::drop_alias(Process& process, const Reference& reference) {
  aliases_.erase(reference);
  process.relations().aliases.erase(reference);
}

Process* RelationIndex::of_alias(const Reference& reference) const {
  auto found = aliases_.find(reference);
  return found == aliases_.end() ? nullptr : table_.in_slot(found->second);
}

void RelationIndex::add_monitor(Process& from, const Reference& reference, const PidOrName& target, Atom node,
                                const MonitorOptions& options) {
  if (options.alias) add_alias(from, reference, {*options.alias});
  from.relations().monitors.emplace(
      reference,
      Relations::Monitor{
          .target = target, .node = node, .tag = options.tag, .priority = options.priority, .era = era_});
}

// --- set up by other processes

// Counts a row for the node of the process that set it up.
void RelationIndex::count_row_of(Atom node, Relations& relations, bool more) {
  auto& remote = remote_[node];
  more ? ++remote.rows : --remote.rows;
  more ? ++relations.peer_rows : --relations.peer_rows;
}

void RelationIndex::add_monitored_by(Process& process, const Reference& reference,
                                     Relations::MonitoredBy watcher) {
  Atom node = watcher.pid.node.name;
  bool by_name = std::holds_alternative<Atom>(watcher.as);
  auto& relations = process.relations();
  relate(process, node);
  watcher.era = era_;
  bool added = relations.monitored_by.emplace(reference, watcher).second;
  if (added && !node_.is(node)) count_row_of(node, relations, true);
  if (added && by_name) monitored_by_name_.emplace(reference, process.slot());
}

void RelationIndex::remove_monitored_by(Process& process, const Reference& reference) {
  if (!process.has_relations()) return;
  auto& relations = process.relations();
  auto found = relations.monitored_by.find(reference);
  if (found == relations.monitored_by.end()) return;
  note_removed(relations, reference, found->second);
  relations.monitored_by.erase(found);
}

Process* RelationIndex::watched_by_name(const Reference& reference) const {
  auto found = monitored_by_name_.find(reference);
  return found == monitored_by_name_.end() ? nullptr : table_.in_slot(found->second);
}

// For a link that the other process sets up. One that waits for the acknowledgement of our
// unlink stays as it is.
void RelationIndex::add_link_of(Process& process, const Pid& other) {
  Atom node = other.node.name;
  bool by_peer = !node_.is(node);
  relate(process, node);
  bool added = process.relations()
                   .links.try_emplace(other, Relations::LinkState{.by_peer = by_peer, .era = era_})
                   .second;
  if (added && by_peer) count_row_of(node, process.relations(), true);
}

void RelationIndex::remove_link(Process& process, Links::iterator link) {
  note_removed(process.relations(), link->first, link->second);
  process.relations().links.erase(link);
}

void RelationIndex::note_removed(Relations& relations, const Pid& other, const Relations::LinkState& link) {
  if (link.by_peer) count_row_of(other.node.name, relations, false);
}

void RelationIndex::note_removed(Relations& relations, const Reference& reference,
                                 const Relations::MonitoredBy& watcher) {
  if (!node_.is(watcher.pid.node.name)) count_row_of(watcher.pid.node.name, relations, false);
  if (std::holds_alternative<Atom>(watcher.as)) monitored_by_name_.erase(reference);
}

// --- by node

void RelationIndex::relate(Process& process, Atom node) {
  if (!node_.is(node)) remote_[node].slots.insert(process.slot());
}

RelationIndex::Loss RelationIndex::lose(Atom node) {
  Loss loss{.node = node, .last_era = era_++, .slots = {}};
  if (auto found = remote_.find(node); found != remote_.end()) loss.slots.swap(found->second.slots);
  return loss;
}

bool RelationIndex::is_in_a_loss(Atom node, std::uint32_t era) const {
  return std::any_of(losses_.begin(), losses_.end(), [&](const Loss* loss) { return loss->has(node, era); });
}

void RelationIndex::forget_node(Atom node) {
  auto found = remote_.find(node);
  if (found != remote_.end() && found->second.slots.empty() && found->second.rows == 0) remote_.erase(found);
}

std::size_t RelationIndex::rows_set_up_by(Atom node) const {
  auto found = remote_.find(node);
  return found == remote_.end() ? 0 : found->second.rows;
}

void RelationIndex::forget(Process& process) {
  for (auto& [reference, alias] : process.relations().aliases) aliases_.erase(reference);
  for (auto& [node, remote] : remote_) remote.slots.erase(process.slot());
}

}  // namespace noderuntime
