// When to send a tick, and when a silent peer counts as down.
// Source: kernel(6), net_ticktime; docs/protocol/distribution.md, "Ticks".
#pragma once

#include <chrono>

#include "noderuntime/result.h"

namespace noderuntime::distribution {

using Milliseconds = std::chrono::milliseconds;

// Looks four times per ticktime at what has happened since it last looked. A late look (the whole program was
// stopped) counts once, so that it does not take our own sleep for the peer's.
class Ticker {
 public:
  static constexpr int looks_per_ticktime = 4;

  // hidden_peer: it may only answer ticks, so it gets one too when nothing was read.
  Ticker(Milliseconds ticktime, bool hidden_peer, Milliseconds now)
      : interval_{ticktime / looks_per_ticktime}, hidden_peer_{hidden_peer}, next_look_{now + interval_} {}

  void wrote() { wrote_ = true; }
  void read() { read_ = true; }

  // True: a tick is due. Error timeout: nothing was read in the last four looks.
  Result<bool> on_time(Milliseconds now);
  Milliseconds next_deadline() const { return next_look_; }

 private:
  Milliseconds interval_;
  bool hidden_peer_;
  Milliseconds next_look_;
  bool wrote_ = false, read_ = false;
  int silent_looks_ = 0;
};

}  // namespace noderuntime::distribution
