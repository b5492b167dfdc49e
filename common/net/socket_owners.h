// Which users and processes have connections of this host.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/address.h"

namespace noderuntime::net {

struct SocketOwner {
  Address local;
  uid_t user = 0;
  std::uint64_t inode = 0;  // of the socket
};

// The established connections of TCP to `remote_port`, in this network namespace. Waits for the kernel, at most 5 s. Any
// thread. Error system: the kernel does not tell. Source: sock_diag(7).
Result<std::vector<SocketOwner>> connections_to(Port remote_port);

// The process that has each of these sockets open: of several the one with the lowest number. Missing: those of processes
// that this user may not look into. Reads /proc. Any thread. Source: proc(5), /proc/pid/fd.
std::map<std::uint64_t, pid_t> processes_with(const std::set<std::uint64_t>& inodes);

}  // namespace noderuntime::net
