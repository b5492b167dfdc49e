#include "common/net/systemd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace noderuntime::net {
namespace {
constexpr int first_passed_descriptor = 3;
constexpr int max_passed_descriptors = 32 * 1024;

int number(const char* text) { return text ? std::atoi(text) : 0; }
}  // namespace

std::vector<int> take_passed_descriptors() {
  bool for_us = number(std::getenv("LISTEN_PID")) == getpid();
  int count = for_us ? number(std::getenv("LISTEN_FDS")) : 0;
  for (auto name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  std::vector<int> descriptors;
  for (int i = 0; i < count && i < max_passed_descriptors; ++i) {
    int descriptor = first_passed_descriptor + i;
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) descriptors.push_back(descriptor);
  }
  return descriptors;
}

void notify_systemd(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path || !*path) return;
  sockaddr_un address{};
  std::string name{path};
  if (name.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
         size);
  close(descriptor);
}

}  // namespace noderuntime::net
