// What a program has to do as process 1 of a container.
#pragma once

#include <optional>

#include "common/net/loop.h"
#include "common/net/signals.h"

namespace noderuntime::net {

// Whether this is process 1. To it the kernel delivers only signals for which it has a handler.
bool is_first_process();

// Reaps processes that lost their parents: the kernel makes them children of process 1. Does nothing in any
// other process, and leaves the children of ChildProcess to libuv. Loop thread only.
class OrphanReaper {
 public:
  explicit OrphanReaper(Loop& loop);

 private:
  std::optional<Signals> child_ends_;
};

}  // namespace noderuntime::net
