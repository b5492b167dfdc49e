// What Peers counts: for each connected peer, and of all that there have been.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <variant>

#include <noderuntime/atom.h>
#include <noderuntime/result.h>
#include "noderuntime/process/signal.h"

namespace noderuntime {

inline constexpr std::size_t error_codes =
#define NODERUNTIME_COUNT_ERROR(name, text) 1 +
    NODERUNTIME_ERRORS(NODERUNTIME_COUNT_ERROR) 0;
#undef NODERUNTIME_COUNT_ERROR
using CountsByError = std::array<std::uint64_t, error_codes>;  // by Errc
using CountsBySignal = std::array<std::uint64_t, std::variant_size_v<SignalBody>>;

// Bytes as the handshake and the channel see them: with TLS, without what TLS adds.
struct Traffic {
  std::uint64_t received_bytes = 0, sent_bytes = 0, received_signals = 0, sent_signals = 0;
};

struct PeersCounts {
  Traffic traffic;  // of all connections, also those that ended or never proved the cookie
  CountsBySignal received{}, sent{};
  std::uint64_t lost_signals = 0;  // no room while the connection was being made
  std::uint64_t opened_by_us = 0, opened_by_peers = 0;
  CountsByError ended{};                            // connections that were up, by why they ended
  CountsByError failed_by_us{}, failed_by_peers{};  // attempts of ours and of others that did not come up
  std::uint64_t crowded_out = 0;  // of others: NodeConfiguration::incoming_handshakes were open
};

// One peer that is connected, or being connected to.
struct PeerSample {
  Atom node;
  std::uint64_t number = 0;  // rises with each peer
  bool up = false;
  bool visible = false;
  Traffic traffic;
  std::size_t unwritten_bytes = 0;  // output that the kernel has not taken, without waiting large messages
  std::size_t waiting_bytes = 0;    // of large messages, and what is behind them
  std::size_t pending_signals = 0;  // until the connection is up
  std::chrono::milliseconds busy_time{0};  // while senders were suspended
  std::uint64_t silent_checks = 0;         // quarters of the ticktime in which nothing came
};

}  // namespace noderuntime
