#include "common/net/handle.h"

#include <uv.h>

namespace noderuntime::net {

template <class H>
void CloseHandle<H>::operator()(H* handle) const {
  handle->data = nullptr;  // callbacks in progress find no owner
  uv_close(reinterpret_cast<uv_handle_t*>(handle),
           [](uv_handle_t* closed) { delete reinterpret_cast<H*>(closed); });
}

template struct CloseHandle<uv_async_t>;
template struct CloseHandle<uv_idle_t>;
template struct CloseHandle<uv_poll_t>;
template struct CloseHandle<uv_timer_t>;
template struct CloseHandle<uv_tcp_t>;
template struct CloseHandle<uv_signal_t>;
template struct CloseHandle<uv_process_t>;

}  // namespace noderuntime::net
