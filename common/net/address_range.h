// A range of IP addresses in CIDR notation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/address.h"

namespace noderuntime::net {

// A value without I/O. IPv4 addresses that are mapped into IPv6 count as IPv4 addresses, in a range and in
// what is compared with it: ::ffff:10.0.0.0/104 is 10.0.0.0/8, and ::/0 has no IPv4 address.
class AddressRange {
 public:
  // Parses 10.0.0.0/8, fd00::/8, or a single address. Error: configuration, with a text that begins with the
  // quoted range. A zone (%eth0) and bits behind the prefix are errors.
  static Result<AddressRange> parse(std::string_view text);
  // The range that has this address only. The zone and the port are dropped.
  static AddressRange only(const Address& address);

  bool matches(const Address& address) const;  // whatever its port and its zone
  std::string text() const;                    // 10.0.0.0/8, 192.0.2.7/32

  friend bool operator==(const AddressRange&, const AddressRange&) = default;

 private:
  AddressRange(const Address& first, std::size_t bits) : first_{first}, bits_{bits} {}

  Address first_;     // unmapped, without zone and port
  std::size_t bits_;  // of the prefix
};

// Ranges separated by commas, at least one. Errors: see AddressRange::parse().
Result<std::vector<AddressRange>> parse_address_ranges(std::string_view list);

}  // namespace noderuntime::net
