// systemd's protocols for services, without its library. Source: sd_listen_fds(3),
// sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/descriptor.h"

namespace noderuntime::net {

struct PassedDescriptor {
  Descriptor descriptor;
  std::string name;  // of the socket unit, or the FDNAME of a stored descriptor
};

// The descriptors passed to this process, set to close-on-exec; empty: none. Removes the environment
// variables that announce them.
std::vector<PassedDescriptor> take_passed_descriptors();

// The service manager, which listens on NOTIFY_SOCKET.
class ServiceManager {
 public:
  static std::optional<ServiceManager> from_environment();

  // Sends lines such as READY=1, with a descriptor unless it is -1. False: the manager's queue is full; try
  // again later. A message that is refused for another reason is lost.
  bool send(std::string_view state, int descriptor = -1) const;

 private:
  ServiceManager(Descriptor socket, std::string path) : socket_{std::move(socket)}, path_{std::move(path)} {}
  Descriptor socket_;
  std::string path_;
};

// The longest allowed interval between WATCHDOG=1 notifications; nullopt: none is expected.
std::optional<std::chrono::milliseconds> watchdog_limit();

}  // namespace noderuntime::net
