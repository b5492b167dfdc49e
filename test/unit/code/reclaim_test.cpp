// Claims about when borrowed code is freed and what keeps it, and about -on_load functions.
#include <cstring>

#include "test/unit/code/peers.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr const char* peer = "peer@host";
constexpr std::int64_t soon = 2'000, later = 200'000;  // milliseconds

struct Lenders : Peers {
  void leave() {
    surroundings.is_connected = false;
    machine.peer_leaves();
  }
  void come_back() {
    surroundings.is_connected = true;
    machine.peer_returns(Atom::of(peer));
  }
  std::size_t instances() { return machine.registry().instance_count(); }
  std::size_t literals() { return machine.registry().literals().used_bytes(); }
  void send_stop(Term pid) {
    processes.signals().send_message({}, processes.table().pid_of(*processes.table().find(pid)),
                                     OwnedTerm::copy_of(Term::atom(Atom::of("stop"))));
    run();
  }
  Term second() { return processes.table().all().at(1); }  // the first process is the watcher
};

// The module `versioned` with another atom as its version, and therefore another MD5.
Buffer version(int number) {
  auto file = *file_contents(test_modules() + "/old/versioned.beam");
  auto text = std::to_string(1'000 + number);  // the last three digits become the atom
  for (std::size_t at = 0; at + 3 <= file.size(); ++at)
    if (std::memcmp(file.data() + at, "old", 3) == 0) std::memcpy(file.data() + at, text.data() + 1, 3);
  return file;
}

Term fun_of(Heap& heap, const ModuleInstance& instance) {
  constexpr std::size_t words = offsetof(FunObject, free_variables) / sizeof(Word);
  auto* fun = reinterpret_cast<FunObject*>(heap.allocate(words));
  *fun = {};
  fun->header = box_header(Kind::fun, words - 1);
  fun->code = const_cast<FunEntry*>(&instance.funs[0]);
  fun->module = Term::atom(instance.image->module);
  fun->old_uniq = fun->creator = Term::small(0);
  return box_at(reinterpret_cast<Word*>(fun));
}

}  // namespace

TEST_CASE("reclaiming: a realm ends when its peer is gone and nothing refers to it", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,versioned,version,[]]");
  world.lend(world.question_for("versioned"), "versioned", test_modules() + "/old/versioned.beam");
  CHECK(world.instances() > 0);
  CHECK(world.machine.registry().code_bytes() > 0);
  world.leave();
  world.pass(soon);
  CHECK(world.instances() == 0);
  CHECK(world.literals() == 0);
  CHECK(world.machine.registry().code_bytes() == 0);
  CHECK_FALSE(world.machine.registry().has_suspects());
}

TEST_CASE("reclaiming: a frame keeps its code, and the realm that it will call", "[code]") {
  Lenders world;
  world.start(peer, "keeper", "wait", "[]");
  Term pid = world.second();
  world.lend(world.question_for("keeper"), "keeper", test_modules() + "/keeper.beam");
  world.leave();
  world.pass(soon);
  world.pass(later);
  REQUIRE(world.processes.table().find(pid));
  CHECK(world.instances() > 0);
  world.send_stop(pid);
  CHECK(world.processes.table().find(pid) == nullptr);
  world.pass(later);
  CHECK(world.instances() == 0);
  CHECK(world.literals() == 0);
}

TEST_CASE("reclaiming: a fun keeps its code, in a heap and in a mailbox", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,versioned,callback,[]]");
  world.lend(world.question_for("versioned"), "versioned", test_modules() + "/old/versioned.beam");
  auto* instance =
      world.machine.registry().find(world.machine.registry().realm(Atom::of(peer)), Atom::of("versioned"));
  REQUIRE(instance);
  Heap heap;
  Term fun = fun_of(heap, *instance);
  Process* waiting = world.processes.spawner().spawn(nullptr, Atom::of("timer"), Atom::of("sleep"),
                                                     make_list(heap, {Term::atom(Atom::of("infinity"))}), {});
  REQUIRE(waiting);
  Term keeper = waiting->self();
  world.run();
  world.processes.signals().send_message({}, world.processes.table().pid_of(*waiting),
                                         OwnedTerm::copy_of(fun));
  world.leave();
  world.pass(soon);
  CHECK(world.machine.registry().instance_by_id(instance->id) == instance);
  world.processes.exits().exit(*world.processes.table().find(keeper), Term::atom(atoms::killed));
  world.run();
  world.pass(later);
  CHECK_FALSE(world.machine.registry().has_suspects());
}

