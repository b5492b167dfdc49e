#include "noderuntime/distribution/ticker.h"

#include <utility>

namespace noderuntime::distribution {

Result<bool> Ticker::on_time(Milliseconds now) {
  if (now < deadline_) return false;
  deadline_ = now + interval_;
  bool read = std::exchange(read_, false);
  bool wrote = std::exchange(wrote_, false);
  if (!read) ++all_silent_checks_;
  silent_checks_ = read ? 0 : silent_checks_ + 1;
  if (silent_checks_ >= checks_) return Error{Errc::timeout, "no tick"};
  return !wrote || (hidden_peer_ && !read);
}

}  // namespace noderuntime::distribution
