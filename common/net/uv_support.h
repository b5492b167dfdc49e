// For the sources of this folder only: libuv's types and statuses in ours.
#pragma once

#include <uv.h>

#include <string>
#include <string_view>

#include "common/net/handle.h"
#include "noderuntime/result.h"

namespace noderuntime::net {

// ENAME: text, as people search for it.
inline Error uv_error(int status, std::string_view what = {}) {
  std::string context{what};
  if (!context.empty()) context += ": ";
  return Error{Errc::system, context + uv_err_name(status) + ": " + uv_strerror(status)};
}

// libuv's design guide: a handle whose init failed is not closed.
template <class H, class Init>
Result<Handle<H>> open_handle(void* owner, Init init) {
  auto fresh = std::make_unique<H>();
  if (int status = init(fresh.get()); status < 0) return uv_error(status);
  fresh->data = owner;
  return Handle<H>{fresh.release()};
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
