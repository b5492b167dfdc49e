// What bench_node drives on a node of ours: target NAME COOKIE EPMD_PORT. The same two processes as
// target.erl, native.
#include <cstdio>
#include <cstdlib>

#include "common/program/memory.h"
#include "common/wire/reader.h"
#include "noderuntime/node/node.h"
#include "noderuntime/process/native_body.h"
#include "noderuntime/term/heap.h"

using namespace noderuntime;

namespace {

class Sink final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override {
    static const Atom sync = Atom::of("sync"), start = Atom::of("start");
    if (auto bytes = aligned_bytes(message)) {
      if (bytes->size() >= 8 && Reader{*bytes}.u64() == next_) ++next_;
    } else if (message.is_tuple(2)) {
      if (message.element(1).is(start)) next_ = 0;
      send(self, message.element(0),
           make_tuple(self.heap, {Term::small(static_cast<std::int64_t>(next_)), Term::atom(sync)}));
    }
  }
  std::uint64_t next_ = 0;
};

class Echo final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override {
    if (message.is_tuple(2)) send(self, message.element(0), message.element(1));
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 64;
  program::keep_freed_memory();
  net::Loop loop;
  NodeConfiguration configuration;
  auto name = NodeName::parse(arguments[1]);
  if (!name) return 64;
  configuration.name = *name;
  configuration.cookie = arguments[2];
  configuration.epmd_port = Port{static_cast<std::uint16_t>(std::atoi(arguments[3]))};
  configuration.start_epmd = false;
  std::unique_ptr<Node> node;
  node = std::make_unique<Node>(
      loop, std::move(configuration),
      Node::Events{
          .up =
              [&](Port port) {
                auto& processes = node->processes();
                processes.register_name(Atom::of("sink"),
                                        *processes.spawn(nullptr, std::make_unique<Sink>(processes), {}));
                processes.register_name(Atom::of("echo"),
                                        *processes.spawn(nullptr, std::make_unique<Echo>(processes), {}));
                std::printf("port %u\n", static_cast<unsigned>(port.value()));
                std::fflush(stdout);
              },
          .failed = [](Error error) { std::fprintf(stderr, "%s\n", error.message().c_str()), std::exit(1); },
          .node_changed = {}});
  loop.run();
  return 0;
}
