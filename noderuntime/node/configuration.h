// The configuration of a node: its options, what they leave open, and bounds that are no options.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/node_name.h>
#include <noderuntime/node_options.h>
#include "common/net/address.h"
#include "noderuntime/functions/file_system.h"
#include "noderuntime/membership/allow_list.h"
#include "noderuntime/membership/join_plan.h"

namespace noderuntime {

namespace tls {
class Credentials;
}

// The options as library/configuration.h completes them: there is a cookie, epmd_port is not 0, and listen_max
// is not below listen_min. docs/operating.md explains every limit.
struct NodeConfiguration : NodeOptions {
  std::optional<NodeName> full_name{};  // of NodeOptions::name; nullopt: the first peer names the node
  membership::JoinPlan join_plan{};     // of NodeOptions::join and join_wait
  membership::AllowList allow_list{};   // of NodeOptions::allow
  std::shared_ptr<tls::Credentials> credentials{};  // of TlsOptions; null: connections are TCP alone

  std::shared_ptr<FileSystem> file_system{};  // of NodeOptions::files; null: code may use none

  std::chrono::milliseconds epmd_retry{2000};  // after its connection is lost, as on OTP
  // Output of a connection in bytes above which senders are suspended (+zdbbl). Above max_output the connection
  // ends, because output that cannot be suspended (answers, exits) would grow without bound.
  std::size_t busy_bytes = std::size_t{1} << 20;
  // Signals kept while a connection is being made: above busy_signals senders are suspended, above
  // pending_signals further signals are lost.
  std::size_t busy_signals = 1'000, pending_signals = 100'000;
  std::size_t incoming_handshakes = 1024;  // connections that have not proved the cookie yet

  // The family of addresses to try first, and to listen on; addresses of the other family are tried second.
  net::Address::Family family() const { return ipv6 ? net::Address::Family::v6 : net::Address::Family::v4; }
  const std::string& cookie_of(std::string_view node) const {
    auto own = peer_cookies.find(node);
    return own == peer_cookies.end() ? cookie : own->second;
  }
};

}  // namespace noderuntime
