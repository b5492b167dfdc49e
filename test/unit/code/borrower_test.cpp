// Claims about Borrower, which asks peers for modules: which peer, how often, and which answers it takes.
#include "test/unit/catch.h"

#include <cstring>

#include "noderuntime/beam/loader.h"
#include "test/unit/code/peers.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr const char* peer = "peer@host";
const std::string basic = test_modules() + "/basic.beam";

// A fun whose module is not loaded, without arguments and free variables.
Term unbound_fun(Heap& heap) {
  constexpr std::size_t words = offsetof(FunObject, free_variables) / sizeof(Word);
  Word* box = heap.allocate(words);
  FunObject fixed{};
  fixed.header = box_header(Kind::fun, words - 1);
  fixed.old_uniq = fixed.creator = Term::small(0);
  std::memcpy(static_cast<void*>(box), &fixed, words * sizeof(Word));
  return box_at(box);
}

std::string call(const std::string& arguments) { return "[r,basic,fib,[" + arguments + "]]"; }

}  // namespace

TEST_CASE("borrowing: the peer is asked for what its process calls, and the call goes on", "[code]") {
  Peers world;
  world.start(peer, "erpc", "execute_call", call("10"));
  REQUIRE(world.questions().size() == 1);
  CHECK(world.questions()[0].node == Atom::of(peer));
  CHECK(world.questions()[0].arguments == "[code,get_object_code,[basic]]");
  CHECK(world.outcome(0) == "no answer");
  world.lend(world.questions()[0], "basic", basic);
  CHECK(world.outcome(0) == "{r,return,55}");
}

namespace {

// A question for `basic`, answered by a file so large that it is loaded in slices, which are short here.
struct LargeFile : Peers {
  LargeFile() : Peers{{.slice = 10}} {
    start(peer, "erpc", "execute_call", ::call("10"));
    REQUIRE(questions().size() == 1);
    auto file = *file_contents(basic);
    auto put = [&](std::size_t at, std::size_t value) {
      for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<Byte>(value >> (8 * (3 - i)));
    };
    auto begin = file.size();  // a chunk that means nothing
    file.resize(begin + 8 + Borrower::large_file);
    std::memcpy(file.data() + begin, "Fill", 4);
    put(begin + 4, Borrower::large_file);
    put(4, file.size() - 8);
    deliver_bytes(questions()[0], "basic", file);
  }
  ModuleInstance* found() {
    return machine.registry().find(machine.registry().realm(Atom::of(peer)), Atom::of("basic"));
  }
};

}  // namespace

