// When to send a tick, and when a silent peer is down.
// Source: kernel(6), net_ticktime; docs/protocol/distribution.md, "Ticks".
#pragma once

#include <chrono>

#include <noderuntime/result.h>

namespace noderuntime::distribution {

using Milliseconds = std::chrono::milliseconds;

// Checks four times per ticktime what happened since the last check. A late check (the whole program was
// stopped) counts once, so that our own pause is not taken for the peer's silence.
class Ticker {
 public:
  static constexpr int checks_per_ticktime = 4;

  // A hidden peer may only answer ticks, so it also gets one when nothing was read.
  Ticker(Milliseconds ticktime, bool hidden_peer, Milliseconds now)
      : interval_{ticktime / checks_per_ticktime}, hidden_peer_{hidden_peer}, deadline_{now + interval_} {}

  void wrote() { wrote_ = true; }
  void read() { read_ = true; }

  // True: send a tick. Error timeout: nothing was read in the last four checks.
  Result<bool> on_time(Milliseconds now);
  Milliseconds deadline() const { return deadline_; }

 private:
  Milliseconds interval_;
  bool hidden_peer_;
  Milliseconds deadline_;
  bool wrote_ = false, read_ = false;
  int silent_checks_ = 0;
};

}  // namespace noderuntime::distribution
