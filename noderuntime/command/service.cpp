#include "noderuntime/command/service.h"

#include <unistd.h>

#include <string>

namespace noderuntime::command {

namespace {
constexpr net::Milliseconds status_pause{1000};  // many changes make one line
}

Service::Service(net::Loop& loop)
    : manager_{net::ServiceManager::from_environment()}, status_{loop}, watchdog_{loop} {
  if (manager_) notices_.emplace(loop, *manager_);
}

void Service::listening(Port port) {
  port_ = port;
  tell_status();
}

void Service::ready() {
  tell("READY=1\nMAINPID=" + std::to_string(getpid()));
  tell_status();
  if (auto limit = net::watchdog_limit(); manager_ && limit)
    watchdog_.start_repeating(*limit / 2, [this] { tell("WATCHDOG=1"); });
}

void Service::node_changed(bool up) {
  up ? ++connected_ : --connected_;
  if (manager_ && !status_.running()) status_.start(status_pause, [this] { tell_status(); });
}

void Service::stopping() { tell("STOPPING=1"); }

void Service::tell(const std::string& state) {
  if (notices_) notices_->tell(state);
}

void Service::tell_status() {
  tell("STATUS=Port " + std::to_string(port_.value()) + ", connected nodes: " + std::to_string(connected_));
}

}  // namespace noderuntime::command
