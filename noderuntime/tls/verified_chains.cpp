#include "noderuntime/tls/verified_chains.h"

#include <utility>

namespace noderuntime::tls {

bool VerifiedChains::has(const Key& chain, std::int64_t now) const {
  std::lock_guard lock{mutex_};
  auto row = rows_.find(chain);
  return row != rows_.end() && row->second.from <= now && now < row->second.until;
}

void VerifiedChains::add(Key chain, Validity validity) {
  std::lock_guard lock{mutex_};
  auto [row, is_new] = rows_.insert_or_assign(std::move(chain), validity);
  if (!is_new) return;
  order_.push_back(row);
  if (rows_.size() <= most) return;
  rows_.erase(order_.front());
  order_.pop_front();
}

std::size_t VerifiedChains::size() const {
  std::lock_guard lock{mutex_};
  return rows_.size();
}

std::vector<VerifiedChains::Validity> VerifiedChains::validities() const {
  std::lock_guard lock{mutex_};
  std::vector<Validity> all;
  for (auto& [chain, validity] : rows_) all.push_back(validity);
  return all;
}

}  // namespace noderuntime::tls
