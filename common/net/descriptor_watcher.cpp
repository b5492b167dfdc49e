#include "common/net/descriptor_watcher.h"

#include <cstdlib>

#include "common/net/uv_support.h"

namespace noderuntime::net {

DescriptorWatcher::DescriptorWatcher(Loop& loop, int descriptor, std::function<void()> readable)
    : readable_{std::move(readable)} {
  auto handle = open_handle<uv_poll_t>(
      this, [&](uv_poll_t* fresh) { return uv_poll_init(loop.raw(), fresh, descriptor); });
  if (!handle) std::abort();  // no memory is left to watch it: nothing can run
  handle_ = std::move(*handle);
  start();
}

DescriptorWatcher::~DescriptorWatcher() = default;

void DescriptorWatcher::start() {
  uv_poll_start(handle_.get(), UV_READABLE, [](uv_poll_t* polled, int, int) {
    if (polled->data)
      run_step(polled->loop, "a descriptor",
               [&] { static_cast<DescriptorWatcher*>(polled->data)->readable_(); });
  });
}

void DescriptorWatcher::stop() { uv_poll_stop(handle_.get()); }

}  // namespace noderuntime::net
