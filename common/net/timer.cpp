#include "common/net/timer.h"

#include <algorithm>

#include "common/net/uv_support.h"

namespace noderuntime::net {

Timer::Timer(Loop& loop) {
  auto handle =
      open_handle<uv_timer_t>(this, [&](uv_timer_t* fresh) { return uv_timer_init(loop.raw(), fresh); });
  handle_ = std::move(handle).value();  // uv_timer_init cannot fail
}
Timer::~Timer() = default;

void Timer::start(Milliseconds delay, std::function<void()> callback) {
  arm(delay, Milliseconds{0}, std::move(callback));
}
void Timer::start_repeating(Milliseconds period, std::function<void()> callback) {
  arm(period, period, std::move(callback));
}

void Timer::arm(Milliseconds delay, Milliseconds repeat, std::function<void()> callback) {
  callback_ = std::move(callback);
  uv_update_time(handle_->loop);  // libuv counts from the start of the turn, which may be long ago
  auto ticks = [](Milliseconds time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  };
  auto fire = [](uv_timer_t* handle) {
    auto* timer = static_cast<Timer*>(handle->data);
    if (!timer) return;
    run_step(handle->loop, "a timer", [&] {
      auto callback = timer->callback_;  // a copy, because the callback may start the timer again
      callback();
    });
  };
  uv_timer_start(handle_.get(), fire, ticks(delay), ticks(repeat));
}

void Timer::stop() { uv_timer_stop(handle_.get()); }
bool Timer::running() const { return uv_is_active(as_handle(handle_)) != 0; }

}  // namespace noderuntime::net
