// See client.h.
#include "test/bench/epmd/client.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace bench {
namespace {
sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl((127u << 24) + host);
  address.sin_port = htons(port);
  return address;
}
template <class Call>
int with(const sockaddr_in& address, int socket, Call call) {
  return call(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}
void switch_on(int socket, int level, int option, int value = 1) {
  setsockopt(socket, level, option, &value, sizeof value);
}
}  // namespace

Client Client::connect(std::uint16_t port, double limit_seconds, int receive_buffer) {
  static std::uint32_t turn = 0;
  Client client;
  client.socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client.socket_ < 0) return client;
  timeval limit{static_cast<time_t>(limit_seconds),
                static_cast<suseconds_t>(limit_seconds * 1e6) % 1'000'000};
  setsockopt(client.socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(client.socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer > 0) switch_on(client.socket_, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  switch_on(client.socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  with(loopback(2 + turn++ % 200, 0), client.socket_, bind);
  if (with(loopback(1, port), client.socket_, ::connect) != 0) client.close();
  return client;
}

bool Client::send(const Buffer& bytes) const {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::string Client::receive(std::size_t enough) const {
  std::string answer;
  char piece[65536];
  while (answer.size() < enough) {
    auto count = recv(socket_, piece, sizeof piece, 0);
    if (count <= 0) break;
    answer.append(piece, static_cast<std::size_t>(count));
  }
  return answer;
}

void Client::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Client registered(std::uint16_t port, const std::string& name) {
  auto client = Client::connect(port);
  if (!client.is_connected() ||
      !client.send(encode(epmd::Request{epmd::Alive2{{.name = name, .port = Port{4242}}}})))
    return {};
  auto answer = client.receive(6);
  if (answer.size() < 6 || answer[1] != 0) return {};
  return client;
}

bool looked_up(std::uint16_t port, const std::string& name) {
  auto client = Client::connect(port);
  return client.is_connected() && client.send(encode(epmd::Request{epmd::PortPlease2{name}})) &&
         !client.receive(SIZE_MAX).empty();
}

Server::Server(std::string label, std::uint16_t port, std::vector<std::string> command,
               std::size_t descriptors)
    : label_{std::move(label)}, port_{port}, process_{fork()} {
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (descriptors > 0) {
      rlimit limit{descriptors, descriptors};
      setrlimit(RLIMIT_NOFILE, &limit);
    }
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDOUT_FILENO), dup2(nothing, STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  wait_until_it_listens();
}

Server::Server(std::string label, std::uint16_t port, std::function<void(std::uint16_t)> serve)
    : label_{std::move(label)}, port_{port}, process_{fork()} {
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(port);
    _exit(1);
  }
  wait_until_it_listens();
}

Server::~Server() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Server::wait_until_it_listens() const {
  for (int i = 0; i < 100 && !Client::connect(port_).is_connected(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

double Server::cpu_microseconds() const {
  std::ifstream file{"/proc/" + std::to_string(process_) + "/schedstat"};
  double nanoseconds = 0;
  file >> nanoseconds;
  return nanoseconds / 1000;
}

double Server::resident_bytes() const {
  std::ifstream file{"/proc/" + std::to_string(process_) + "/statm"};
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

bool Server::lives() const { return waitpid(process_, nullptr, WNOHANG) == 0; }

void serve_minimally(std::uint16_t port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  switch_on(listener, SOL_SOCKET, SO_REUSEADDR);
  if (with(loopback(1, port), listener, bind) != 0 || listen(listener, 4096) != 0) return;
  auto watch = [&](int socket) {
    epoll_event event{EPOLLIN, {.fd = socket}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  };
  watch(listener);
  char buffer[4096];
  const char answer[20] = {'w'};
  while (true) {
    epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      int socket = events[i].data.fd;
      if (socket == listener) {
        int fresh = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fresh >= 0) watch(fresh);
      } else {
        if (recv(socket, buffer, sizeof buffer, 0) > 0) ::send(socket, answer, sizeof answer, MSG_NOSIGNAL);
        close(socket);
      }
    }
  }
}

}  // namespace bench
