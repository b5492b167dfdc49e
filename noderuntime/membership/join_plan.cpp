#include "noderuntime/membership/join_plan.h"

#include <algorithm>

#include "common/net/address.h"

namespace noderuntime::membership {

namespace {

// _SERVICE._PROTOCOL.NAME. Source: RFC 2782.
bool is_service(std::string_view name) { return name.starts_with('_') && name.find("._") != name.npos; }

Result<JoinSource> source_of(const std::string& typed) {
  JoinSource source{JoinSource::Kind::addresses, typed};
  if (typed.find(':') != typed.npos) {
    auto split = net::HostAndPort::parse(typed);
    if (!split) return Error{Errc::configuration, "--join-dns \"" + typed + "\": write NAME or NAME:PORT"};
    source.name = split->host;
    source.port = split->port.value();
  }
  auto allowed = [](char c) { return c > ' ' && c < '\x7f' && c != '@' && c != '/'; };
  if (source.name.empty() || !std::all_of(source.name.begin(), source.name.end(), allowed))
    return Error{Errc::configuration, "--join-dns \"" + typed + "\": this is no name of DNS"};
  if (is_service(source.name)) source.kind = JoinSource::Kind::services;
  return source;
}

}  // namespace

Result<JoinPlan> plan_of(const JoinOptions& options, std::uint32_t wait, const NodeName& own,
                         const std::vector<std::string>& hosts) {
  JoinPlan plan;
  plan.wait = wait;
  plan.base_name = options.base_name.empty() ? std::string{own.name()} : options.base_name;
  if (!NodeName::parse(plan.base_name + "@host"))
    return Error{Errc::bad_node_name, "--join-basename \"" + plan.base_name + "\""};
  for (auto& typed : options.nodes) {
    auto host = typed.find('@') == typed.npos ? "@" + std::string{own.host()} : "";
    auto name = NodeName::parse(typed + host);
    if (!name) return Error{Errc::bad_node_name, "--join \"" + typed + "\""};
    plan.nodes.push_back(*name);
  }
  for (auto& typed : options.dns) {
    auto source = source_of(typed);
    if (!source) return source.error();
    plan.sources.push_back(*source);
  }
  for (auto& host : hosts) plan.sources.push_back({JoinSource::Kind::epmd, host});
  return plan;
}

}  // namespace noderuntime::membership
