// The ways to write without waiting, a class for each. Sources: write(2), pipe(7), vmsplice(2), tty_ioctl(4).
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "common/net/output.h"
#include "common/net/uv_support.h"

namespace noderuntime::net {
namespace {

// The number of bytes that a call wrote; an error that only means "not now" counts as 0 bytes.
Result<std::size_t> outcome_of(ssize_t count) {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return std::size_t{0};
  return uv_error(-errno);
}

template <class Call>
ssize_t retried(Call call) {
  ssize_t count;
  do count = call();
  while (count < 0 && errno == EINTR);
  return count;
}

Result<std::size_t> send_now(int socket, std::string_view bytes) {
  return outcome_of(
      retried([&] { return send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); }));
}

// For files, devices that take everything, and descriptors that have O_NONBLOCK already.
class PlainTarget final : public OutputTarget {
 public:
  explicit PlainTarget(int descriptor) : descriptor_{descriptor} {}
  explicit PlainTarget(Descriptor own) : own_{std::move(own)}, descriptor_{own_.get()} {}
  Result<std::size_t> write(std::string_view bytes) override {
    return outcome_of(retried([&] { return ::write(descriptor_, bytes.data(), bytes.size()); }));
  }
  int descriptor() const override { return descriptor_; }

 private:
  Descriptor own_;
  int descriptor_;
};

// For descriptors that stay the caller's.
class GivenTarget : public OutputTarget {
 public:
  explicit GivenTarget(int descriptor) : descriptor_{descriptor} {}
  int descriptor() const override { return descriptor_; }

 protected:
  const int descriptor_;
};

class SocketTarget final : public GivenTarget {
 public:
  using GivenTarget::GivenTarget;
  Result<std::size_t> write(std::string_view bytes) override { return send_now(descriptor_, bytes); }
};

// A pipe that this process may not open: of another user, as after su, or in a container. vmsplice() can be
// told not to wait, and takes pages by reference; so the bytes are copied to pages of their own, which stay
// until the reader has read them.
class GivenPipeTarget final : public GivenTarget {
 public:
  using GivenTarget::GivenTarget;
  Result<std::size_t> write(std::string_view bytes) override {
    constexpr std::size_t most = 64 * 1024;  // the room in a pipe
    auto size = std::min(bytes.size(), most);
    void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return uv_error(-errno);
    std::memcpy(pages, bytes.data(), size);
    iovec piece{pages, size};
    auto written = outcome_of(retried([&] { return vmsplice(descriptor_, &piece, 1, SPLICE_F_NONBLOCK); }));
    munmap(pages, size);
    return written;
  }
};

// A terminal that this process may not open and that is not its controlling one. After poll() has reported
// room, writing one byte never blocks; writing several does (seen on Linux 6.18).
class GivenTerminalTarget final : public GivenTarget {
 public:
  using GivenTarget::GivenTarget;
  Result<std::size_t> write(std::string_view bytes) override {
    pollfd room{descriptor_, POLLOUT, 0};
    if (poll(&room, 1, 0) <= 0) return std::size_t{0};
    return outcome_of(retried([&] { return ::write(descriptor_, bytes.data(), 1); }));
  }
};

// Keeps one socket, so that the watcher of its descriptor does not depend on restarts of the logger.
class SystemLogTarget final : public OutputTarget {
 public:
  SystemLogTarget() : socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} { connect(); }
  Result<std::size_t> write(std::string_view bytes) override {
    auto sent = send_now(socket_.get(), bytes);
    if (!sent && connect()) sent = send_now(socket_.get(), bytes);
    return sent;
  }
  int descriptor() const override { return socket_.get(); }

 private:
  bool connect() {
    constexpr std::string_view path = "/dev/log";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Descriptor socket_;
};

Descriptor open_for_us(const std::string& path) {
  return Descriptor{open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

// Opens the same pipe or terminal again, to have flags of our own. The processes controlled by a terminal may
// open it under this name, whoever owns it.
Descriptor open_again(int descriptor) {
  auto own = open_for_us("/proc/self/fd/" + std::to_string(descriptor));
  bool controls_us = !own && tcgetsid(descriptor) == getsid(0);
  return controls_us ? open_for_us("/dev/tty") : std::move(own);
}

}  // namespace

std::unique_ptr<OutputTarget> open_output(int descriptor) {
  struct stat status {};
  mode_t kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0;
  if (kind == S_IFSOCK) return std::make_unique<SocketTarget>(descriptor);
  bool pipe = kind == S_IFIFO;
  if (!pipe && isatty(descriptor) != 1) return std::make_unique<PlainTarget>(descriptor);
  if (auto own = open_again(descriptor)) return std::make_unique<PlainTarget>(std::move(own));
  if (pipe) return std::make_unique<GivenPipeTarget>(descriptor);
  return std::make_unique<GivenTerminalTarget>(descriptor);
}

std::unique_ptr<OutputTarget> open_system_log() { return std::make_unique<SystemLogTarget>(); }

}  // namespace noderuntime::net
