// Claims about NodeBackground: work of processes on threads of the pool, its bounds and its end.
#include "noderuntime/node/node_background.h"

#include <atomic>
#include <memory>
#include <thread>

#include "test/unit/process/world.h"
#include "test/unit/turn_until.h"

namespace noderuntime {
namespace {

using namespace test;

// Counts where it has been: how many run, have run, and were destroyed.
struct Counted {
  std::atomic<int> run{0}, gone{0};
  std::atomic<bool> may_end{true};
};

class Counting final : public Background::Work {
 public:
  explicit Counting(Counted& counted) : counted_{counted} {}
  ~Counting() override { ++counted_.gone; }
  void run() noexcept override {
    while (!counted_.may_end) std::this_thread::yield();
    ++counted_.run;
  }
  NativeResult result(Context&) override { return Term::nil(); }

 private:
  Counted& counted_;
};

struct Fixture {
  World world;
  net::Loop loop;
  Counted counted;
  int woken = 0;
  NodeBackground background{loop, world.processes, 2, [this] { ++woken; }};

  Process& process() { return *world.actor().process; }
  bool start(Process& process) { return background.start(process, std::make_unique<Counting>(counted)); }
};

}  // namespace

TEST_CASE("background: work runs on another thread, and its process is woken once", "[node]") {
  Fixture f;
  auto& process = f.process();
  CHECK_FALSE(f.background.has(process));
  f.counted.may_end = false;
  REQUIRE(f.start(process));
  CHECK(f.background.has(process));
  CHECK(f.background.take(process) == nullptr);
  f.counted.may_end = true;
  turn_until(f.loop, [&] { return f.woken == 1; });
  CHECK(f.counted.run == 1);
  CHECK(f.background.take(process) != nullptr);
  CHECK(f.counted.gone == 1);
  CHECK_FALSE(f.background.has(process));
}

TEST_CASE("background: so much work may run or wait", "[node]") {
  Fixture f;
  auto &one = f.process(), &two = f.process(), &three = f.process();
  f.counted.may_end = false;
  CHECK(f.start(one));
  CHECK(f.start(two));
  CHECK_FALSE(f.start(three));
  CHECK(f.counted.gone == 1);
  f.counted.may_end = true;
  turn_until(f.loop, [&] { return f.woken == 2; });
  CHECK(f.background.take(one) != nullptr);
  CHECK(f.start(three));
  turn_until(f.loop, [&] { return f.woken == 3; });
}

TEST_CASE("background: the work of a process that ends wakes nobody, and makes room", "[node]") {
  Fixture f;
  auto &one = f.process(), &two = f.process();
  f.counted.may_end = false;
  REQUIRE(f.start(one));
  f.background.forget(one);
  CHECK_FALSE(f.background.has(one));
  REQUIRE(f.start(two));
  f.counted.may_end = true;
  turn_until(f.loop, [&] { return f.woken == 1 && f.counted.gone == 1; });
  CHECK(f.background.take(two) != nullptr);
  CHECK(f.start(one));
  f.background.forget(one);
  turn_until(f.loop, [&] { return f.counted.gone == 3; });
  CHECK(f.woken == 1);
}

TEST_CASE("background: what is cleared up is not bounded, and at the end it is at once", "[node]") {
  Fixture f;
  std::atomic<int> cleared{0};
  for (int i = 0; i < 10; ++i) f.background.clear_up([&] { ++cleared; });
  turn_until(f.loop, [&] { return cleared == 10; });
  f.background.stop();
  f.background.clear_up([&] { ++cleared; });
  CHECK(cleared == 11);
  CHECK_FALSE(f.start(f.process()));
}

}  // namespace noderuntime
