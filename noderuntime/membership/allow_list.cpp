#include "noderuntime/membership/allow_list.h"

#include <algorithm>

namespace noderuntime::membership {

namespace {

Error bad_rule(std::string_view text, std::string_view advice) {
  return {Errc::configuration, "--allow \"" + std::string{text} + "\": " + std::string{advice}};
}

}  // namespace

Result<AllowList::Rule> AllowList::parse_network(std::string_view text) {
  auto range = net::AddressRange::parse(text);
  if (range) return Rule{*range};
  bool is_address = text.find_first_of("0123456789:") == 0;
  if (!is_address)
    return bad_rule(text, "write NAME@HOST, @HOST, or a network such as 10.0.0.0/8 or fd00::/8");
  return Error{Errc::configuration, "--allow " + range.error().context};
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
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    if (auto* node = std::get_if<Node>(&rule)) return name == node->full;
    if (auto* host = std::get_if<Host>(&rule)) return at_host == host->at_host;
    return std::get<net::AddressRange>(rule).matches(from);
  });
}

}  // namespace noderuntime::membership
