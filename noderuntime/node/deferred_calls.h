// Calls deferred to the loop's next turn, which do not outlive their owner.
#pragma once

#include <functional>
#include <memory>

#include "common/net/loop.h"

namespace noderuntime {

// Owned by the object whose calls it defers. Calls still queued when that object is destroyed are dropped.
class DeferredCalls {
 public:
  explicit DeferredCalls(net::Loop& loop) : loop_{loop} {}
  void operator()(std::function<void()> action) {
    loop_.later([action = std::move(action), held = std::weak_ptr{alive_}] {
      if (!held.expired()) action();
    });
  }

 private:
  net::Loop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace noderuntime
