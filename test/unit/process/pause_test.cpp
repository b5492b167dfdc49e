// Claims about time slices that are paused inside of C++ code, and about ends that take several slices.
#include <functional>

#include "noderuntime/term/pace.h"
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// Runs `work` in its first time slice.
class Working final : public Body {
 public:
  explicit Working(std::function<void(Process&)> work) : work_{std::move(work)} {}

 private:
  Next run(Process& self, int&) override {
    MayPause here;
    work_(self);
    return Next::done;
  }
  std::function<void(Process&)> work_;
};

constexpr std::int64_t slice_steps = 4000 * Pace::steps_per_reduction;

struct Paused : World {
  Process& working(std::function<void(Process&)> work) {
    return *processes.spawner().spawn(nullptr, std::make_unique<Working>(std::move(work)), {});
  }
  void slices(int count) { processes.scheduler().run(count); }
  bool lives(Term pid) { return processes.table().find(pid) != nullptr; }
};

struct Flag {
  bool& gone;
  ~Flag() { gone = true; }
};

}  // namespace

TEST_CASE("pause: long work goes on in the next time slices, and others run in between", "[process]") {
  Paused world;
  int parts = 0;
  Term pid = world
                 .working([&](Process&) {
                   for (; parts < 5; ++parts) pace.spend(slice_steps + 1);
                 })
                 .self();
  auto other = world.actor();
  CHECK(parts == 5);
  CHECK(!world.lives(pid));

  parts = 0;
  auto& again = world.working([&](Process&) {
    for (; parts < 5; ++parts) pace.spend(slice_steps + 1);
  });
  pid = again.self();
  world.slices(1);
  CHECK(parts == 0);
  CHECK(again.is_paused());
  world.processes.signals().send(again, other.pid, World::atom("hello"));
  world.slices(2);
  CHECK(text(*other.log) == "hello");
  CHECK(parts == 1);
  world.run();
  CHECK(parts == 5);
  CHECK(!world.lives(pid));
}

TEST_CASE("pause: work costs reductions, also in the slices that it pauses in", "[process]") {
  Paused world;
  auto before = world.processes.scheduler().counters().reductions;
  world.working([&](Process&) {
    for (int i = 0; i < 10; ++i) pace.spend(slice_steps / 2);
  });
  world.run();
  auto used = world.processes.scheduler().counters().reductions - before;
  CHECK(used >= 5 * 4000);
  CHECK(used <= 6 * 4000);
}

TEST_CASE("pause: code outside of a MayPause, and inside of a NoPause, is not paused", "[process]") {
  Paused world;
  bool done = false;
  auto& process = world.working([&](Process&) {
    NoPause none;
    pace.spend(10 * slice_steps);
    done = true;
  });
  (void)process;
  world.slices(1);
  CHECK(done);
}

TEST_CASE("pause: an exit signal ends paused work, and destroys what is on its stack", "[process]") {
  Paused world;
  bool gone = false, finished = false;
  auto watcher = world.actor();
  auto& process = world.working([&](Process&) {
    Flag flag{gone};
    pace.spend(slice_steps + 1);
    finished = true;
  });
  Term pid = process.self();
  world.processes.signals().monitor(*watcher.process, pid, {});
  world.slices(1);
  REQUIRE(process.is_paused());
  world.processes.exits().exit(process, World::atom("enough"));
  world.processes.exits().exit(process, World::atom("too_late"));
  CHECK(!gone);
  world.run();
  CHECK(gone);
  CHECK(!finished);
  CHECK(!world.lives(pid));
  REQUIRE(watcher.log->size() == 1);
  CHECK(text(*watcher.log).find("enough") != std::string::npos);
}

TEST_CASE("pause: memory that is missing after a pause kills the process", "[process]") {
  Paused world;
  auto& process = world.working([&](Process& self) {
    pace.spend(slice_steps + 1);
    self.heap.set_limit(10);
    (void)self.heap.allocate(100);
  });
  Term pid = process.self();
  world.run();
  CHECK(!world.lives(pid));
}

TEST_CASE("pause: what else is thrown after a pause reaches the caller of run()", "[process]") {
  Paused world;
  world.working([&](Process&) {
    pace.spend(slice_steps + 1);
    throw std::runtime_error{"a bug"};
  });
  world.slices(1);
  CHECK_THROWS_AS(world.run(), std::runtime_error);
}

TEST_CASE("pause: more paused processes than call stacks: the others wait for theirs", "[process]") {
  Paused world;
  int finished = 0;
  int many = static_cast<int>(CallStacks::most) + 100;
  for (int i = 0; i < many; ++i)
    world.working([&](Process&) {
      for (int part = 0; part < 3; ++part) pace.spend(slice_steps + 1);
      ++finished;
    });
  world.run();
  CHECK(finished == many);
}

TEST_CASE("pause: the end of the program destroys what is on the stacks of paused processes", "[process]") {
  bool gone = false;
  {
    Paused world;
    world.working([&](Process&) {
      Flag flag{gone};
      pace.spend(slice_steps + 1);
    });
    world.slices(1);
    CHECK(!gone);
  }
  CHECK(gone);
}

TEST_CASE("ends: a process with many links and monitors is dead at once, and tells them in slices",
          "[process]") {
  Paused world;
  auto center = world.actor();
  constexpr int many = 3000;
  std::vector<World::Actor> linked, watching;
  for (int i = 0; i < many; ++i) {
    linked.push_back(world.actor());
    world.processes.signals().link(*linked.back().process, center.pid, {});
    watching.push_back(world.actor());
    world.processes.signals().monitor(*watching.back().process, center.pid, {});
  }
  auto other = world.actor();
  world.processes.exits().exit(*center.process, World::atom("bad"));
  CHECK(!world.alive(center));
  CHECK(world.alive(linked.back()));
  auto dead = [&] {
    int count = 0;
    for (auto& actor : linked) count += !world.alive(actor);
    return count;
  };
  world.slices(1);
  CHECK(dead() < many);
  world.processes.signals().send(*other.process, other.pid, World::atom("meanwhile"));
  world.slices(3);
  CHECK(text(*other.log) == "meanwhile");
  world.run();
  CHECK(dead() == many);
  int told = 0;
  for (auto& actor : watching) told += actor.log->size() == 1;
  CHECK(told == many);
}

