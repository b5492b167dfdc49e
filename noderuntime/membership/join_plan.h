// What a node shall join, as its options say it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/join_options.h>
#include <noderuntime/node_name.h>

namespace noderuntime::membership {

// Where names of nodes come from, besides those that are typed.
struct JoinSource {
  enum class Kind { addresses, services, epmd };  // A and AAAA records, SRV records, the names at a host
  Kind kind;
  std::string name;        // a name of DNS, or a host
  std::uint16_t port = 0;  // of the nodes; 0: their epmd tells it
};

struct JoinPlan {
  std::vector<NodeName> nodes;
  std::vector<JoinSource> sources;
  std::string base_name;   // of nodes that DNS tells
  std::uint32_t wait = 0;  // other nodes that must be connected before this node has joined

  bool empty() const { return nodes.empty() && sources.empty() && wait == 0; }
};

// hosts  those of JoinOptions::hosts_file
// own    the name of this node: a node without '@' is on its host
// Error: configuration, bad_node_name.
Result<JoinPlan> plan_of(const JoinOptions& options, std::uint32_t wait, const NodeName& own,
                         const std::vector<std::string>& hosts);

}  // namespace noderuntime::membership
