// libuv handles, each with exactly one owner. Destroying the owner closes the handle; libuv frees the memory
// in the close callback. libuv's types are only named here, so that these headers do not include <uv.h>.
#pragma once

#include <memory>

struct uv_loop_s;
struct uv_async_s;
struct uv_idle_s;
struct uv_poll_s;
struct uv_timer_s;
struct uv_tcp_s;
struct uv_signal_s;
struct uv_process_s;

namespace noderuntime::net {

template <class H>
struct CloseHandle {
  void operator()(H* handle) const;  // defined in handle.cpp for the types above
};

template <class H>
using Handle = std::unique_ptr<H, CloseHandle<H>>;

}  // namespace noderuntime::net
