// How a node is set up. Every bound stands in docs/operating.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/epmd_protocol/messages.h"
#include "common/net/address.h"
#include "noderuntime/node_name.h"
#include "noderuntime/strong.h"

namespace noderuntime {

struct NodeConfiguration {
  std::optional<NodeName> name;  // empty: not listening, not published; the first peer gives a name
  std::string cookie;
  std::map<std::string, std::string, std::less<>> peer_cookies;  // of nodes that have another one
  bool hidden = false;
  // With a name only. False: it does not listen and epmd does not know it, but it connects to others.
  bool publish = true;
  // HOST:PORT by the names of nodes that are reached there, without a question to their epmd.
  std::map<std::string, std::string, std::less<>> addresses{};

  // Which addresses of other hosts are tried first, and listened on; the other family is tried too.
  net::Address::Family family = net::Address::Family::v4;
  std::optional<std::string> listen_address;  // numeric; default: all of IPv4, with IPv6: all of both
  Port listen_min{0}, listen_max{0};          // 0: any free port
  std::chrono::seconds net_ticktime{60};
  std::chrono::milliseconds setup_time{7000};  // per step of a connection's set-up (OTP: net_setuptime)

  Port epmd_port = epmd::default_port;
  bool start_epmd = true;                      // when none answers
  std::chrono::milliseconds epmd_retry{2000};  // after its connection is lost, as OTP

  std::vector<std::string> code_path;
  bool borrow_code = true;  // modules that peers call and we lack come from them

  std::uint32_t peer_atoms = 500'000;  // atoms that one peer may add
  // Output of a connection above which senders wait (+zdbbl), and above which it ends: what cannot wait
  // (answers, exits) would take memory without end when a peer does not read.
  std::size_t busy_bytes = std::size_t{1} << 20, max_output = std::size_t{256} << 20;
  // Signals kept while a connection is being set up: above the first number senders wait, above the other
  // they are lost.
  std::size_t busy_signals = 1'000, pending_signals = 100'000;
  std::size_t max_message =
      0x7FFFFFFF;  // bytes of a frame, and of the fragments under way, that a peer sends
  std::size_t incoming_handshakes = 1024;  // connections that have not proved the cookie yet
  std::uint32_t processes = 262'144;
  std::size_t tables = 262'144;                                       // of module ets
  std::size_t table_bytes = std::numeric_limits<std::size_t>::max();  // of all their objects

  // Told each signal that is sent and received, as a line of text.
  std::function<void(std::string_view)> trace{};

  const std::string& cookie_of(std::string_view node) const {
    auto own = peer_cookies.find(node);
    return own == peer_cookies.end() ? cookie : own->second;
  }
};

}  // namespace noderuntime
