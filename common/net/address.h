// An IP address with a port.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include <noderuntime/strong.h>

struct sockaddr;

namespace noderuntime::net {

class Address {
 public:
  enum class Family { v4, v6 };

  // Parses numeric addresses only: 127.0.0.1, ::1, fe80::1%eth0 (with the interface's name or number).
  static Result<Address> parse(std::string_view text, Port port);
  static Address any(Family family, Port port);
  static Address loopback(Family family, Port port);
  static Address from_socket_address(const sockaddr* address);  // precondition: AF_INET or AF_INET6

  Family family() const { return family_; }
  Port port() const { return port_; }
  Address with_port(Port port) const;
  Bytes bytes() const { return Bytes{bytes_}.first(family_ == Family::v4 ? 4 : 16); }
  std::uint32_t scope() const { return scope_; }

  bool is_loopback() const;                    // 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6
  bool is_any() const;                         // 0.0.0.0 or ::
  Address unmapped() const;                    // ::ffff:a.b.c.d as a.b.c.d; other addresses unchanged
  bool same_host(const Address& other) const;  // equal except for the port, after unmapping

  std::string host_text() const;  // 127.0.0.1, ::1
  std::string text() const;       // 127.0.0.1:4369, [::1]:4369

  friend bool operator==(const Address&, const Address&) = default;

 private:
  Family family_ = Family::v4;
  std::array<Byte, 16> bytes_{};
  std::uint32_t scope_ = 0;
  Port port_{0};
};

// A host and a port, as users type them: HOST:PORT, 192.0.2.1:4369, [::1]:4369. Error: configuration.
struct HostAndPort {
  std::string host;
  Port port{0};
  static Result<HostAndPort> parse(std::string_view text);
};

}  // namespace noderuntime::net
