// Claims about which process is killed when the program holds more than --max-memory.
#include <string>
#include <vector>

#include "noderuntime/term/memory.h"
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

class Idle final : public Body {
 public:
  explicit Idle(std::size_t stack_words) : stack_words_{stack_words} {}

 private:
  Next run(Process&, int&) override { return Next::wait; }
  std::size_t stack_words() const override { return stack_words_; }
  std::size_t stack_words_;
};

constexpr std::size_t kilobytes = 1024;

struct Full : World {
  ~Full() { held_memory.set_bound(HeldMemory::no_bound); }

  // A process that never looks at its messages, with a binary of `bytes` bytes on its heap.
  Process& holding(std::size_t bytes, std::size_t stack_words = 0) {
    Process& process = *processes.spawner().spawn(nullptr, std::make_unique<Idle>(stack_words), {});
    if (bytes > 0) make_binary(process.heap, Buffer(bytes));
    run();
    return process;
  }
  // Sets the bound to `bytes` less than the program holds now.
  void bound_below(std::size_t bytes) { held_memory.set_bound(held_memory.used() - bytes); }
  void turn() {
    processes.scheduler().wake(ticking);
    processes.scheduler().run(1);
  }
  bool lives(Term pid) { return processes.table().find(pid) != nullptr; }

  Process& ticking = holding(0);
};

}  // namespace

TEST_CASE("memory: below the bound nobody ends", "[process]") {
  Full world;
  Term pid = world.holding(500 * kilobytes).self();
  held_memory.set_bound(held_memory.used());
  world.turn();
  CHECK(world.lives(pid));
  CHECK(world.surroundings.logged.empty());
}

TEST_CASE("memory: callers that have not proved the cookie end together, if they hold most", "[process]") {
  Full world;
  Term pid = world.holding(300 * kilobytes).self();
  HeldShare share{400 * kilobytes};
  world.surroundings.held = {{Atom{}, 400 * kilobytes}, {Atom::of("peer@host"), 10 * kilobytes}};
  world.bound_below(1);
  world.turn();
  CHECK(world.lives(pid));
  CHECK(world.surroundings.ended == std::vector<Atom>{Atom{}});
  REQUIRE(world.surroundings.logged.size() == 1);
  CHECK(world.surroundings.logged[0].find(
            "the connections that have not proved the cookie with 409600 end") != std::string::npos);
}

TEST_CASE("memory: far above the bound as many connections end as hold what is too much", "[process]") {
  Full world;
  std::vector<Atom> largest_first;
  for (std::size_t i = 0; i < 100; ++i) {
    largest_first.push_back(Atom::of("peer" + std::to_string(i) + "@host"));
    world.surroundings.held.push_back({largest_first.back(), 10 * kilobytes - i});
  }
  HeldShare share{1000 * kilobytes};
  world.bound_below(300 * kilobytes);
  world.turn();
  largest_first.resize(31);
  CHECK(world.surroundings.ended == largest_first);
  REQUIRE(world.surroundings.logged.size() == 1);
  CHECK(world.surroundings.logged[0].find("the connection to peer0@host and 30 others with ") !=
        std::string::npos);
}

TEST_CASE("memory: the largest process is killed, its monitored_by are told, and the log", "[process]") {
  Full world;
  Term small = world.holding(100 * kilobytes).self();
  Process& large = world.holding(300 * kilobytes);
  Term middle = world.holding(200 * kilobytes).self();
  Term pid = large.self();
  auto watcher = world.actor();
  world.processes.signals().monitor(*watcher.process, pid, {});
  world.bound_below(1);
  world.turn();
  CHECK_FALSE(world.lives(pid));
  CHECK(world.lives(small));
  CHECK(world.lives(middle));
  REQUIRE(world.surroundings.logged.size() == 1);
  CHECK(world.surroundings.logged[0].find("process " + to_text(pid) + " with 307") != std::string::npos);
  world.turn();
  CHECK(world.lives(middle));
  world.run();
  REQUIRE(watcher.log->size() == 1);
  CHECK(watcher.log->at(0).term().element(4).is(atoms::killed));
}

