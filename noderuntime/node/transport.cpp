#include "noderuntime/node/transport.h"

namespace noderuntime {

namespace {
constexpr std::size_t scratch_size = 64 << 10;  // bytes: some records, which stay in the processor's cache
}

Transport::Transport(net::Loop& loop, std::shared_ptr<const tls::Credentials> credentials)
    : loop_{loop}, credentials_{std::move(credentials)} {
  if (is_secure()) scratch_ = std::make_unique_for_overwrite<Byte[]>(scratch_size);
}

std::unique_ptr<TlsStream> Transport::client(std::unique_ptr<net::TcpStream> tcp, std::string host) {
  return std::make_unique<TlsStream>(loop_, steps_, std::move(tcp), credentials_->context(tls::Role::client),
                                     std::move(host), std::span{scratch_.get(), scratch_size});
}

std::unique_ptr<TlsStream> Transport::server(std::unique_ptr<net::TcpStream> tcp) {
  return std::make_unique<TlsStream>(loop_, steps_, std::move(tcp), credentials_->context(tls::Role::server),
                                     "", std::span{scratch_.get(), scratch_size});
}

}  // namespace noderuntime
