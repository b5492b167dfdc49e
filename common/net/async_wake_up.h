// Wakes a loop from another thread.
#pragma once

#include <functional>

#include "common/net/loop.h"

namespace noderuntime::net {

// wake() may be called from any thread; `woken` then runs on the loop thread, once for all calls before it.
class AsyncWakeUp {
 public:
  AsyncWakeUp(Loop& loop, std::function<void()> woken);
  ~AsyncWakeUp();
  AsyncWakeUp(const AsyncWakeUp&) = delete;
  AsyncWakeUp& operator=(const AsyncWakeUp&) = delete;

  void wake();  // as long as this object exists

 private:
  std::function<void()> woken_;
  Handle<uv_async_s> handle_;
};

}  // namespace noderuntime::net
