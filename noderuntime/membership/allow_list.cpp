#include "noderuntime/membership/allow_list.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace noderuntime::membership {

namespace {

constexpr std::size_t mapped_bits = 96;  // of ::ffff:0:0/96, in front of an address of IPv4

std::optional<std::size_t> decimal(std::string_view digits, std::size_t most) {
  std::size_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number > most) return std::nullopt;
  return number;
}

// Bit `at` of the bytes; bit 0 is the highest one of the first byte.
bool bit(Bytes bytes, std::size_t at) { return (bytes[at / 8] >> (7 - at % 8) & 1) != 0; }

Error bad_rule(std::string_view text, std::string_view advice) {
  return {Errc::configuration, "--allow \"" + std::string{text} + "\": " + std::string{advice}};
}

}  // namespace

bool AllowList::Network::contains(const net::Address& other) const {
  auto mine = address.bytes(), its = other.bytes();
  if (mine.size() != its.size()) return false;
  for (std::size_t at = 0; at < bits; ++at)
    if (bit(mine, at) != bit(its, at)) return false;
  return true;
}

Result<AllowList::Rule> AllowList::parse_network(std::string_view text) {
  auto slash = text.find('/');
  auto address = net::Address::parse(text.substr(0, slash), Port{0});
  if (!address || address->scope() != 0)
    return bad_rule(text, "write NAME@HOST, @HOST, or a network such as 10.0.0.0/8 or fd00::/8");
  auto most = address->bytes().size() * 8, bits = most;
  if (slash != text.npos) {
    auto typed = decimal(text.substr(slash + 1), most);
    if (!typed) return bad_rule(text, "after '/' stands a number up to " + std::to_string(most));
    bits = *typed;
  }
  for (std::size_t at = bits; at < most; ++at)
    if (bit(address->bytes(), at))
      return bad_rule(text, "the address has bits behind the first " + std::to_string(bits) +
                                ", which the rule would ignore");
  auto plain = address->unmapped();
  if (plain.family() != address->family() && bits >= mapped_bits)
    return Rule{Network{plain, bits - mapped_bits}};
  return Rule{Network{*address, bits}};
}

Result<AllowList::Rule> AllowList::parse_rule(std::string_view text) {
  auto at = text.find('@');
  if (at == text.npos) return parse_network(text);
  auto name = NodeName::parse(at == 0 ? "name" + std::string{text} : std::string{text});
  if (!name) return bad_rule(text, error_text(Errc::bad_node_name));
  return at == 0 ? Rule{Host{std::string{text}}} : Rule{Node{name->full()}};
}

Result<AllowList> AllowList::parse(const std::vector<std::string>& rules) {
  AllowList list;
  for (auto& text : rules) {
    auto rule = parse_rule(text);
    if (!rule) return rule.error();
    list.rules_.push_back(std::move(*rule));
  }
  return list;
}

bool AllowList::matches(std::string_view name, const net::Address& from) const {
  if (rules_.empty()) return true;
  auto at_host = name.substr(std::min(name.find('@'), name.size()));
  auto address = from.unmapped();
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    if (auto* node = std::get_if<Node>(&rule)) return name == node->full;
    if (auto* host = std::get_if<Host>(&rule)) return at_host == host->at_host;
    return std::get<Network>(rule).contains(address);
  });
}

}  // namespace noderuntime::membership
