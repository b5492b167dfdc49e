// The configuration of a node. docs/operating.md explains every limit.
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
  std::optional<NodeName> name;  // empty: does not listen and is not published; the first peer names it
  std::string cookie;
  std::map<std::string, std::string, std::less<>> peer_cookies;  // by node, for those with another cookie
  bool hidden = false;
  // For a node with a name. False: it does not listen and epmd does not list it, but it connects to others.
  bool publish = true;
  // HOST:PORT by node name, for nodes that are reached there without asking their epmd.
  std::map<std::string, std::string, std::less<>> addresses{};

  // The family of addresses to try first, and to listen on; addresses of the other family are tried second.
  net::Address::Family family = net::Address::Family::v4;
  std::optional<std::string> listen_address;  // numeric; default: all of IPv4, with IPv6: all of both
  Port listen_min{0}, listen_max{0};          // 0: any free port
  std::chrono::seconds net_ticktime{60};
  std::chrono::milliseconds setup_time{7000};  // per step of a connection's set-up (OTP: net_setuptime)

  Port epmd_port = epmd::default_port;
  bool start_epmd = true;                      // if none answers
  std::chrono::milliseconds epmd_retry{2000};  // after its connection is lost, as on OTP

  std::vector<std::string> code_path;
  bool borrow_code = true;  // fetch modules that peers call and this node lacks from these peers

  std::uint32_t peer_atoms = 500'000;  // atoms that one peer may add
  // Output of a connection in bytes: above busy_bytes senders are suspended (+zdbbl); above max_output the
  // connection ends, because output that cannot be suspended (answers, exits) would grow without bound.
  std::size_t busy_bytes = std::size_t{1} << 20, max_output = std::size_t{256} << 20;
  // Signals kept while a connection is being made: above busy_signals senders are suspended, above
  // pending_signals further signals are lost.
  std::size_t busy_signals = 1'000, pending_signals = 100'000;
  std::size_t max_message = 0x7FFFFFFF;    // bytes of an incoming frame, and of all unfinished fragments
  std::size_t incoming_handshakes = 1024;  // connections that have not proved the cookie yet
  std::uint32_t processes = 262'144;
  std::size_t tables = 262'144;                                       // ets tables
  std::size_t table_bytes = std::numeric_limits<std::size_t>::max();  // of all objects in ets tables

  // Called with each signal sent and received, as a line of text.
  std::function<void(std::string_view)> trace{};

  const std::string& cookie_of(std::string_view node) const {
    auto own = peer_cookies.find(node);
    return own == peer_cookies.end() ? cookie : own->second;
  }
};

}  // namespace noderuntime
