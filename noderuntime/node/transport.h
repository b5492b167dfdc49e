// What carries connections to other nodes: TCP, or TLS on it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/net/tcp.h"
#include "noderuntime/node/tls_stream.h"
#include "noderuntime/tls/credentials.h"

namespace noderuntime {

// Owned by Node. Loop thread only.
class Transport {
 public:
  // `credentials`: null: TCP alone. `over_bound` is called, not from inside, when TLS makes the program hold more
  // than held_memory.bound().
  Transport(net::Loop& loop, std::shared_ptr<const tls::Credentials> credentials,
            std::function<void()> over_bound = {});
  ~Transport();

  bool is_secure() const { return credentials_ != nullptr; }
  bool checks_names() const { return is_secure() && credentials_->settings().check_names; }
  // Of the handshake: bytes in front of each message that hold its length. With TLS, OTP has four from the first
  // message on.
  int length_size() const { return is_secure() ? 4 : 2; }

  // Precondition: is_secure(). `host`: of the node that is called.
  std::unique_ptr<TlsStream> client(std::unique_ptr<net::TcpStream> tcp, std::string host);
  std::unique_ptr<TlsStream> server(std::unique_ptr<net::TcpStream> tcp);

 private:
  net::Loop& loop_;
  std::shared_ptr<const tls::Credentials> credentials_;
  std::shared_ptr<TlsShared> shared_;  // only with TLS
};

}  // namespace noderuntime
