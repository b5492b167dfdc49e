// What is driven on a node of ours: target NAME COOKIE EPMD_PORT [POLL_MICROSECONDS]. The same two processes
// as target.erl, native, with the library as other programs use it.
#include <cstdio>
#include <cstdlib>

#include <noderuntime/local_node.h>
#include "common/wire/reader.h"

using namespace noderuntime;

namespace {

class Sink final : public NativeProcess {
  void on_message(Self& self, Term message) override {
    if (auto bytes = self.as<Bytes>(message)) {
      if (bytes->size() >= 8 && Reader{*bytes}.u64() == next_) ++next_;
    } else if (message.is_tuple(2) && message.element(0).is_small()) {
      if (message.element(0).as_small() == static_cast<std::int64_t>(next_)) ++next_;
    } else if (message.is_tuple(2)) {
      if (message.element(1).is(start_)) next_ = 0;
      self.send(message.element(0), std::pair{next_, sync_});
    }
  }
  const Atom start_ = "start"_atom, sync_ = "sync"_atom;
  std::uint64_t next_ = 0;
};

class Echo final : public NativeProcess {
  void on_message(Self& self, Term message) override {
    if (message.is_tuple(2)) self.send(message.element(0), message.element(1));
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 64;
  EventLoop::keep_freed_memory();
  EventLoop loop;
  loop.poll_before_sleep(std::chrono::microseconds{count > 4 ? std::atoi(arguments[4]) : 100});
  NodeOptions options{.name = arguments[1], .cookie = arguments[2]};
  options.epmd_port = static_cast<std::uint16_t>(std::atoi(arguments[3]));
  options.start_epmd = false;
  if (const char* directory = std::getenv("BENCH_TLS")) {  // see wire.h
    options.tls.enabled = true;
    options.tls.certificate = std::string{directory} + "/node.pem";
    options.tls.key = std::string{directory} + "/node.key";
    options.tls.authorities = std::string{directory} + "/ca.pem";
  }
  auto node = LocalNode::create(loop, options);
  Outcome up = node ? (*node)->wait_until_up() : Outcome{node.error()};
  if (!up) return std::fprintf(stderr, "%s\n", up.error().message().c_str()), 1;
  (*node)->spawn(std::make_unique<Sink>(), {.name = "sink"_atom});
  (*node)->spawn(std::make_unique<Echo>(), {.name = "echo"_atom});
  std::printf("port %u\n", static_cast<unsigned>((*node)->port()));
  std::fflush(stdout);
  loop.run();
  return 0;
}
