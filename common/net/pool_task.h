// Work for a thread of libuv's pool, whose end is told on the loop thread.
#pragma once

#include <functional>

#include "common/net/loop.h"

namespace noderuntime::net {

// One piece of work. `work` runs on a thread of the pool and touches nothing that the loop thread touches
// meanwhile; it may run on after the task was destroyed, so it owns what it needs, and throws nothing. `finished`
// is called once on the loop thread, never from inside the constructor, unless the task is destroyed first.
class PoolTask {
 public:
  PoolTask(Loop& loop, std::function<void()> work, std::function<void()> finished);
  ~PoolTask();
  PoolTask(const PoolTask&) = delete;
  PoolTask& operator=(const PoolTask&) = delete;

 private:
  struct Request;
  Request* request_;  // owned by libuv while in progress
};

}  // namespace noderuntime::net
