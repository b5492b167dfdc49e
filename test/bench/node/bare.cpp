// The least that a target can do: bench_node_bare NAME@HOST COOKIE. It reads, cuts frames, counts them, and
// answers questions and echoes with bytes made in advance. One connection at a time; prints its port.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "test/bench/node/client.h"

using namespace noderuntime;
using namespace noderuntime::bench;
using distribution::Acceptor;

namespace {

constexpr std::size_t room = 256 * 1024;

int listen_anywhere() {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 16) != 0)
    give_up("cannot listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("port %u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listener;
}

// The calling node and the bytes that it sent after the handshake; nothing if the handshake failed.
std::string shake(Wire& wire, const distribution::Identity& self, const std::string& cookie, Buffer& rest) {
  Acceptor machine{{.self = self,
                    .flags = distribution::visible_flags,
                    .cookie_of = [&](const NodeName&) { return distribution::Cookie{cookie}; },
                    .challenge = distribution::Challenge{4711},
                    .length_size = with_tls() ? 4 : 2},
                   distribution::Milliseconds{0}};
  Buffer input(room);
  while (true) {
    auto event = machine.next(distribution::Milliseconds{0});
    if (!event) return {};
    wire.write(machine.take_output());
    if (std::holds_alternative<Acceptor::Caller>(*event)) {
      machine.answer(distribution::Status::ok);
    } else if (auto* peer = std::get_if<distribution::Peer>(&*event)) {
      rest = machine.take_rest();
      return peer->name.full();
    } else {
      auto count = wire.read(input);
      if (count == 0) return {};
      machine.feed(Bytes{input.data(), count});
    }
  }
}

class Server {
 public:
  Server(Wire& wire, const std::string& peer) : wire_{wire}, peer_{peer} {
    put_frame(echo_, answer_control(), Buffer{106});
  }

  // Whole frames at the front of the input are taken.
  std::size_t take(Bytes input) {
    std::size_t at = 0;
    output_.clear();
    while (input.size() - at >= 4) {
      std::uint32_t length;
      std::memcpy(&length, input.data() + at, sizeof length);
      length = ntohl(length);
      if (input.size() - at - 4 < length) break;
      on_frame(input.subspan(at + 4, length));
      at += 4 + length;
    }
    if (!output_.empty()) wire_.write(output_);
    return at;
  }

 private:
  Buffer answer_control() const {
    Buffer control;
    put_tuple(control, 3), put_small(control, 22), put_pid(control, "bare@bare", 1),
        put_pid(control, peer_, 1);
    return control;
  }

  void on_frame(Bytes frame) {
    if (frame.size() < 16 || frame[1] == 70) return;
    auto ends_with = [&](const char* word) {
      return std::memcmp(frame.data() + frame.size() - std::strlen(word), word, std::strlen(word)) == 0;
    };
    // 131 68 0, 104 4 97 6, the pid, 119 0, 119 4 and the name.
    std::size_t name_at = 3 + 4 + 1 + 2 + peer_.size() + 12 + 2 + 2;
    bool to_echo = frame.size() > name_at + 4 && std::memcmp(frame.data() + name_at, "echo", 4) == 0;
    if (to_echo) return static_cast<void>(output_.insert(output_.end(), echo_.begin(), echo_.end()));
    if (ends_with("start")) count_ = 0;
    if (!ends_with("start") && !ends_with("sync")) return static_cast<void>(++count_);
    Buffer payload;
    put_tuple(payload, 2), payload.push_back(98);
    for (int shift = 24; shift >= 0; shift -= 8) payload.push_back(static_cast<Byte>(count_ >> shift));
    put_atom(payload, "sync");
    put_frame(output_, answer_control(), payload);
  }

  Wire& wire_;
  std::string peer_;
  std::uint32_t count_ = 0;
  Buffer echo_, output_;
};

void serve(Wire& wire, const std::string& peer, Buffer input) {
  Server server{wire, peer};
  int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {}};
  epoll_ctl(poll, EPOLL_CTL_ADD, wire.descriptor(), &event);
  std::size_t filled = input.size();
  input.resize(2 * room);
  while (true) {
    auto taken = server.take(Bytes{input.data(), filled});
    std::memmove(input.data(), input.data() + taken, filled - taken);
    filled -= taken;
    if (input.size() - filled < room) input.resize(2 * input.size());
    if (!with_tls()) epoll_wait(poll, &event, 1, -1);  // OpenSSL may have input that it has already read
    auto count = wire.read({input.data() + filled, input.size() - filled});
    if (count == 0) break;
    filled += count;
  }
  close(poll);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) give_up("NAME@HOST COOKIE");
  auto name = NodeName::parse(arguments[1]);
  if (!name) give_up(name.error().message());
  int listener = listen_anywhere();
  while (true) {
    int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Buffer rest;
    Wire wire{socket, Wire::Role::server};
    auto peer = shake(wire, {*name, Creation{5}}, arguments[2], rest);
    if (!peer.empty()) serve(wire, peer, std::move(rest));
  }
}
