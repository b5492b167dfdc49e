// Notifications of a service to the service manager, kept while that does not read.
#pragma once

#include <map>
#include <string>

#include "common/net/systemd.h"
#include "common/net/timer.h"

namespace noderuntime::net {

// Notifications that the manager's queue has no room for wait and are sent again. Of each kind (the text
// before the first '=') only the newest waits, so there are never more than there are kinds. Loop thread
// only.
class ServiceNotifications {
 public:
  ServiceNotifications(Loop& loop, const ServiceManager& manager) : manager_{manager}, retry_{loop} {}
  void send(const std::string& state);  // lines such as STATUS=text

 private:
  void send_waiting();
  const ServiceManager& manager_;
  std::map<std::string, std::string> waiting_;  // by kind
  Timer retry_;
};

}  // namespace noderuntime::net
