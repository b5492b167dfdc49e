// Notifications to systemd while a node runs: readiness, the number of connections, the watchdog.
#pragma once

#include <optional>
#include <string>

#include <noderuntime/strong.h>
#include "common/net/service_notifications.h"

namespace noderuntime::command {

class Service {
 public:
  explicit Service(net::Loop& loop);

  void listening(Port port, bool waits);  // waits: ready() may come much later, or never
  void ready();
  Port port() const { return port_; }
  void node_changed(bool up);
  void stopping();

 private:
  void tell(const std::string& state);
  void tell_status();

  std::optional<net::ServiceManager> manager_;
  std::optional<net::ServiceNotifications> notifications_;  // if there is a service manager
  net::Timer status_, watchdog_;
  Port port_{0};
  std::size_t connected_ = 0;
};

}  // namespace noderuntime::command
