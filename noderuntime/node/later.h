// Actions for the loop's next turn that do not outlive their owner.
#pragma once

#include <functional>
#include <memory>

#include "common/net/loop.h"

namespace noderuntime {

// A member of who gives the actions; what is still to be done when that ends is not done.
class Later {
 public:
  explicit Later(net::Loop& loop) : loop_{loop} {}
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
