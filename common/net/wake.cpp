#include "common/net/wake.h"

#include <cstdlib>

#include "common/net/uv_support.h"

namespace noderuntime::net {

Wake::Wake(Loop& loop, std::function<void()> woken) : woken_{std::move(woken)} {
  auto called = [](uv_async_t* handle) {
    if (handle->data) run_step(handle->loop, [&] { static_cast<Wake*>(handle->data)->woken_(); });
  };
  auto handle = open_handle<uv_async_t>(
      this, [&](uv_async_t* fresh) { return uv_async_init(loop.raw(), fresh, called); });
  if (!handle) std::abort();  // without descriptors nothing can run
  handle_ = std::move(*handle);
}
Wake::~Wake() = default;

void Wake::wake() { uv_async_send(handle_.get()); }

}  // namespace noderuntime::net
