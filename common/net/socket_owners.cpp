#include "common/net/socket_owners.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "common/net/descriptor.h"

namespace noderuntime::net {
namespace {

constexpr std::uint32_t established =
    1u << 1;  // TCP_ESTABLISHED, which <netinet/tcp.h> and <linux/tcp.h> define both
constexpr timeval patience{.tv_sec = 5, .tv_usec = 0};

Error kernel_error(int number) {
  return {Errc::system, std::string{"sock_diag: "} + std::strerror(number), number};
}

struct Question {
  nlmsghdr header{};
  inet_diag_req_v2 request{};
};

Address local_of(const inet_diag_msg& told) {
  if (told.idiag_family == AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = told.id.idiag_sport;
    std::memcpy(&address.sin_addr, told.id.idiag_src, sizeof address.sin_addr);
    return Address::from_socket_address(reinterpret_cast<sockaddr*>(&address));
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = told.id.idiag_sport;
  std::memcpy(&address.sin6_addr, told.id.idiag_src, sizeof address.sin6_addr);
  return Address::from_socket_address(reinterpret_cast<sockaddr*>(&address)).unmapped();
}

// Adds the connections of one answer; true: it was the last one.
Result<bool> take_answer(const char* bytes, std::size_t size, Port remote_port,
                         std::vector<SocketOwner>& owners) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) break;
    if (header.nlmsg_type == NLMSG_DONE) return true;
    if (header.nlmsg_type == NLMSG_ERROR) {
      nlmsgerr problem{};
      std::memcpy(&problem, bytes + NLMSG_HDRLEN, std::min(sizeof problem, header.nlmsg_len - sizeof header));
      return kernel_error(-problem.error);
    }
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY && header.nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
      inet_diag_msg told;
      std::memcpy(&told, bytes + NLMSG_HDRLEN, sizeof told);
      if (ntohs(told.id.idiag_dport) == remote_port.value())
        owners.push_back({local_of(told), told.idiag_uid, told.idiag_inode});
    }
    auto step = std::min(size, static_cast<std::size_t>(NLMSG_ALIGN(header.nlmsg_len)));
    bytes += step;
    size -= step;
  }
  return false;
}

Outcome ask_for(int socket, std::uint8_t family, Port remote_port, std::vector<SocketOwner>& owners) {
  Question question;
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = family;
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = established;
  if (send(socket, &question, sizeof question, 0) < 0) return kernel_error(errno);
  auto buffer = std::make_unique<std::array<char, 1 << 16>>();
  while (true) {
    auto size = recv(socket, buffer->data(), buffer->size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return kernel_error(errno);
    if (size == 0) return done;
    auto last = take_answer(buffer->data(), static_cast<std::size_t>(size), remote_port, owners);
    if (!last) return last.error();
    if (*last) return done;
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// The inode in "socket:[4711]"; 0: it is no socket.
std::uint64_t inode_of(const std::string& link) {
  std::array<char, 64> text;
  auto size = readlink(link.c_str(), text.data(), text.size());
  constexpr std::string_view before = "socket:[";
  std::string_view target{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  std::uint64_t inode = 0;
  if (target.starts_with(before))
    std::from_chars(target.data() + before.size(), target.data() + target.size(), inode);
  return inode;
}

}  // namespace

Result<std::vector<SocketOwner>> connections_to(Port remote_port) {
  Descriptor socket{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
  if (!socket) return kernel_error(errno);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<SocketOwner> owners;
  for (std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}})
    if (auto asked = ask_for(socket.get(), family, remote_port, owners); !asked) return asked.error();
  return owners;
}

std::map<std::uint64_t, pid_t> processes_with(const std::set<std::uint64_t>& inodes) {
  std::map<std::uint64_t, pid_t> found;
  Directory processes{inodes.empty() ? nullptr : opendir("/proc")};
  while (auto* process = processes ? readdir(processes.get()) : nullptr) {
    pid_t number = 0;
    std::string_view name = process->d_name;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    auto folder = "/proc/" + std::string{name} + "/fd/";
    Directory descriptors{opendir(folder.c_str())};
    while (auto* descriptor = descriptors ? readdir(descriptors.get()) : nullptr) {
      auto inode = inode_of(folder + descriptor->d_name);
      if (inodes.count(inode) == 0) continue;
      auto at = found.emplace(inode, number).first;
      at->second = std::min(at->second, number);
    }
  }
  return found;
}

}  // namespace noderuntime::net