TEST_CASE("reclaiming: a fun that is only in a table, or is a persistent term, keeps its code", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,versioned,callback,[]]");
  world.lend(world.question_for("versioned"), "versioned", test_modules() + "/old/versioned.beam");
  auto& registry = world.machine.registry();
  auto* instance = registry.find(registry.realm(Atom::of(peer)), Atom::of("versioned"));
  REQUIRE(instance);
  auto id = instance->id;
  Term key = Term::atom(Atom::of("key"));
  auto& tables = world.machine.access().tables;
  tables::Table* table = nullptr;
  bool in_table = GENERATE(true, false);
  CAPTURE(in_table);
  {
    Heap heap;
    Term fun = fun_of(heap, *instance);
    if (in_table) {
      table =
          tables.make(world.processes.this_node().make_reference(), Atom::of("kept"), local_pid(9'999, 0), {})
              .table;
      REQUIRE(table);
      table->insert(make_tuple(heap, {key, fun}));
    } else {
      REQUIRE(world.machine.access().persistent_terms.put(key, fun));
    }
  }
  world.leave();
  world.pass(soon);
  world.pass(later);
  CHECK(registry.instance_by_id(id) == instance);
  if (in_table)
    tables.remove(*table);
  else
    CHECK(world.machine.access().persistent_terms.erase(key));
  world.pass(later);
  CHECK(registry.instance_by_id(id) == nullptr);
  CHECK_FALSE(registry.has_suspects());
}

TEST_CASE("reclaiming: the literals of code that runs stay", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,keeper,constants,[]]");
  Term pid = world.second();
  world.lend(world.question_for("keeper"), "keeper", test_modules() + "/keeper.beam");
  world.leave();
  world.pass(later);
  world.send_stop(pid);
  CHECK(world.outcome(0) == "{r,return,[a,{literal,[116,101,120,116]}]}");
}

TEST_CASE("reclaiming: a peer that returns a thousand times with other versions takes no more room",
          "[code]") {
  Lenders world;
  std::size_t most = 0;
  for (int i = 0; i < 1'000; ++i) {
    world.surroundings.sent.clear();
    world.come_back();
    if (world.comparisons().empty())  // the realm is new and has no modules to compare
      world.start(peer, "erpc", "execute_call", "[r,versioned,version,[]]");
    else
      world.answer(world.comparisons().at(0), *parse_text("{r,return,<<0>>}"));
    world.lend_bytes(world.question_for("versioned"), "versioned", version(i));
    world.start(peer, "erpc", "execute_call", "[r,versioned,version,[]]");
    world.leave();
    world.pass(soon / 4);
    most = std::max(most, world.instances());
  }
  CHECK(*world.watchers.back() == "{r,return,'999'}");
  CHECK(most < 50);
}

TEST_CASE("on_load: the function runs before any other, and then waiting processes continue", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,starter,value,[]]");
  world.lend(world.question_for("starter"), "starter", test_modules() + "/ok/starter.beam");
  CHECK(world.outcome(0) == "{r,return,42}");
}

TEST_CASE("on_load: if the function does not return ok the module does not exist", "[code]") {
  Lenders world;
  world.start(peer, "erpc", "execute_call", "[r,starter,value,[]]");
  world.lend(world.question_for("starter"), "starter", test_modules() + "/refused/starter.beam");
  CHECK(world.outcome(0) == "{r,error,undef,[{starter,value,[],[]}]}");
  CHECK(world.surroundings.logged.size() == 1);
}

TEST_CASE("on_load: a module of the code path runs it, too", "[code]") {
  World world{{.code_path = {test_modules() + "/ok"}}};
  CHECK(world.call("starter", "value", "[]") == "42");
  World other{{.code_path = {test_modules() + "/refused"}}};
  CHECK(other.call("starter", "value", "[]") == "{r,error,undef,[{starter,value,[],[]}]}");
}
