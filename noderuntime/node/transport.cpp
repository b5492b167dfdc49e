#include "noderuntime/node/transport.h"

namespace noderuntime {

Transport::Transport(net::Loop& loop, std::shared_ptr<const tls::Credentials> credentials,
                     std::function<void()> over_bound)
    : loop_{loop}, credentials_{std::move(credentials)} {
  if (!is_secure()) return;
  shared_ = std::make_shared<TlsShared>(loop);
  shared_->over_bound = std::move(over_bound);
}

Transport::~Transport() {
  if (shared_) shared_->over_bound = nullptr;  // streams may live for another turn
}

std::unique_ptr<TlsStream> Transport::client(std::unique_ptr<net::TcpStream> tcp, std::string host) {
  return std::make_unique<TlsStream>(loop_, shared_, std::move(tcp), credentials_->context(tls::Role::client),
                                     std::move(host));
}

std::unique_ptr<TlsStream> Transport::server(std::unique_ptr<net::TcpStream> tcp) {
  return std::make_unique<TlsStream>(loop_, shared_, std::move(tcp), credentials_->context(tls::Role::server),
                                     "");
}

}  // namespace noderuntime
