#include "epmd/holders.h"

#include <pwd.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "common/net/socket_owners.h"

namespace noderuntime::epmd {
namespace {

std::string name_of_user(uid_t user) {
  auto* entry = getpwuid(user);
  return entry ? entry->pw_name : std::to_string(user);
}

}  // namespace

std::vector<Holder> holders_of(const std::vector<Registered>& rows, Port epmd_port) {
  std::vector<Holder> holders(rows.size());
  auto connections = net::connections_to(epmd_port);
  if (!connections) return holders;
  std::map<std::string, net::SocketOwner> by_address;
  for (auto& each : *connections) by_address.emplace(each.local.text(), each);
  std::set<std::uint64_t> inodes;
  for (auto& row : rows)
    if (auto found = by_address.find(row.connection); found != by_address.end())
      inodes.insert(found->second.inode);
  auto processes = net::processes_with(inodes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto found = by_address.find(rows[i].connection);
    if (found == by_address.end()) continue;
    holders[i].user = name_of_user(found->second.user);
    if (auto process = processes.find(found->second.inode); process != processes.end())
      holders[i].process = process->second;
  }
  return holders;
}

}  // namespace noderuntime::epmd
