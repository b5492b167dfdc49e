#include "common/net/service_notifications.h"

namespace noderuntime::net {
namespace {
constexpr Milliseconds retry_after{100};
}

void ServiceNotifications::send(const std::string& state) {
  auto kind = state.substr(0, state.find('='));
  bool in_turn = waiting_.empty();
  if (in_turn && manager_.send(state)) return;
  waiting_[kind] = state;
  if (in_turn) retry_.start(retry_after, [this] { send_waiting(); });
}

void ServiceNotifications::send_waiting() {
  std::erase_if(waiting_, [this](const auto& row) { return manager_.send(row.second); });
  if (!waiting_.empty()) retry_.start(retry_after, [this] { send_waiting(); });
}

}  // namespace noderuntime::net
