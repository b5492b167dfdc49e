#include "common/net/systemd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace noderuntime::net {
namespace {
constexpr int first_passed_descriptor = 3;
constexpr int max_passed_descriptors = 1024 * 1024;

long number(const char* text) { return text ? std::strtol(text, nullptr, 10) : 0; }

// Takes the next of names separated by colons.
std::string take_name(std::string_view& names) {
  auto end = names.find(':');
  std::string name{names.substr(0, end)};
  names.remove_prefix(end == names.npos ? names.size() : end + 1);
  return name;
}
}  // namespace

std::vector<PassedDescriptor> take_passed_descriptors() {
  bool for_us = number(std::getenv("LISTEN_PID")) == getpid();
  auto count = for_us ? number(std::getenv("LISTEN_FDS")) : 0;
  const char* announced = std::getenv("LISTEN_FDNAMES");
  std::string kept = announced ? announced : "";
  for (auto name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  std::vector<PassedDescriptor> passed;
  std::string_view names{kept};
  for (int i = 0; i < count && i < max_passed_descriptors; ++i) {
    auto name = take_name(names);
    int descriptor = first_passed_descriptor + i;
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0)
      passed.push_back({Descriptor{descriptor}, std::move(name)});
  }
  return passed;
}

std::optional<ServiceManager> ServiceManager::from_environment() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path || !*path || std::strlen(path) >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
  Descriptor fresh{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fresh) return std::nullopt;
  return ServiceManager{std::move(fresh), path};
}

bool ServiceManager::send(std::string_view state, int descriptor) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  iovec text{const_cast<char*>(state.data()), state.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptor)] = {};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  if (sendmsg(socket_.get(), &message, MSG_NOSIGNAL) >= 0) return true;
  return errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS && errno != ETOOMANYREFS;
}

std::optional<std::chrono::milliseconds> watchdog_limit() {
  auto process = number(std::getenv("WATCHDOG_PID"));
  auto limit = std::chrono::microseconds{number(std::getenv("WATCHDOG_USEC"))};
  if (limit.count() <= 0 || (process != 0 && process != getpid())) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(limit);
}

}  // namespace noderuntime::net
