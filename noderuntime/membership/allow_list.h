// The rules that say which nodes may connect to this one.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <noderuntime/node_name.h>
#include "common/net/address_range.h"

namespace noderuntime::membership {

// A value without I/O. An empty list allows everybody.
class AllowList {
 public:
  // Each rule is NAME@HOST, @HOST for all names of a host, or a network: 10.0.0.0/8, fd00::/8, or one
  // address. Networks of IPv4 also match addresses that are mapped into IPv6, and such networks are those of
  // IPv4. Error: configuration.
  static Result<AllowList> parse(const std::vector<std::string>& rules);

  bool empty() const { return rules_.empty(); }
  // name  what the caller says that it is: NAME@HOST; without NAME ("@HOST") it asks us for a name
  // from  the address that it connects from
  bool matches(std::string_view name, const net::Address& from) const;

 private:
  struct Node {
    std::string full;
  };
  struct Host {
    std::string at_host;  // with '@' in front
  };
  using Rule = std::variant<Node, Host, net::AddressRange>;
  static Result<Rule> parse_rule(std::string_view text);
  static Result<Rule> parse_network(std::string_view text);

  std::vector<Rule> rules_;
};

}  // namespace noderuntime::membership
