#include "common/net/signals.h"

#include <csignal>

#include "common/net/uv_support.h"

namespace noderuntime::net {

Signals::Signals(Loop& loop, const std::vector<int>& numbers, std::function<void(int)> callback)
    : callback_{std::move(callback)} {
  for (int number : numbers) {
    auto handle =
        open_handle<uv_signal_t>(this, [&](uv_signal_t* fresh) { return uv_signal_init(loop.raw(), fresh); });
    if (!handle) continue;  // no descriptors left for libuv's pipe: the signal keeps its default action
    auto deliver = [](uv_signal_t* from, int delivered) {
      if (from->data)
        run_step(from->loop, "a signal", [&] { static_cast<Signals*>(from->data)->callback_(delivered); });
    };
    uv_signal_start(handle->get(), deliver, number);
    uv_unref(as_handle(*handle));
    handles_.push_back(std::move(*handle));
  }
}
Signals::~Signals() = default;

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace noderuntime::net
