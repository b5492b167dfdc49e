#include "noderuntime/node/listeners.h"

#include <string>
#include <utility>

#include "common/program/logging.h"

namespace noderuntime {

namespace {

// [::] also accepts IPv4 connections, as on OTP.
constexpr net::TcpListener::Options listening{.only_ipv6 = false, .no_delay = true};

}  // namespace

Result<std::unique_ptr<Listeners>> Listeners::open(net::Loop& loop, const NodeConfiguration& configuration,
                                                   net::TcpListener::Accepted accepted) {
  std::unique_ptr<Listeners> made{new Listeners};
  for (int descriptor : configuration.listen_descriptors)
    if (auto added = made->add(net::TcpListener::adopt(loop, descriptor, listening, accepted),
                               "descriptor " + std::to_string(descriptor));
        !added)
      return added.error();
  if (!made->sockets_.empty()) return made;

  Port first{configuration.listen_min}, last{configuration.listen_max};
  std::vector<net::Address> addresses;
  for (auto& text : configuration.listen_addresses) {
    auto address = net::Address::parse(text, first);
    if (!address) return address.error();
    addresses.push_back(*address);
  }
  if (addresses.empty()) addresses.push_back(net::Address::any(configuration.family(), first));
  for (auto& wanted : addresses) {
    bool is_first = made->sockets_.empty();
    auto address = is_first ? wanted : wanted.with_port(made->port());
    auto added =
        made->add(is_first && first != Port{0}
                      ? net::TcpListener::open_in_range(loop, address, first, last, listening, accepted)
                      : net::TcpListener::open(loop, address, listening, accepted),
                  address.text());
    if (!added) return added.error();
  }
  return made;
}

Outcome Listeners::add(Result<std::unique_ptr<net::TcpListener>> listener, const std::string& what) {
  if (!listener)
    return Error{listener.error().code, what + ": " + listener.error().context, listener.error().system};
  (*listener)->on_failure(
      [](const Error& error) { program::log_warning("a connection was not accepted: " + error.message()); });
  if (auto local = (*listener)->local(); !local) return local.error();
  sockets_.push_back(std::move(*listener));
  return done;
}

Port Listeners::port() const { return sockets_.front()->local()->port(); }

}  // namespace noderuntime
