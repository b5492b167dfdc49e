// Blocking clients of an epmd on this host, and the processes that they measure.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/epmd_protocol/messages.h"

namespace bench {

using namespace noderuntime;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

class Client {
 public:
  Client() = default;
  Client(Client&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}
  Client& operator=(Client&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~Client() { close(); }

  // From one of many loopback addresses in turn, so that the client's kernel never searches for a free port.
  // No answer within the limit is an empty one.
  static Client connect(std::uint16_t port, double limit_seconds = 2, int receive_buffer = 0);
  bool is_connected() const { return socket_ >= 0; }
  bool send(const Buffer& bytes) const;
  std::string receive(std::size_t enough) const;  // until there is enough, an end or no more time
  void close();

 private:
  int socket_ = -1;
};

Client registered(std::uint16_t port, const std::string& name);  // not connected: refused, or no answer
bool looked_up(std::uint16_t port, const std::string& name);     // an answer came, whatever it says
inline std::string name_of(std::size_t number) { return "node" + std::to_string(number); }

// A server in a process of its own; it ends with this object.
class Server {
 public:
  // `descriptors`: its limit; 0: that of this process.
  Server(std::string label, std::uint16_t port, std::vector<std::string> command,
         std::size_t descriptors = 0);
  Server(std::string label, std::uint16_t port, std::function<void(std::uint16_t)> serve);
  Server(const Server&) = delete;
  ~Server();

  const std::string& label() const { return label_; }
  std::uint16_t port() const { return port_; }
  double cpu_microseconds() const;
  double resident_bytes() const;
  bool lives() const;

 private:
  void wait_until_it_listens() const;
  std::string label_;
  std::uint16_t port_;
  pid_t process_;
};

// Accepts, receives, sends an answer of a look-up's size and closes: nothing that answers can do less.
void serve_minimally(std::uint16_t port);

}  // namespace bench
