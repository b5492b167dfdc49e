#include "noderuntime/command/service.h"

#include <unistd.h>

#include <string>

namespace noderuntime::command {

namespace {
constexpr net::Milliseconds status_pause{1000};  // many changes make one line
// While the node waits for others, systemd's time limit for its start is put off again and again.
constexpr net::Milliseconds start_extension{60'000}, extension_interval{20'000};
}  // namespace

Service::Service(net::Loop& loop)
    : manager_{net::ServiceManager::from_environment()}, status_{loop}, watchdog_{loop} {
  if (manager_) notifications_.emplace(loop, *manager_);
}

void Service::listening(Port port, bool waits) {
  port_ = port;
  if (!waits) return;
  tell_status();
  std::string extension{"EXTEND_TIMEOUT_USEC="};  // += where g++ 14 misreads +
  extension += std::to_string(std::chrono::microseconds{start_extension}.count());
  auto extend = [this, extension] { tell(extension); };
  extend();
  if (manager_) watchdog_.start_repeating(extension_interval, extend);
}

void Service::ready() {
  watchdog_.stop();
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
  if (notifications_) notifications_->send(state);
}

void Service::tell_status() {
  tell("STATUS=Port " + std::to_string(port_.value()) + ", connected nodes: " + std::to_string(connected_));
}

}  // namespace noderuntime::command
