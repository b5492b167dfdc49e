#include "common/net/async_wake_up.h"

#include <cstdlib>

#include "common/net/uv_support.h"

namespace noderuntime::net {

AsyncWakeUp::AsyncWakeUp(Loop& loop, std::function<void()> woken) : woken_{std::move(woken)} {
  auto called = [](uv_async_t* handle) {
    if (handle->data)
      run_step(handle->loop, "a wake-up", [&] { static_cast<AsyncWakeUp*>(handle->data)->woken_(); });
  };
  auto handle = open_handle<uv_async_t>(
      this, [&](uv_async_t* fresh) { return uv_async_init(loop.raw(), fresh, called); });
  if (!handle) std::abort();  // without descriptors nothing can run
  handle_ = std::move(*handle);
}
AsyncWakeUp::~AsyncWakeUp() = default;

void AsyncWakeUp::wake() { uv_async_send(handle_.get()); }

}  // namespace noderuntime::net
