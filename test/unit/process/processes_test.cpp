// Claims about Processes: pids, names, the table of processes, and turns of the scheduler.
#include "noderuntime/functions/native.h"
#include "test/unit/process/world.h"

#include <stdexcept>

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("processes: a message to a pid arrives, to a dead pid it is dropped", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  CHECK(world.processes.signals().send(*a.process, b.pid, World::atom("hello")) == SignalRouter::Sent::ok);
  world.run();
  CHECK(text(*b.log) == "hello");
  world.stop(b, Term::atom(atoms::normal));
  CHECK_FALSE(world.alive(b));
  CHECK(world.processes.signals().send(*a.process, b.pid, World::atom("again")) == SignalRouter::Sent::ok);
}

TEST_CASE("processes: a pid of an ended process never means another one", "[process]") {
  World world;
  auto first = world.actor();
  world.stop(first, Term::atom(atoms::normal));
  for (int i = 0; i < 3000; ++i) {
    auto next = world.actor();
    REQUIRE_FALSE(next.pid == first.pid);
    world.stop(next, Term::atom(atoms::normal));
    world.logs.clear();
  }
  CHECK(world.processes.table().find(first.pid) == nullptr);
  CHECK(world.processes.table().count() == 0);
}

TEST_CASE("processes: the table has a bound and works on when places are free again", "[process]") {
  World world;
  Processes small{world.self, world.surroundings, {.processes = 2}};
  std::vector<OwnedTerm> log;
  auto spawn = [&] {
    return small.spawner().spawn(nullptr, std::make_unique<Recorder>(small.signals(), log), {});
  };
  Process* first = spawn();
  REQUIRE(first);
  REQUIRE(spawn());
  CHECK(spawn() == nullptr);
  small.exits().exit(*first, Term::atom(atoms::normal));
  while (small.scheduler().has_runnable()) small.scheduler().run(10);
  CHECK(spawn() != nullptr);
}

TEST_CASE("processes: a name belongs to one process and is free when it ends", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  Atom name = Atom::of("server");
  CHECK(world.processes.names().register_name(name, *a.process));
  CHECK_FALSE(world.processes.names().register_name(name, *b.process));
  CHECK_FALSE(world.processes.names().register_name(Atom::of("other"), *a.process));
  CHECK_FALSE(world.processes.names().register_name(atoms::undefined, *b.process));
  CHECK(world.processes.names().whereis(name) == a.process);
  CHECK(world.processes.signals().send(*b.process, Term::atom(name), World::atom("hi")) ==
        SignalRouter::Sent::ok);
  world.run();
  CHECK(text(*a.log) == "hi");
  world.stop(a, Term::atom(atoms::normal));
  CHECK(world.processes.names().whereis(name) == nullptr);
  CHECK(world.processes.signals().send(*b.process, Term::atom(name), World::atom("hi")) ==
        SignalRouter::Sent::badarg);
  CHECK(world.processes.names().register_name(name, *b.process));
}

TEST_CASE("processes: a handler that throws ends its process and no other", "[process]") {
  struct Thrower final : NativeBody {
    using NativeBody::NativeBody;
    void on_message(Process&, Term) override { throw std::runtime_error{"broken"}; }
  };
  World world;
  auto watcher = world.actor();
  Process* thrower =
      world.processes.spawner().spawn(nullptr, std::make_unique<Thrower>(world.processes.signals()), {});
  REQUIRE(world.processes.signals().monitor(*watcher.process, thrower->self(), {}));
  world.processes.signals().send(*watcher.process, thrower->self(), World::atom("go"));
  world.run();
  REQUIRE(watcher.log->size() == 1);
  CHECK(to_text(watcher.log->at(0).term().element(4)).find("native_exception") != std::string::npos);
  CHECK(world.alive(watcher));
}

