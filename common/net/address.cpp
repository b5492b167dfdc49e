#include "common/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/net/socket_address.h"

namespace noderuntime::net {
namespace {
constexpr std::array<Byte, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::uint32_t scope_number(const std::string& name) {
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() ? number : if_nametoindex(name.c_str());
}
}  // namespace

Result<Address> Address::parse(std::string_view text, Port port) {
  auto percent = text.find('%');
  std::string host{text.substr(0, percent)};
  Address address;
  address.port_ = port;
  if (percent == text.npos && inet_pton(AF_INET, host.c_str(), address.bytes_.data()) == 1) return address;
  address.family_ = Family::v6;
  if (inet_pton(AF_INET6, host.c_str(), address.bytes_.data()) != 1)
    return Error{Errc::configuration, std::string{text}};
  if (percent != text.npos) {
    address.scope_ = scope_number(std::string{text.substr(percent + 1)});
    if (address.scope_ == 0) return Error{Errc::configuration, std::string{text}};
  }
  return address;
}

Address Address::any(Family family, Port port) {
  Address address;
  address.family_ = family;
  address.port_ = port;
  return address;
}

Address Address::loopback(Family family, Port port) {
  auto address = any(family, port);
  if (family == Family::v4) address.bytes_ = {127, 0, 0, 1};
  if (family == Family::v6) address.bytes_[15] = 1;
  return address;
}

Address Address::from_socket_address(const sockaddr* from) {
  Address address;
  if (from->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, from, sizeof v4);
    std::memcpy(address.bytes_.data(), &v4.sin_addr, 4);
    address.port_ = Port{ntohs(v4.sin_port)};
  } else {
    sockaddr_in6 v6;
    std::memcpy(&v6, from, sizeof v6);
    address.family_ = Family::v6;
    std::memcpy(address.bytes_.data(), &v6.sin6_addr, 16);
    address.scope_ = v6.sin6_scope_id;
    address.port_ = Port{ntohs(v6.sin6_port)};
  }
  return address;
}

sockaddr_storage to_socket_address(const Address& address) {
  sockaddr_storage storage{};
  if (address.family() == Address::Family::v4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port().value());
    std::memcpy(&v4.sin_addr, address.bytes().data(), 4);
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port().value());
    v6.sin6_scope_id = address.scope();
    std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return storage;
}

Address Address::with_port(Port port) const {
  auto copy = *this;
  copy.port_ = port;
  return copy;
}

Address Address::unmapped() const {
  if (family_ != Family::v6 || !std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin()))
    return *this;
  Address v4;
  v4.port_ = port_;
  std::copy(bytes_.begin() + mapped_prefix.size(), bytes_.end(), v4.bytes_.begin());
  return v4;
}

bool Address::is_loopback() const {
  auto plain = unmapped();
  if (plain.family_ == Family::v4) return plain.bytes_[0] == 127;
  return plain.bytes_ == loopback(Family::v6, port_).bytes_;
}

bool Address::is_any() const { return bytes_ == std::array<Byte, 16>{}; }

bool Address::same_host(const Address& other) const {
  auto mine = unmapped().with_port(Port{0});
  return mine == other.unmapped().with_port(Port{0});
}

std::string Address::host_text() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family_ == Family::v4 ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return scope_ == 0 ? text : text + ("%" + std::to_string(scope_));
}

std::string Address::text() const {
  auto port = std::to_string(port_.value());
  return family_ == Family::v4 ? host_text() + ":" + port : "[" + host_text() + "]:" + port;
}

Result<HostAndPort> HostAndPort::parse(std::string_view text) {
  Error wrong{Errc::configuration, std::string{text} + ": no HOST:PORT"};
  auto colon = text.rfind(':');
  if (colon == text.npos) return wrong;
  auto host = text.substr(0, colon), digits = text.substr(colon + 1);
  bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!brackets && host.find(':') != host.npos)) return wrong;
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return wrong;
  return HostAndPort{std::string{host}, Port{port}};
}

}  // namespace noderuntime::net
