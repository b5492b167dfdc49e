// Native processes of a node: bench_processes NAME COOKIE EPMD_PORT. Prints name and
// figure of each row, as processes.erl.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <noderuntime/local_node.h>

using namespace noderuntime;

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double resident_bytes() {
  long pages = 0, resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

class Idle final : public NativeProcess {
 public:
  void on_message(Self&, Term) override {}
};

class Passing final : public NativeProcess {
 public:
  explicit Passing(int& ended) : ended_{ended} {}
  void on_start(Self& self) override { ++ended_, self.exit("normal"_atom); }
  void on_message(Self&, Term) override {}

 private:
  int& ended_;
};

class Sink final : public NativeProcess {
 public:
  explicit Sink(int& seen) : seen_{seen} {}
  void on_message(Self&, Term) override { ++seen_; }

 private:
  int& seen_;
};

// What is left to do runs with the loop, in pieces, as the work of processes would.
void run_until(EventLoop& loop, const int& count, int wanted) {
  std::function<void()> look = [&] {
    if (count >= wanted) return loop.stop();
    loop.post(look);
  };
  loop.post(look);
  loop.run();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 64;
  EventLoop loop;
  NodeOptions options;
  options.name = arguments[1], options.cookie = arguments[2], options.start_epmd = false;
  options.epmd_port = static_cast<std::uint16_t>(std::atoi(arguments[3]));
  auto node = LocalNode::create(loop, options);
  if (!node || !(*node)->wait_until_up()) return 1;

  constexpr int idle = 100'000;
  double before = resident_bytes();
  for (int i = 0; i < idle; ++i) (*node)->spawn(std::make_unique<Idle>());
  int none = 0;
  run_until(loop, none, 0);
  std::printf("idle_bytes %.0f\n", (resident_bytes() - before) / idle);

  constexpr int messages = 1'000'000, burst = 10'000;
  int seen = 0;
  Pid sink = (*node)->spawn(std::make_unique<Sink>(seen));
  double start = seconds();
  for (int sent = 0; sent < messages; sent += burst) {
    (*node)->act([&](Self& self) {
      for (int i = 0; i < burst; ++i) self.send(sink, i);
    });
    run_until(loop, seen, sent + burst);
  }
  std::printf("sends_per_s %.0f\n", messages / (seconds() - start));

  constexpr int spawns = 100'000;
  int ended = 0;
  start = seconds();
  for (int made = 0; made < spawns; made += burst) {
    for (int i = 0; i < burst; ++i) (*node)->spawn(std::make_unique<Passing>(ended));
    run_until(loop, ended, made + burst);
  }
  std::printf("spawns_per_s %.0f\n", spawns / (seconds() - start));
  return 0;
}
