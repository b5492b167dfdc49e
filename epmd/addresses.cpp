#include "epmd/addresses.h"

#include <algorithm>
#include <string>

namespace noderuntime::epmd {
namespace {
using net::Address;
constexpr std::size_t max_addresses = 13;  // besides the loopbacks, as OTP's epmd
constexpr auto families = {Address::Family::v4, Address::Family::v6};

std::vector<std::string_view> split(std::string_view list) {
  constexpr std::string_view separators = ", ";
  std::vector<std::string_view> words;
  for (auto start = list.find_first_not_of(separators); start != list.npos;) {
    auto end = list.find_first_of(separators, start);
    words.push_back(list.substr(start, end - start));
    start = list.find_first_not_of(separators, std::min(end, list.size()));
  }
  return words;
}

bool contains(const std::vector<Address>& addresses, const Address& wanted) {
  return std::find(addresses.begin(), addresses.end(), wanted) != addresses.end();
}

Result<std::vector<Address>> parse_all(const std::vector<std::string_view>& words, Port port) {
  std::vector<Address> addresses;
  std::size_t others = 0;
  for (auto word : words) {
    auto address = Address::parse(word, port);
    if (!address) return Error{Errc::configuration, "cannot parse IP address \"" + std::string{word} + "\""};
    if (contains(addresses, *address)) continue;
    addresses.push_back(*address);
    if (*address != Address::loopback(address->family(), port) && ++others > max_addresses)
      return Error{Errc::configuration, "cannot listen on more than 16 IP addresses"};
  }
  return addresses;
}
}  // namespace

Result<std::vector<ListenAddress>> addresses_to_listen(std::string_view list, Port port) {
  auto words = split(list);
  std::vector<ListenAddress> plan;
  if (words.empty()) {
    for (auto family : families) plan.push_back({Address::any(family, port), true});
    return plan;
  }
  auto asked = parse_all(words, port);
  if (!asked) return asked.error();
  for (auto family : families) {
    auto loopback = Address::loopback(family, port);
    if (!contains(*asked, loopback) && !contains(*asked, Address::any(family, port)))
      plan.push_back({loopback, false});
  }
  for (const auto& address : *asked) plan.push_back({address, true});
  return plan;
}

}  // namespace noderuntime::epmd