TEST_CASE("memory: stacks count", "[process]") {
  Full world;
  Term deep = world.holding(100 * kilobytes, 300 * kilobytes / sizeof(Word)).self();
  Term large = world.holding(300 * kilobytes).self();
  world.bound_below(1);
  world.turn();
  CHECK_FALSE(world.lives(deep));
  CHECK(world.lives(large));
}

TEST_CASE("memory: one process after the other ends until enough is free", "[process]") {
  Full world;
  Term pids[3];
  for (std::size_t i = 0; i < 3; ++i) pids[i] = world.holding((i + 1) * 100 * kilobytes).self();
  world.bound_below(400 * kilobytes);
  world.turn();
  CHECK((world.lives(pids[0]) && world.lives(pids[1]) && !world.lives(pids[2])));
  world.turn();
  CHECK((world.lives(pids[0]) && !world.lives(pids[1])));
  world.turn();
  CHECK(world.lives(pids[0]));
}

TEST_CASE("memory: what lies on the heap and what waits in the mailbox counts", "[process]") {
  for (bool in_mailbox : {false, true}) {
    CAPTURE(in_mailbox);
    Full world;
    Term other = world.holding(100 * kilobytes).self();
    Process& large = world.holding(0);
    Term pid = large.self();
    Heap scratch;
    Heap& heap = in_mailbox ? scratch : large.heap;
    Term list = Term::nil();
    for (int i = 0; i < 20'000; ++i) list = make_cons(heap, Term::small(i), list);
    if (in_mailbox) {
      for (int part = 0; part < 2; ++part) world.processes.signals().send(world.ticking, pid, list);
      scratch.clear();
    }
    world.run();
    world.bound_below(1);
    world.turn();
    CHECK_FALSE(world.lives(pid));
    CHECK(world.lives(other));
  }
}

TEST_CASE("memory: a service does not end for its size", "[process]") {
  Full world;
  Process& service = world.holding(300 * kilobytes);
  service.essential = true;
  Term pid = service.self(), other = world.holding(100 * kilobytes).self();
  world.bound_below(1);
  world.turn();
  CHECK(world.lives(pid));
  CHECK_FALSE(world.lives(other));
}

TEST_CASE("memory: many small processes stay; the log says so at once, and again when they have grown",
          "[process]") {
  Full world;
  std::vector<Term> pids;
  for (int i = 0; i < 40; ++i) pids.push_back(world.holding(10 * kilobytes).self());
  world.bound_below(1);
  auto said = [&] { return world.surroundings.logged.size(); };
  for (int i = 0; i < 3; ++i) world.turn();
  CHECK(said() == 1);
  CHECK(world.surroundings.logged[0].find("none of them is large") != std::string::npos);
  auto grow = [&](std::size_t bytes) {
    for (auto until = held_memory.used() + bytes; held_memory.used() < until;)
      pids.push_back(world.holding(kilobytes).self());
  };
  grow(held_memory.bound() / 32);
  world.turn();
  CHECK(said() == 1);
  grow(held_memory.bound() / 24);
  world.turn();
  CHECK(said() == 2);
  for (Term pid : pids) CHECK(world.lives(pid));
}

TEST_CASE("memory: a process that became large later is found when the sum has grown", "[process]") {
  Full world;
  for (int i = 0; i < 40; ++i) world.holding(10 * kilobytes);
  world.bound_below(1);
  world.turn();
  CHECK(world.surroundings.logged.size() == 1);
  world.holding(200 * kilobytes);  // killed in its first time slice
  CHECK(world.processes.table().count() == 41);
  REQUIRE(world.surroundings.logged.size() == 2);
  CHECK(world.surroundings.logged[1].find("is killed") != std::string::npos);
}
