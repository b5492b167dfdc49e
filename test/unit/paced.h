// Time slices for tests of long work in C++ (term/pace.h): counts the pauses, and tells how far the work went beyond
// its slices.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "noderuntime/term/pace.h"

namespace noderuntime::test {

// While this object exists, code can be paused; a pause calls `meanwhile`, and the code goes on at once with another
// slice. Loop thread only.
class Paced final : public Pace::Pauser {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::int64_t slice = 32'000;  // steps: 4000 reductions

  explicit Paced(std::function<void()> meanwhile = {})
      : meanwhile_{std::move(meanwhile)}, before_{pace.set_pauser(this)} {
    start();
  }
  ~Paced() {
    pace.set_pauser(before_);
    pace.start_slice(0);
  }
  Paced(const Paced&) = delete;
  Paced& operator=(const Paced&) = delete;

  void cancel_at(std::size_t pause) { cancelled_at_ = pause; }  // from 1: the process has to end there
  std::size_t pauses() const { return pauses_; }
  // The most steps that any slice was exceeded by, the present one included.
  std::int64_t overdrawn() const { return std::max(overdrawn_, -pace.left()); }
  // The longest time between two pauses, the present slice included.
  std::chrono::milliseconds longest() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::max(longest_, Clock::now() - started_));
  }

  void pause() override {
    overdrawn_ = overdrawn(), longest_ = std::max(longest_, Clock::now() - started_);
    if (++pauses_ == cancelled_at_) {
      start();
      throw ProcessCancelled{};
    }
    start();
    if (!meanwhile_ || std::exchange(in_pause_, true)) return;
    meanwhile_();
    in_pause_ = false;
    start();
  }

 private:
  void start() {
    pace.start_slice(slice);
    started_ = Clock::now();
  }

  std::function<void()> meanwhile_;
  Pace::Pauser* before_;
  bool in_pause_ = false;
  std::size_t pauses_ = 0, cancelled_at_ = 0;
  std::int64_t overdrawn_ = 0;
  Clock::duration longest_{};
  Clock::time_point started_;
};

}  // namespace noderuntime::test
