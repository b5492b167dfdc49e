// For the sources of this folder only: helpers for libuv's handles and statuses.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <noderuntime/result.h>
#include "common/net/handle.h"
#include "common/net/loop.h"

namespace noderuntime::net {

// The error of a negative status, with the context "[what: ]ENAME: the system's text".
inline Error uv_error(int status, std::string_view what = {}) {
  constexpr int last_errno = 1000;  // libuv's own statuses are beyond it
  std::string context{what};
  if (!context.empty()) context += ": ";
  const char* text = -status < last_errno ? std::strerror(-status) : uv_strerror(status);
  return Error{Errc::system, context + uv_err_name(status) + ": " + text, -status};
}

// Initialises a handle. One whose initialisation failed must not be closed (libuv's design guide).
template <class H, class Init>
Result<Handle<H>> open_handle(void* owner, Init init) {
  auto fresh = std::make_unique<H>();
  if (int status = init(fresh.get()); status < 0) return uv_error(status);
  fresh->data = owner;
  return Handle<H>{fresh.release()};
}

// Runs the body of a libuv callback; `what` names it in Loop::longest_step(). An exception must not pass through libuv: it stops the loop, and
// Loop::run() throws it to its caller.
template <class Step>
void run_step(uv_loop_t* loop, const char* what, Step&& step) noexcept {
  auto& owner = *static_cast<Loop*>(loop->data);
  auto begin = uv_hrtime();
  try {
    step();
  } catch (...) { owner.fail(std::current_exception()); }
  owner.note_step(what, std::chrono::nanoseconds{uv_hrtime() - begin});
}

template <class H>
uv_stream_t* as_stream(const Handle<H>& handle) {
  return reinterpret_cast<uv_stream_t*>(handle.get());
}
template <class H>
uv_handle_t* as_handle(const Handle<H>& handle) {
  return reinterpret_cast<uv_handle_t*>(handle.get());
}

}  // namespace noderuntime::net
