// Timers of processes. Times are milliseconds of one monotonic clock, passed in by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "noderuntime/term/memory.h"

namespace noderuntime {

// Calls back at or after a deadline. Loop thread only; callbacks may start and stop timers.
class Timers {
 public:
  using Id = std::uint64_t;  // never 0
  Id start(std::int64_t deadline, std::function<void()> fire);
  // False: it has fired or was stopped already.
  bool stop(Id id);
  std::optional<std::int64_t> deadline_of(Id id) const;
  std::optional<std::int64_t> next_deadline() const;
  std::size_t count() const { return due_.size(); }
  // Fires timers that are due, in the order of their deadlines. Those beyond `most` are left for the next call, as
  // next_deadline() tells.
  void advance(std::int64_t now, std::size_t most = at_once);
  static constexpr std::size_t at_once = 256;

 private:
  using Due = std::pair<std::int64_t, Id>;
  std::map<Due, std::function<void()>, std::less<Due>,
           HeldAllocator<std::pair<const Due, std::function<void()>>>>
      due_;
  std::map<Id, std::int64_t, std::less<Id>, HeldAllocator<std::pair<const Id, std::int64_t>>> deadlines_;
  Id next_ = 1;
};

}  // namespace noderuntime
