#include "noderuntime/distribution/ticker.h"

#include <utility>

namespace noderuntime::distribution {

Result<bool> Ticker::on_time(Milliseconds now) {
  if (now < next_look_) return false;
  next_look_ = now + interval_;
  bool read = std::exchange(read_, false);
  bool wrote = std::exchange(wrote_, false);
  silent_looks_ = read ? 0 : silent_looks_ + 1;
  if (silent_looks_ >= looks_per_ticktime) return Error{Errc::timeout, "no tick"};
  return !wrote || (hidden_peer_ && !read);
}

}  // namespace noderuntime::distribution
