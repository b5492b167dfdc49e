// See client.h.
#include "test/bench/node/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

namespace noderuntime::bench {

using distribution::Initiator;
using distribution::NeedInput;

void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_node: %s\n", why.c_str());
  std::exit(1);
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds(int process) {
  clockid_t clock;
  timespec time{};
  if (process == 0 || clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Client::Client(const Target& target, const std::string& own_name, distribution::Flags flags)
    : name_{own_name + "@" + std::string{target.name.host()}} {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_port = htons(target.port.value());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    give_up("cannot connect to " + target.name.full());
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  wire_ = std::make_unique<Wire>(socket, Wire::Role::client);
  handshake(target, flags);
}

void Client::write(Bytes bytes) {
  if (!wire_->write(bytes)) give_up("the target closed the connection");
}

void Client::fill() {
  constexpr std::size_t room = 256 * 1024;
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  static thread_local const auto space = std::make_unique_for_overwrite<Byte[]>(room);
  auto count = wire_->read({space.get(), room});
  if (count == 0) give_up("the target closed the connection");
  input_.insert(input_.end(), space.get(), space.get() + count);
}

void Client::handshake(const Target& target, distribution::Flags flags) {
  auto own = NodeName::parse(name_);
  if (!own) give_up(own.error().message());
  Initiator machine{{.self = distribution::Identity{*own, Creation{7}},
                     .host = std::string{own->host()},
                     .peer = target.name,
                     .flags = flags,
                     .cookie = {target.cookie},
                     .challenge = distribution::Challenge{12345},
                     .length_size = with_tls() ? 4 : 2},
                    distribution::Milliseconds{0}};
  while (true) {
    auto event = machine.next(distribution::Milliseconds{0});
    if (!event) give_up(event.error().message());
    write(machine.take_output());
    if (std::holds_alternative<Initiator::PeerSaysAlive>(*event)) {
      machine.answer(true);
    } else if (std::holds_alternative<NeedInput>(*event)) {
      fill();
      machine.feed(input_);
      input_.clear();
    } else {
      input_ = machine.take_rest();
      return;
    }
  }
}

bool Client::has_frame() {
  auto left = input_.size() - at_;
  if (left < 4) return false;
  std::uint32_t length;
  std::memcpy(&length, input_.data() + at_, sizeof length);
  return left >= 4 + std::size_t{ntohl(length)};
}

Bytes Client::frame() {
  while (true) {
    while (!has_frame()) fill();
    std::uint32_t length;
    std::memcpy(&length, input_.data() + at_, sizeof length);
    Bytes frame{input_.data() + at_ + 4, ntohl(length)};
    at_ += 4 + frame.size();
    if (!frame.empty()) return frame;
    constexpr Byte tick[4] = {};
    write(tick);
  }
}

namespace {

template <std::size_t size>
void put_number(Buffer& to, std::uint64_t value) {
  for (std::size_t i = size; i-- > 0;) to.push_back(static_cast<Byte>(value >> (8 * i)));
}

void put_bytes(Buffer& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

}  // namespace

void put_atom(Buffer& to, std::string_view text) {
  to.push_back(119), to.push_back(static_cast<Byte>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}
void put_tuple(Buffer& to, std::uint8_t size) { to.push_back(104), to.push_back(size); }
void put_small(Buffer& to, std::uint8_t value) { to.push_back(97), to.push_back(value); }
void put_binary(Buffer& to, Bytes bytes) {
  to.push_back(109), put_number<4>(to, bytes.size()), put_bytes(to, bytes);
}
void put_pid(Buffer& to, std::string_view node, std::uint32_t number) {
  to.push_back(88), put_atom(to, node), put_number<4>(to, number), put_number<4>(to, 0), put_number<4>(to, 7);
}
void put_reference(Buffer& to, std::string_view node, std::uint32_t number) {
  to.push_back(90), put_number<2>(to, 3), put_atom(to, node), put_number<4>(to, 7);
  put_number<4>(to, 0), put_number<4>(to, 0), put_number<4>(to, number);
}

void put_frame(Buffer& to, Bytes control, Bytes payload) {
  put_number<4>(to, 3 + control.size() + payload.size());
  to.push_back(131), to.push_back(68), to.push_back(0);
  put_bytes(to, control), put_bytes(to, payload);
}

void put_fragments(Buffer& to, std::uint64_t sequence, Bytes control, Bytes payload) {
  constexpr std::size_t fragment = 64 * 1024;
  Buffer message;
  put_bytes(message, control), put_bytes(message, payload);
  Bytes left = message;
  bool first = true;
  for (auto number = (left.size() + fragment - 1) / fragment; number > 0; --number, first = false) {
    auto part = left.first(std::min(left.size(), fragment));
    put_number<4>(to, (first ? 19 : 18) + part.size());
    to.push_back(131), to.push_back(first ? 69 : 70);
    put_number<8>(to, sequence), put_number<8>(to, number);
    if (first) to.push_back(0);
    put_bytes(to, part);
    left = left.subspan(part.size());
  }
}

}  // namespace noderuntime::bench
