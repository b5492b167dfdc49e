// systemd's protocols for services, without its library. Source: sd_listen_fds(3), sd_notify(3).
#pragma once

#include <string_view>
#include <vector>

namespace noderuntime::net {

// The sockets that were passed to this process, now with close-on-exec; empty: none. The environment
// variables that announce them are removed.
std::vector<int> take_passed_descriptors();

// Sends `state`, lines like READY=1, if somebody listens.
void notify_systemd(std::string_view state);

}  // namespace noderuntime::net
