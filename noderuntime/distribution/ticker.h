// When to send a tick, and when a silent peer is down.
// Source: kernel(6), net_ticktime; docs/protocol/distribution.md, "Ticks".
#pragma once

#include <chrono>
#include <cstdint>

#include <noderuntime/result.h>

namespace noderuntime::distribution {

using Milliseconds = std::chrono::milliseconds;

// Checks at equal intervals what happened since the last check. A late check (the whole program was stopped)
// counts once, so that our own pause is not taken for the peer's silence.
class Ticker {
 public:
  static constexpr int usual_checks = 4;  // per ticktime, as on OTP

  // A hidden peer may only answer ticks, so it also gets one when nothing was read.
  Ticker(Milliseconds ticktime, int checks, bool hidden_peer, Milliseconds now)
      : interval_{ticktime / checks},
        checks_{checks},
        hidden_peer_{hidden_peer},
        deadline_{now + interval_} {}

  void wrote() { wrote_ = true; }
  void read() { read_ = true; }

  // True: send a tick. Error timeout: nothing was read for a whole ticktime.
  Result<bool> on_time(Milliseconds now);
  Milliseconds deadline() const { return deadline_; }
  std::uint64_t silent_checks() const {
    return all_silent_checks_;
  }  // at which nothing had been read since the last

 private:
  Milliseconds interval_;
  int checks_;  // per ticktime
  bool hidden_peer_;
  Milliseconds deadline_;
  bool wrote_ = false, read_ = false;
  int silent_checks_ = 0;  // in a row
  std::uint64_t all_silent_checks_ = 0;
};

}  // namespace noderuntime::distribution
