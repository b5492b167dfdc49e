// The sockets on which a node waits for connections of other nodes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/tcp.h"
#include "noderuntime/node/configuration.h"

namespace noderuntime {

// Owned by Node. Loop thread only.
class Listeners {
 public:
  // Opens a socket for each of NodeOptions::listen_addresses, all with the same port, or takes those of
  // NodeOptions::listen_descriptors. Errors: configuration (an address is not numeric, a descriptor is no socket
  // that listens), system (context: the address).
  static Result<std::unique_ptr<Listeners>> open(net::Loop& loop, const NodeConfiguration& configuration,
                                                 net::TcpListener::Accepted accepted);

  Port port() const;  // of the first socket

 private:
  Listeners() = default;
  Outcome add(Result<std::unique_ptr<net::TcpListener>> listener, const std::string& what);

  std::vector<std::unique_ptr<net::TcpListener>> sockets_;
};

}  // namespace noderuntime
