#include "common/net/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "common/net/socket_address.h"
#include "common/net/uv_support.h"

namespace noderuntime::net {
namespace {
constexpr int backlog = 4096;  // the kernel lowers it to somaxconn

Error last_error() { return uv_error(-errno); }
bool not_now() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

bool set_option(int socket, int level, int option, int value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}
bool switch_on(int socket, int level, int option) { return set_option(socket, level, option, 1); }

socklen_t size_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

int option_of(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

using NameOfDescriptor = int (*)(int, sockaddr*, socklen_t*);
Result<Address> name_of(int socket, NameOfDescriptor ask) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (ask(socket, address, &size) != 0) return last_error();
  if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
    return Error{Errc::system, "not an internet socket"};
  return Address::from_socket_address(address);
}
}  // namespace

void Descriptor::reset(int number) {
  if (number_ >= 0) close(number_);
  number_ = number;
}

// open() returns the lowest free number.
void open_standard_descriptors() {
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(number, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
}

void set_close_on_exec(int descriptor, bool on) { fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0); }

Result<Descriptor> open_listening_socket(const Address& on) {
  auto address = to_socket_address(on);
  Descriptor fresh{socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fresh || !switch_on(fresh.get(), SOL_SOCKET, SO_REUSEADDR)) return last_error();
  if (address.ss_family == AF_INET6 && !switch_on(fresh.get(), IPPROTO_IPV6, IPV6_V6ONLY))
    return last_error();
  if (bind(fresh.get(), reinterpret_cast<const sockaddr*>(&address), size_of(address)) != 0)
    return last_error();
  if (listen(fresh.get(), backlog) != 0) return last_error();
  return fresh;
}

Outcome listen_on_passed_socket(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) return last_error();
  if (listen(descriptor, backlog) != 0) return last_error();
  return done;
}

SocketKind kind_of(int descriptor) {
  if (option_of(descriptor, SO_TYPE) != SOCK_STREAM) return SocketKind::not_a_socket;
  return option_of(descriptor, SO_ACCEPTCONN) == 1 ? SocketKind::listening : SocketKind::connected;
}

Result<std::optional<AcceptedSocket>> accept_from(int listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  Descriptor socket{accept4(listener, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (socket && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
    return std::optional{AcceptedSocket{std::move(socket), Address::from_socket_address(address)}};
  if (socket || not_now() || errno == ECONNABORTED) return std::optional<AcceptedSocket>{};
  return last_error();
}

bool is_out_of_descriptors(const Error& error) {
  return error.system == EMFILE || error.system == ENFILE || error.system == ENOMEM ||
         error.system == ENOBUFS;
}

Result<std::optional<Bytes>> receive(int socket, std::span<Byte> into) {
  auto count = recv(socket, into.data(), into.size(), 0);
  if (count >= 0) return std::optional{Bytes{into.first(static_cast<std::size_t>(count))}};
  if (not_now()) return std::optional<Bytes>{};
  return last_error();
}

Result<std::size_t> send(int socket, Bytes first, Bytes second) {
  auto piece = [](Bytes bytes) { return iovec{const_cast<Byte*>(bytes.data()), bytes.size()}; };
  iovec pieces[] = {piece(first), piece(second)};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = second.empty() ? 1 : 2;
  auto count = sendmsg(socket, &message, MSG_NOSIGNAL);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (not_now()) return std::size_t{0};
  return last_error();
}

bool has_news(int socket) {
  Byte next;
  auto count = recv(socket, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || !not_now();
}

void keep_alive(int socket) {
  constexpr int idle_seconds = 60, interval_seconds = 30, probes = 10;
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, interval_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, probes);
  switch_on(socket, SOL_SOCKET, SO_KEEPALIVE);
}

void end_connection(int socket) { shutdown(socket, SHUT_RDWR); }
Result<Address> local_address(int socket) { return name_of(socket, getsockname); }
Result<Address> peer_address(int socket) { return name_of(socket, getpeername); }

}  // namespace noderuntime::net
