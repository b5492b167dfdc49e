#include "noderuntime/process/timers.h"

namespace noderuntime {

Timers::Id Timers::start(std::int64_t deadline, std::function<void()> fire) {
  Id id = next_++;
  deadlines_.emplace(id, deadline);
  try {
    due_.emplace(std::pair{deadline, id}, std::move(fire));
  } catch (...) {
    deadlines_.erase(id);
    throw;
  }
  return id;
}

bool Timers::stop(Id id) {
  auto found = deadlines_.find(id);
  if (found == deadlines_.end()) return false;
  due_.erase({found->second, id});
  deadlines_.erase(found);
  return true;
}

std::optional<std::int64_t> Timers::deadline_of(Id id) const {
  auto found = deadlines_.find(id);
  return found == deadlines_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<std::int64_t> Timers::next_deadline() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first.first};
}

void Timers::advance(std::int64_t now, std::size_t most) {
  for (; most > 0 && !due_.empty() && due_.begin()->first.first <= now; --most) {
    auto first = due_.extract(due_.begin());
    deadlines_.erase(first.key().second);
    first.mapped()();
  }
}

}  // namespace noderuntime