TEST_CASE("processes: one that exceeds its heap is killed", "[process]") {
  struct Glutton final : NativeBody {
    using NativeBody::NativeBody;
    void on_message(Process& self, Term) override {
      for (;;) make_cons(self.heap, Term::nil(), Term::nil());
    }
  };
  World world;
  auto watcher = world.actor();
  SpawnOptions options;
  options.max_heap_words = 10'000;
  Process* glutton =
      world.processes.spawner().spawn(nullptr, std::make_unique<Glutton>(world.processes.signals()), options);
  world.processes.signals().monitor(*watcher.process, glutton->self(), {});
  world.processes.signals().send(*watcher.process, glutton->self(), World::atom("eat"));
  world.run();
  REQUIRE(watcher.log->size() == 1);
  CHECK(watcher.log->at(0).term().element(4).is(atoms::killed));
}

TEST_CASE("processes: messages exceed a heap at once, unless its body counts them when it collects",
          "[process]") {
  struct Collects final : Body {
    ErlangState state;
    Next run(Process&, int&) override { return Next::wait; }
    ErlangState* erlang_state() override { return &state; }
  };
  struct Waits final : Body {
    Next run(Process&, int&) override { return Next::wait; }
  };
  World world;
  auto sender = world.actor();
  SpawnOptions options;
  options.max_heap_words = 1000;
  auto spawn = [&](std::unique_ptr<Body> body) {
    return world.processes.spawner().spawn(nullptr, std::move(body), options)->self();
  };
  Term collects = spawn(std::make_unique<Collects>()), waits = spawn(std::make_unique<Waits>());
  Heap heap;
  Term list = Term::nil();
  for (int i = 0; i < 1000; ++i) list = make_cons(heap, Term::small(i), list);
  for (Term pid : {collects, waits}) world.processes.signals().send(*sender.process, pid, list);
  world.run();
  CHECK(world.processes.table().find(collects) != nullptr);
  CHECK(world.processes.table().find(waits) == nullptr);
}

