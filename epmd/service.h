// Notifications to systemd while the daemon runs: readiness, the number of names, the watchdog, and for a service
// that keeps its names through a restart, each registration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/service_notifications.h"
#include "epmd/fd_store.h"
#include "epmd/inheritance.h"

namespace noderuntime::epmd {

class Service {
 public:
  Service(net::Loop& loop, Server& server, net::ServiceManager manager);

  void keep_names(const Inheritance& inheritance, const std::vector<std::string>& orphans);
  void ready();
  void forget_names();  // when the daemon ends for good
  std::uint32_t generation() const { return fd_store_ ? fd_store_->generation() : 0; }

 private:
  void names_changed();
  void tell_status();

  net::Loop& loop_;
  Server& server_;
  net::ServiceManager manager_;
  net::ServiceNotifications notifications_;
  std::unique_ptr<FdStore> fd_store_;
  net::Timer status_;
  net::Timer watchdog_;
};

}  // namespace noderuntime::epmd
