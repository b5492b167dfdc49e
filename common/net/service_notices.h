// What a service tells the service manager about itself, whether or not that reads at the moment.
#pragma once

#include <map>
#include <string>

#include "common/net/systemd.h"
#include "common/net/timer.h"

namespace noderuntime::net {

// Notices for which the manager's queue has no room wait and are sent again; of each kind (the text before
// the first '=') only the newest, so that no more wait than there are kinds. Loop thread only.
class ServiceNotices {
 public:
  ServiceNotices(Loop& loop, const ServiceManager& manager) : manager_{manager}, retry_{loop} {}
  void tell(const std::string& state);  // lines like STATUS=text

 private:
  void tell_waiting();
  const ServiceManager& manager_;
  std::map<std::string, std::string> waiting_;  // by kind
  Timer retry_;
};

}  // namespace noderuntime::net
