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
  std::string name;  // of the socket unit, or FDNAME of what the service has stored
};

// The descriptors that were passed to this process, now with close-on-exec; empty: none. The environment
// variables that announce them are removed.
std::vector<PassedDescriptor> take_passed_descriptors();

// Who listens on NOTIFY_SOCKET.
class ServiceManager {
 public:
  static std::optional<ServiceManager> from_environment();

  // Lines like READY=1, with a descriptor if it is not -1. false: its queue is full, try again later. What it
  // does not take for another reason is lost: it asked for none.
  bool send(std::string_view state, int descriptor = -1) const;

 private:
  ServiceManager(Descriptor socket, std::string path) : socket_{std::move(socket)}, path_{std::move(path)} {}
  Descriptor socket_;
  std::string path_;
};

// How often WATCHDOG=1 is expected at least; nullopt: never.
std::optional<std::chrono::milliseconds> watchdog_limit();

}  // namespace noderuntime::net
