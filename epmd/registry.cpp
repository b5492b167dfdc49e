#include "epmd/registry.h"

#include <algorithm>

namespace noderuntime::epmd {
namespace {
constexpr std::uint32_t first_wide_creation = 4;  // 0 is reserved, 1 to 3 belong to the old form

Creation at_least_first(std::uint32_t counter) { return Creation{std::max(counter, first_wide_creation)}; }
}  // namespace

const Registry::Record* Registry::add(NodeEntry node, ConnectionId owner, int descriptor, Creation fresh) {
  if (registered_index_.contains(node.name)) return nullptr;
  auto counter = next_counter(node.name, fresh);
  registered_.push_front({std::move(node), counter, owner, descriptor});
  registered_index_.emplace(registered_.front().node.name, registered_.begin());
  names_text_.reset();
  return &registered_.front();
}

Creation Registry::next_counter(std::string_view name, Creation fresh) {
  auto known = remembered_index_.find(name);
  if (known == remembered_index_.end()) return at_least_first(fresh.value());
  auto counter = at_least_first(known->second->counter.value() + 1);
  forget(known);
  return counter;
}

void Registry::remove(std::string_view name, ConnectionId owner) {
  auto found = registered_index_.find(name);
  if (found == registered_index_.end() || found->second->owner != owner) return;
  auto record = found->second;
  registered_index_.erase(found);
  names_text_.reset();
  remembered_.splice(remembered_.end(), registered_, record);
  remembered_index_.emplace(record->node.name, record);
  if (remembered_.size() > max_remembered_) forget(remembered_index_.find(remembered_.front().node.name));
}

void Registry::forget(Index::iterator name) {
  auto record = name->second;
  remembered_index_.erase(name);
  remembered_.erase(record);
}

const Registry::Record* Registry::find(std::string_view name) const {
  auto found = registered_index_.find(name);
  return found == registered_index_.end() ? nullptr : &*found->second;
}

std::shared_ptr<const std::string> Registry::names_text() {
  if (names_text_) return names_text_;
  auto text = std::make_shared<std::string>();
  for (const auto& record : registered_) append_names_line(*text, record.node);
  return names_text_ = std::move(text);
}

Creation creation_for(std::uint16_t highest, Creation counter) {
  return has_wide_creation(highest) ? counter : Creation{counter.value() % 3 + 1};
}

}  // namespace noderuntime::epmd