TEST_CASE("processes: a flood into one mailbox does not keep the others from their turns", "[process]") {
  World world;
  auto busy = world.actor(), other = world.actor();
  for (int i = 0; i < 5'000; ++i) world.processes.signals().send(*other.process, busy.pid, Term::small(i));
  world.processes.signals().send(*busy.process, other.pid, World::atom("now"));
  world.processes.scheduler().run(2);
  CHECK(text(*other.log) == "now");
  CHECK(busy.log->size() < 5'000);
  world.run();
  CHECK(busy.log->size() == 5'000);
}

namespace {

// Never waits, and notes each of its time slices.
class Restless final : public Body {
 public:
  Restless(std::string& slices, char letter) : slices_{slices}, letter_{letter} {}
  Next run(Process&, int& budget) override {
    budget = 0;
    slices_ += letter_;
    return Next::again;
  }

 private:
  std::string& slices_;
  char letter_;
};

}  // namespace

TEST_CASE("processes: those of priority max and high run before others; low ones get an eighth",
          "[process]") {
  World world;
  std::string slices;
  auto start = [&](Atom priority, char letter) {
    SpawnOptions options;
    options.settings.emplace().priority = priority;
    return world.processes.spawner()
        .spawn(nullptr, std::make_unique<Restless>(slices, letter), options)
        ->self();
  };
  auto run = [&](int count) {
    slices.clear();
    world.processes.scheduler().run(count);
    return slices;
  };
  auto count = [&](char letter) { return std::count(slices.begin(), slices.end(), letter); };
  auto end = [&](Term pid) {
    world.processes.exits().exit(*world.processes.table().find(pid), World::atom("kill"));
  };

  auto low = start(atoms::low, 'l');
  CHECK(run(3) == "lll");
  start(atoms::normal, 'n');
  run(900);
  CHECK(count('l') == 100);
  start(atoms::normal, 'm');
  run(1'700);
  CHECK(count('l') == 100);
  CHECK(count('n') == 800);
  auto other = start(atoms::low, 'k');
  run(900);
  CHECK(count('l') == 50);
  CHECK(count('k') == 50);
  end(other);
  auto high = start(atoms::high, 'h');
  CHECK(run(4) == "hhhh");
  auto max = start(atoms::max, 'x');
  CHECK(run(4) == "xxxx");
  end(max);
  CHECK(run(2).ends_with("h"));
  auto settings = world.processes.table().find(high)->settings();
  settings.priority = atoms::low;
  world.processes.table().apply(settings, *world.processes.table().find(high));
  run(1'800);
  CHECK(count('l') == 100);
  CHECK(count('h') <= 101);
  end(low);
}

TEST_CASE("processes: a timeout wakes the process, and not when it was cancelled", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  world.processes.scheduler().set_timeout(*a.process, 50);
  world.processes.scheduler().set_timeout(*b.process, 50);
  world.processes.scheduler().cancel_timeout(*b.process);
  world.processes.timers().advance(world.surroundings.now_milliseconds + 10);
  CHECK_FALSE(a.process->timed_out);
  world.processes.timers().advance(world.surroundings.now_milliseconds + 60);
  CHECK(a.process->timed_out);
  CHECK_FALSE(b.process->timed_out);
}

TEST_CASE("processes: a sender to a busy connection is held back until it has drained", "[process]") {
  World world;
  auto a = world.actor();
  struct Chatter final : NativeBody {
    using NativeBody::NativeBody;
    void on_message(Process& self, Term message) override {
      send(self, make_tuple(self.heap, {Term::atom(Atom::of("sink")), Term::atom(peer_node)}), message);
    }
  };
  Process* chatter =
      world.processes.spawner().spawn(nullptr, std::make_unique<Chatter>(world.processes.signals()), {});
  world.run();
  world.surroundings.busy = true;
  world.processes.signals().send(*a.process, chatter->self(), Term::small(1));
  world.run();
  CHECK(world.surroundings.sent.size() == 1);
  world.processes.signals().send(*a.process, chatter->self(), Term::small(2));
  world.run();
  CHECK(world.surroundings.sent.size() == 1);
  world.surroundings.busy = false;
  world.processes.scheduler().node_drained(peer_node);
  world.run();
  CHECK(world.surroundings.sent.size() == 2);
}

TEST_CASE(
    "processes: a suspended process gets messages and does not run before each suspender has resumed it",
    "[process]") {
  World world;
  auto a = world.actor(), b = world.actor(), held = world.actor();
  auto& scheduler = world.processes.scheduler();
  CHECK(scheduler.suspend(*held.process, *a.process, true));
  CHECK(scheduler.suspend(*held.process, *a.process, true));
  CHECK(scheduler.suspend(*held.process, *b.process, true));
  CHECK_FALSE(scheduler.suspend(*held.process, *b.process, false));
  world.processes.signals().send(*a.process, held.pid, Term::small(1));
  world.run();
  CHECK(held.process->suspended());
  CHECK(held.log->empty());
  CHECK(held.process->mailbox.size() == 1);
  CHECK(scheduler.resume(world.pid(held), *a.process));
  CHECK(scheduler.resume(world.pid(held), *a.process));
  CHECK_FALSE(scheduler.resume(world.pid(held), *a.process));
  world.run();
  CHECK(held.log->empty());
  CHECK(scheduler.resume(world.pid(held), *b.process));
  world.run();
  CHECK(held.log->size() == 1);
}

TEST_CASE("processes: the end of a suspender resumes, and a suspended process can be killed", "[process]") {
  World world;
  auto a = world.actor(), held = world.actor(), killed = world.actor();
  auto& scheduler = world.processes.scheduler();
  CHECK(scheduler.suspend(*held.process, *a.process, true));
  CHECK(scheduler.suspend(*killed.process, *a.process, true));
  world.processes.signals().send(*a.process, held.pid, Term::small(1));
  world.processes.exits().exit(*killed.process, World::atom("kill"));
  world.run();
  CHECK_FALSE(world.alive(killed));
  CHECK_FALSE(scheduler.resume(world.pid(killed), *a.process));
  CHECK(held.log->empty());
  world.stop(a, World::atom("done"));
  world.run();
  CHECK(held.log->size() == 1);
  CHECK_FALSE(held.process->suspended());
}

TEST_CASE("processes: references of ours have three words, the first below 2^18, and differ", "[process]") {
  World world;
  auto first = world.processes.this_node().make_reference();
  for (int i = 0; i < 300'000; ++i) {
    auto next = world.processes.this_node().make_reference();
    REQUIRE(next.count == 3);
    REQUIRE(next.words[0] < (1u << 18));
    REQUIRE_FALSE(next == first);
  }
}
