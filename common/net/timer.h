// A timer of the loop.
#pragma once

#include <functional>

#include "common/net/loop.h"

namespace noderuntime::net {

class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // These replace what was started before. The callback may start or stop this timer.
  void start(Milliseconds delay, std::function<void()> callback);  // once
  void start_repeating(Milliseconds period, std::function<void()> callback);
  void stop();
  bool running() const;

 private:
  void arm(Milliseconds delay, Milliseconds repeat, std::function<void()> callback);
  Handle<uv_timer_s> handle_;
  std::function<void()> callback_;
};

}  // namespace noderuntime::net
