#include "epmd/registry.h"

#include <algorithm>
#include <iterator>

namespace noderuntime::epmd {
namespace {
constexpr std::uint32_t first_wide_creation = 4;  // 0 is reserved, 1 to 3 are the old form's

Creation at_least_first(std::uint32_t counter) { return Creation{std::max(counter, first_wide_creation)}; }
}  // namespace

const Registry::Record* Registry::add(NodeEntry node, ConnectionId owner, int descriptor, Creation fresh,
                                      std::int64_t since) {
  if (registered_index_.contains(node.name) || owners_.contains(owner.value())) return nullptr;
  auto counter = next_counter(node.name, fresh);
  return &insert({std::move(node), counter, owner, Serial{last_serial_ + 1}, descriptor, since});
}

bool Registry::restore(Record record) {
  if (registered_index_.contains(record.node.name) || owners_.contains(record.owner.value())) return false;
  if (auto known = remembered_index_.find(record.node.name); known != remembered_index_.end()) forget(known);
  insert(std::move(record));
  return true;
}

bool Registry::remember(NodeEntry node, Creation counter, int descriptor) {
  if (registered_index_.contains(node.name) || remembered_index_.contains(node.name)) return false;
  remembered_.push_back({std::move(node), counter, ConnectionId{0}, Serial{0}, descriptor, 0});
  keep_remembered(std::prev(remembered_.end()));
  return true;
}

const Registry::Record& Registry::insert(Record record) {
  registered_.push_front(std::move(record));
  auto& fresh = registered_.front();
  registered_index_.emplace(fresh.node.name, registered_.begin());
  owners_.emplace(fresh.owner.value(), registered_.begin());
  last_serial_ = std::max(last_serial_, fresh.serial.value());
  names_text_.reset();
  details_text_.reset();
  return fresh;
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
  owners_.erase(owner.value());
  names_text_.reset();
  details_text_.reset();
  remembered_.splice(remembered_.end(), registered_, record);
  keep_remembered(record);
}

void Registry::keep_remembered(std::list<Record>::iterator record) {
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

const Registry::Record* Registry::owned_by(ConnectionId owner) const {
  auto found = owners_.find(owner.value());
  return found == owners_.end() ? nullptr : &*found->second;
}

void Registry::set_descriptor(ConnectionId owner, int descriptor) {
  if (auto found = owners_.find(owner.value()); found != owners_.end())
    found->second->descriptor = descriptor;
}

std::shared_ptr<const std::string> Registry::names_text() {
  if (names_text_) return names_text_;
  auto text = std::make_shared<std::string>();
  for (const auto& record : registered_) append_names_line(*text, record.node);
  return names_text_ = std::move(text);
}

std::shared_ptr<const std::string> Registry::details_text() {
  if (details_text_) return details_text_;
  auto text = std::make_shared<std::string>();
  for (const auto& record : registered_) append_details_line(*text, described(record));
  return details_text_ = std::move(text);
}

Registered described(const Registry::Record& record) {
  return {.node = record.node,
          .creation = creation_for(record.node.highest, record.counter),
          .since = record.since > 0 ? std::optional{record.since} : std::nullopt,
          .connection = {}};
}

Creation creation_for(std::uint16_t highest, Creation counter) {
  return has_wide_creation(highest) ? counter : Creation{counter.value() % 3 + 1};
}

}  // namespace noderuntime::epmd
