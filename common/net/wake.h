// Wakes a loop from another thread.
#pragma once

#include <functional>

#include "common/net/loop.h"

namespace noderuntime::net {

// After wake(), from any thread, `woken` is called on the loop's thread: once
// for any number of calls before it.
class Wake {
 public:
  Wake(Loop& loop, std::function<void()> woken);
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void wake();  // as long as this exists

 private:
  std::function<void()> woken_;
  Handle<uv_async_s> handle_;
};

}  // namespace noderuntime::net