TEST_CASE("borrowing: a large file is loaded in time slices, and others run in between", "[code]") {
  LargeFile world;
  int turns = 0;
  for (; !world.found() && turns < 10'000; ++turns) world.processes.scheduler().run(1);
  CHECK(turns > 20);
  world.pass(Borrower::time_limit + 1);
  CHECK(world.outcome(0) == "{r,return,55}");
  CHECK(world.asked("basic") == 1);
}

TEST_CASE("borrowing: while a large file is loaded nobody else is asked, however long it takes", "[code]") {
  LargeFile world;
  for (int turns = 0; turns < 10; ++turns) world.processes.scheduler().run(1);
  for (int i = 0; i < 5; ++i) {
    world.surroundings.now_milliseconds += Borrower::patience + 1;
    world.processes.timers().advance(world.surroundings.now_milliseconds);
  }
  CHECK(!world.found());
  CHECK(world.asked("basic") == 1);
  world.run();
  CHECK(world.outcome(0) == "{r,return,55}");
}

TEST_CASE("borrowing: a version that is pushed while a large file is loaded is the one that counts",
          "[code]") {
  LargeFile world;
  for (int turns = 0; turns < 10; ++turns) world.processes.scheduler().run(1);
  REQUIRE(!world.found());
  auto& registry = world.machine.registry();
  auto pushed = registry.load_binary(registry.home(), *file_contents(basic));
  REQUIRE(pushed);
  world.run();
  CHECK(world.outcome(0) == "{r,return,55}");
  CHECK(world.found() == *pushed);
}

TEST_CASE("borrowing: a node may end while it loads a large file", "[code]") {
  auto held = held_memory.used();
  {
    LargeFile world;
    for (int turns = 0; turns < 10; ++turns) world.processes.scheduler().run(1);
    REQUIRE(!world.found());
  }
  CHECK(held_memory.used() == held);
}

TEST_CASE("borrowing: one question for all calling processes", "[code]") {
  Peers world;
  for (int i = 0; i < 200; ++i) world.start(peer, "erpc", "execute_call", call("5"));
  CHECK(world.questions().size() == 1);
  world.lend(world.questions()[0], "basic", basic);
  for (std::size_t i = 0; i < 200; ++i) CHECK(world.outcome(i) == "{r,return,5}");
  world.start(peer, "erpc", "execute_call", call("6"));
  CHECK(world.outcome(200) == "{r,return,8}");
  CHECK(world.asked("basic") == 1);
}

TEST_CASE(
    "borrowing: what the module imports is asked for ahead, and the imports of what nobody calls are not",
    "[code]") {
  Peers world;
  world.start(peer, "erpc", "execute_call", "[r,first,run,[1]]");
  world.lend(world.question_for("first"), "first", test_modules() + "/first.beam");
  REQUIRE(world.asked("second") == 1);
  REQUIRE(world.asked("side") == 1);
  world.lend(world.question_for("side"), "side", test_modules() + "/side.beam");
  CHECK(world.asked("unused") == 0);
  world.lend(world.question_for("second"), "second", test_modules() + "/second.beam");
  CHECK(world.asked("second") == 1);
  CHECK(world.asked("third") == 1);
}

TEST_CASE("borrowing: a message does not end the wait", "[code]") {
  Peers world;
  world.start(peer, "basic", "fib", "[3]");
  for (Term pid : world.processes.table().all())
    if (auto* process = world.processes.table().find(pid); process->origin == Atom::of(peer))
      world.processes.signals().send_message({}, world.processes.table().pid_of(*process),
                                             *parse_text("hello"));
  world.run();
  CHECK(world.outcome(0) == "no answer");
  CHECK(world.questions().size() == 1);
  world.lend(world.questions()[0], "basic", basic);
  CHECK(world.outcome(0) == "normal");
}

TEST_CASE("borrowing: what the peer lacks is undef, and is not asked for again for a while", "[code]") {
  Peers world;
  world.start(peer, "erpc", "execute_call", "[r,nosuch,f,[1]]");
  world.have_nothing(world.questions().at(0));
  CHECK(world.outcome(0) == "{r,error,undef,[{nosuch,f,[1],[]}]}");
  world.start(peer, "erpc", "execute_call", "[r,nosuch,f,[1]]");
  CHECK(world.outcome(1) == "{r,error,undef,[{nosuch,f,[1],[]}]}");
  CHECK(world.questions().size() == 1);
  world.pass(ModuleRegistry::absence);
  world.start(peer, "erpc", "execute_call", "[r,nosuch,f,[1]]");
  CHECK(world.questions().size() == 2);
}

TEST_CASE("borrowing: a module that the peer does not give in time is undef", "[code]") {
  Peers world;
  world.start(peer, "nosuch", "f", "[]");
  world.pass(Borrower::time_limit - 1);
  CHECK(world.outcome(0) == "no answer");
  world.pass(1);
  CHECK(world.outcome(0) == "{undef,[{nosuch,f,[],[]}]}");
}

TEST_CASE("borrowing: a module that a lost peer was asked for is undef", "[code]") {
  Peers world;
  world.start(peer, "nosuch", "f", "[]");
  world.surroundings.is_connected = false;
  world.processes.signals().node_down(Atom::of(peer));
  world.run();
  CHECK(world.outcome(0) == "{undef,[{nosuch,f,[],[]}]}");
}

TEST_CASE("borrowing: a damaged file, or another module's, is logged and is undef", "[code]") {
  Peers world;
  world.start(peer, "other", "f", "[]");
  world.lend(world.questions().at(0), "other", basic);
  CHECK(world.outcome(0) == "{undef,[{other,f,[],[]}]}");
  CHECK(world.surroundings.logged.size() == 1);
}

TEST_CASE("borrowing: each peer has its own version of a module at the same time", "[code]") {
  Peers world;
  world.start("old@host", "erpc", "execute_call", "[r,versioned,version,[]]");
  world.start("new@host", "erpc", "execute_call", "[r,versioned,version,[]]");
  REQUIRE(world.questions().size() == 2);
  world.lend(world.questions()[0], "versioned", test_modules() + "/old/versioned.beam");
  world.lend(world.questions()[1], "versioned", test_modules() + "/new/versioned.beam");
  CHECK(world.outcome(0) == "{r,return,old}");
  CHECK(world.outcome(1) == "{r,return,new}");
  world.start("old@host", "erpc", "execute_call", "[r,versioned,version,[]]");
  CHECK(world.outcome(2) == "{r,return,old}");
}

TEST_CASE("borrowing: a fun waits for its module; another MD5 is badfun and is asked for once", "[code]") {
  Peers world;
  LiteralSpace space;
  auto image = load(*file_contents(test_modules() + "/new/versioned.beam"), space);
  REQUIRE(image);
  Heap heap;
  auto call_fun = [&](std::uint8_t damage) {
    Term fun = unbound_fun(heap);
    auto* object = box_as<FunObject>(fun);
    auto& lambda = (*image)->lambdas.at(0);
    std::copy((*image)->md5.begin(), (*image)->md5.end(), object->uniq);
    object->uniq[0] ^= damage;
    object->index = lambda.index;
    object->module = Term::atom(Atom::of("versioned"));
    SpawnOptions options;
    options.origin = Atom::of(peer);
    Term arguments = make_list(heap, {fun, Term::nil()});
    Term pid = world.spawn(Atom::of("erlang"), Atom::of("apply"), arguments, options)->self();
    world.run();
    return pid;
  };
  Term good = call_fun(0);
  REQUIRE(world.questions().size() == 1);
  CHECK(world.processes.table().find(good));
  world.lend(world.questions()[0], "versioned", test_modules() + "/new/versioned.beam");
  CHECK_FALSE(world.processes.table().find(good));
  CHECK(world.crashes.empty());

  Term bad = call_fun(1);
  REQUIRE(world.questions().size() == 2);
  world.lend(world.questions()[1], "versioned", test_modules() + "/new/versioned.beam");
  CHECK_FALSE(world.processes.table().find(bad));
  REQUIRE(world.crashes.size() == 1);
  CHECK(world.crashes[0].starts_with("{{badfun,"));
  call_fun(1);
  CHECK(world.crashes.size() == 2);
  CHECK(world.questions().size() == 2);
}

TEST_CASE("borrowing: modules that belong to the node are not asked for", "[code]") {
  Peers world;
  world.start(peer, "prim_socket", "list_dir", "[a]");
  CHECK(world.questions().empty());
  CHECK(world.outcome(0) == "{undef,[{prim_socket,list_dir,[a],[]}]}");
}

TEST_CASE("borrowing: without borrow_code the node finds only its own modules", "[code]") {
  World world;
  world.surroundings.is_connected = true;
  CHECK(&world.machine.registry().realm(Atom::of(peer)) == &world.machine.registry().home());
  CHECK(world.call("basic", "fib", "[1]") == "{r,error,undef,[{basic,fib,[1],[]}]}");
}
