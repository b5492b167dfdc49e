#include "epmd/fd_store.h"

#include <algorithm>

#include "common/program/logging.h"

namespace noderuntime::epmd {
namespace {
constexpr std::size_t history_allowed = 256 * 1024;  // bytes beyond those of a new table
constexpr net::Milliseconds retry_after{5};

std::string store(std::string_view name) { return "FDSTORE=1\nFDNAME=" + std::string{name}; }
std::string remove_from_store(std::string_view name) {
  return "FDSTOREREMOVE=1\nFDNAME=" + std::string{name};
}
}  // namespace

std::string name_of_table(std::uint32_t generation) {
  return std::string{table_name_prefix} + std::to_string(generation);
}

FdStore::FdStore(net::Loop& loop, const net::ServiceManager& manager, const Registry& registry,
                 std::uint32_t generation)
    : manager_{manager}, registry_{registry}, generation_{generation}, retry_{loop} {
  replace_table();
}

std::string FdStore::name_of_table() const { return epmd::name_of_table(generation_); }

void FdStore::began(const Registry::Record& record) {
  append_to_table(encode_begin(record));
  send(store(name_of(record.serial)), record.descriptor, record.serial);
}

// Its connection is about to be closed: notifications about it that still wait are dropped.
void FdStore::ended(const Registry::Record& record) {
  append_to_table(encode_end(record.serial));
  if (!drop_waiting(record.serial)) forget(name_of(record.serial));
}

void FdStore::forget_all() {
  forget(name_of_table());
  for (const auto& record : registry_.registered()) forget(name_of(record.serial));
}

void FdStore::forget(const std::string& name) { send(remove_from_store(name)); }

void FdStore::append_to_table(const Buffer& record) {
  table_size_ += record.size();
  if (table_size_ > 2 * size_when_new_ + history_allowed || !table_ || !table_->append(record))
    replace_table();
}

void FdStore::replace_table() {
  auto old_name = name_of_table();
  ++generation_;
  auto content = encode_table(registry_, generation_);
  auto fresh = TableFile::create(content);
  if (!fresh) {
    if (!std::exchange(full_, true))
      program::log_error("the table of names cannot be kept (" + fresh.error().message() +
                         "): a crash now loses names");
    return;
  }
  full_ = false;
  auto old_table = std::exchange(table_, std::move(*fresh));
  table_size_ = size_when_new_ = content.size();
  // A descriptor that waits to be sent must not be closed. What was not sent need not be removed either, so
  // that the queue does not grow with many tables.
  auto unsent =
      std::erase_if(waiting_, [](const Waiting& one) { return one.descriptor >= 0 && !one.stores; });
  bool stored = old_table && unsent < old_table->descriptors().size();
  for (int descriptor : table_->descriptors()) send(store(name_of_table()) + "\nFDPOLL=0", descriptor);
  if (stored) forget(old_name);
}

void FdStore::send(std::string state, int descriptor, std::optional<Serial> stores) {
  if (waiting_.empty() && manager_.send(state, descriptor)) return;
  waiting_.push_back({std::move(state), descriptor, stores});
  if (!retry_.running()) retry_.start(retry_after, [this] { send_waiting(); });
}

void FdStore::send_waiting() {
  while (!waiting_.empty() && manager_.send(waiting_.front().state, waiting_.front().descriptor))
    waiting_.pop_front();
  if (!waiting_.empty()) retry_.start(retry_after, [this] { send_waiting(); });
}

bool FdStore::drop_waiting(Serial serial) {
  auto is_it = [&](const Waiting& one) { return one.stores == serial; };
  return std::erase_if(waiting_, is_it) > 0;
}

}  // namespace noderuntime::epmd
