// Limits how many events pass, for log lines that peers can cause at will.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

namespace noderuntime::program {

// At most `burst` events per period.
class RateLimit {
 public:
  RateLimit(std::size_t burst, std::chrono::milliseconds period) : burst_{burst}, period_{period} {}

  bool allows(std::chrono::milliseconds now) {
    if (now - begun_ >= period_) begun_ = now, used_ = 0;
    if (used_ < burst_) return ++used_, true;
    return ++suppressed_, false;
  }
  // The number of events held back since the last call.
  std::size_t take_suppressed() { return std::exchange(suppressed_, 0); }

 private:
  std::size_t burst_;
  std::chrono::milliseconds period_;
  std::chrono::milliseconds begun_{0};
  std::size_t used_ = 0;
  std::size_t suppressed_ = 0;
};

}  // namespace noderuntime::program
