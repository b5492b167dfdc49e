// Claims about the settings of process_flag/2 and spawn_opt, and about monitor_node/2.
#include "noderuntime/process/settings.h"

#include "noderuntime/term/map.h"
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("settings: a wrong value changes nothing", "[process]") {
  Settings settings;
  CHECK_FALSE(set_process_flag(settings, atoms::priority, World::atom("foo")));
  CHECK_FALSE(set_process_flag(settings, atoms::max_heap_size, Term::small(10)));
  CHECK_FALSE(set_process_flag(settings, atoms::save_calls, Term::small(10'001)));
  CHECK_FALSE(set_process_flag(settings, atoms::trap_exit, Term::boolean(true)));
  CHECK(settings.priority == atoms::normal);
  CHECK(settings.max_heap.words == 0);
}

TEST_CASE("settings: sizes of heaps are those that OTP's heaps have", "[process]") {
  Settings settings;
  for (auto [wanted, told] : {std::pair{0, 233}, {233, 233}, {234, 376}, {1000, 1598}, {100'000, 121'536}}) {
    REQUIRE(set_process_flag(settings, atoms::min_heap_size, Term::small(wanted)));
    CHECK(settings.min_heap_size == told);
  }
}

TEST_CASE("settings: a heap is bounded only where the process is to be killed", "[process]") {
  Heap heap;
  Settings settings;
  map::Entry entries[] = {{World::atom("kill"), Term::boolean(false)},
                          {World::atom("size"), Term::small(5000)}};
  REQUIRE(set_spawn_option(settings, atoms::max_heap_size, *map::from_entries(heap, entries)));
  CHECK(settings.heap_words() == Heap::unlimited);
  REQUIRE(set_spawn_option(settings, atoms::max_heap_size, Term::small(5000)));
  CHECK(settings.heap_words() == 5000);
}

TEST_CASE("settings: a process is spawned with them", "[process]") {
  World world;
  SpawnOptions options;
  REQUIRE(set_spawn_option(options.settings.emplace(), atoms::priority, Term::atom(atoms::high)));
  auto process = world.actor(nullptr, options);
  CHECK(process.process->settings().priority == atoms::high);
}

TEST_CASE("monitor_node: each call tells once that the connection is lost", "[process]") {
  World world;
  auto watcher = world.actor();
  for (int i = 0; i < 3; ++i) world.processes.signals().monitor_node(*watcher.process, peer_node, true);
  world.processes.signals().monitor_node(*watcher.process, peer_node, false);
  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(text(*watcher.log) == "{nodedown,peer@there} {nodedown,peer@there}");
  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(watcher.log->size() == 2);
}

TEST_CASE("monitor_node: that net_kernel is not there tells nothing", "[process]") {
  World world;
  auto watcher = world.actor();
  world.processes.signals().monitor_node(*watcher.process, peer_node, true);
  auto reference = world.only_sent<signal::Monitor>()->reference;
  world.deliver(signal::Down{atoms::net_kernel, world.pid(watcher), reference, Term::atom(atoms::noproc)});
  CHECK(watcher.log->empty());
  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(text(*watcher.log) == "{nodedown,peer@there}");
}

TEST_CASE("monitor_node: no peer says that the connection is lost", "[process]") {
  World world;
  auto watcher = world.actor();
  world.processes.signals().monitor_node(*watcher.process, peer_node, true);
  auto reference = world.only_sent<signal::Monitor>()->reference;
  world.deliver(signal::Down{atoms::net_kernel, world.pid(watcher), reference,
                             Term::atom(atoms::noconnection), peer_node});
  CHECK(watcher.log->empty());
  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(text(*watcher.log) == "{nodedown,peer@there}");
}

TEST_CASE("spawn requests: an answer to one that was abandoned ends the child", "[process]") {
  World world;
  Heap heap;
  auto asker = world.actor();
  Term options = make_list(heap, {Term::atom(atoms::link)});
  auto request = world.processes.signals().spawn_request(*asker.process, peer_node, atoms::lists,
                                                         atoms::apply, Term::nil(), options);
  REQUIRE(request);
  CHECK(world.processes.signals().abandon_spawn_request(*asker.process, *request));
  CHECK_FALSE(world.processes.signals().abandon_spawn_request(*asker.process, *request));
  world.surroundings.sent.clear();
  world.deliver(signal::SpawnReply{*request, world.pid(asker), signal::SpawnReply::link, world.remote(5)});
  CHECK(asker.log->empty());
  auto* exit = world.only_sent<signal::Exit>();
  REQUIRE(exit);
  CHECK(to_text(exit->reason) == "abandoned");
}

TEST_CASE("processes: memory that is refused ends the process and no other", "[process]") {
  struct Greedy final : Body {
    Next run(Process&, int&) override { throw std::bad_alloc{}; }
  };
  World world;
  auto watcher = world.actor();
  Process* greedy = world.processes.spawner().spawn(nullptr, std::make_unique<Greedy>(), {});
  world.processes.signals().monitor(*watcher.process, greedy->self(), {});
  world.run();
  REQUIRE(watcher.log->size() == 1);
  CHECK(watcher.log->at(0).term().element(4).is(atoms::killed));
}