TEST_CASE("ends: a long chain of links ends in parts, each process once", "[process]") {
  Paused world;
  std::vector<World::Actor> chain{world.actor()};
  constexpr int many = 5000;
  for (int i = 0; i < many; ++i) {
    chain.push_back(world.actor());
    world.processes.signals().link(*chain.back().process, chain[chain.size() - 2].pid, {});
  }
  auto watcher = world.actor();
  world.processes.signals().monitor(*watcher.process, chain.back().pid, {});
  world.processes.exits().exit(*chain.front().process, World::atom("bad"));
  CHECK(world.alive(chain.back()));
  CHECK(world.processes.scheduler().has_runnable());
  world.run();
  int living = 0;
  for (auto& actor : chain) living += world.alive(actor);
  CHECK(living == 0);
  CHECK(watcher.log->size() == 1);
}

TEST_CASE("ends: a full mailbox is cleared in slices", "[process]") {
  Paused world;
  auto full = world.actor();
  for (int i = 0; i < 20'000; ++i)
    world.processes.signals().send(*full.process, full.pid, World::atom("message"));
  Term pid = full.pid;
  world.processes.exits().exit(*full.process, World::atom("bad"));
  CHECK(!world.lives(pid));
  CHECK(world.processes.scheduler().has_runnable());
  world.run();
  CHECK(!world.processes.scheduler().has_runnable());
}

TEST_CASE("jobs: long work of no process goes on in the next turns, and others run in between", "[process]") {
  Paused world;
  std::vector<int> done;
  for (int job : {1, 2})
    world.processes.scheduler().start_job([&done, job] {
      MayPause here;
      pace.spend(slice_steps + 1);
      done.push_back(job);
    });
  auto other = world.processes.spawner().spawn(
      nullptr, std::make_unique<Working>([&](Process&) { done.push_back(3); }), {});
  CHECK(other);
  CHECK(world.processes.scheduler().has_runnable());
  world.slices(1);
  CHECK(done == std::vector{3});
  world.slices(1);
  CHECK(done == std::vector{3, 1, 2});
  CHECK(!world.processes.scheduler().has_runnable());
}

TEST_CASE("jobs: the end of the program destroys what paused jobs have on their stacks", "[process]") {
  bool gone = false;
  {
    Paused world;
    world.processes.scheduler().start_job([&] {
      Flag flag{gone};
      MayPause here;
      pace.spend(slice_steps + 1);
    });
    world.slices(1);
    CHECK(!gone);
  }
  CHECK(gone);
}

TEST_CASE("jobs: one that ends in its first slice has ended when begin_job() returns", "[process]") {
  Paused world;
  bool done = false, told = false;
  CHECK(world.processes.scheduler().begin_job([&] { done = true; }, [&] { told = true; }) == 0);
  CHECK(done);
  CHECK_FALSE(world.processes.scheduler().has_runnable());
  world.slices(1);
  CHECK_FALSE(told);
}

TEST_CASE("jobs: a long one goes on in later turns, in turn with others, and its end is told", "[process]") {
  Paused world;
  auto& scheduler = world.processes.scheduler();
  std::string parts;
  auto job = [&](char name) {
    return scheduler.begin_job(
        [&, name] {
          MayPause here;
          for (int part = 0; part < 3; ++part) {
            parts += name;
            ++world.surroundings.now_milliseconds;
            pace.spend(slice_steps + 1);
          }
        },
        [&parts, name] { parts += static_cast<char>(name - 'a' + 'A'); });
  };
  CHECK(job('a') != 0);
  CHECK(job('b') != 0);
  CHECK(parts == "ab");
  scheduler.run(1, 1);  // the time is over after the first slice
  CHECK(parts == "aba");
  scheduler.run(1, 1);
  CHECK(parts == "abab");
  world.run();
  CHECK(parts == "abababAB");
}

TEST_CASE("jobs: a job that is cancelled destroys what is on its stack, and its end is not told",
          "[process]") {
  Paused world;
  auto& scheduler = world.processes.scheduler();
  bool gone = false, told = false, finished = false;
  auto job = scheduler.begin_job(
      [&] {
        Flag flag{gone};
        MayPause here;
        for (int part = 0; part < 3; ++part) pace.spend(slice_steps + 1);
        finished = true;
      },
      [&] { told = true; });
  REQUIRE(job != 0);
  CHECK_FALSE(gone);
  SECTION("from outside") {
    scheduler.cancel_job(job);
    CHECK(gone);
  }
  SECTION("by a process in its time slice") {
    world.working([&](Process&) {
      NoPause none;
      scheduler.cancel_job(job);
    });
    world.slices(1);
    CHECK(gone);
  }
  world.run();
  CHECK_FALSE(finished);
  CHECK_FALSE(told);
  scheduler.cancel_job(job);
}

TEST_CASE("pause: a signal to another node may be encoded at the pace of its sender", "[process]") {
  Paused world;
  world.working([&](Process& self) {
    NoPause none;
    Heap heap;
    world.processes.signals().send(self, world.remote_term(heap, 3), World::atom("hello"));
  });
  world.slices(1);
  CHECK(world.surroundings.sent.size() == 1);
  CHECK(world.surroundings.sender_may_pause);
}
