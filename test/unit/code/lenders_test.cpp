// Claims about code that outlives its lender: the lender goes, hangs, comes back, or is replaced by another
// program.
#include "test/unit/code/peers.h"
#include "test/unit/faults.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr const char *a = "a@host", *b = "b@host", *c = "c@host";
const std::string old_version = test_modules() + "/old/versioned.beam",
                  new_version = test_modules() + "/new/versioned.beam";

struct Lenders : Peers {
  Lenders() {
    for (auto* name : {a, b, c}) {
      surroundings.nodes.push_back(Atom::of(name));
      surroundings.away.insert(Atom::of(name));
    }
  }
  void come(const char* name) {
    surroundings.away.erase(Atom::of(name));
    machine.peer_returns(Atom::of(name));
    run();
  }
  void leave(const char* name) {
    surroundings.away.insert(Atom::of(name));
    processes.signals().node_down(Atom::of(name));
    machine.peer_leaves();
    run();
  }
  // From now on another program has the name of the node.
  void change(const char* name) { surroundings.creations[Atom::of(name)] = Creation{++creation_}; }
  void ask_version(const char* name) { start(name, "erpc", "execute_call", "[r,versioned,version,[]]"); }
  void call(const char* name, const char* module) {
    start(name, "erpc", "execute_call", std::string{"[r,"} + module + ",f,[]]");
  }
  // The number of questions for the module that the peer has been sent.
  std::size_t asked(const char* name, const std::string& module) const {
    std::size_t count = 0;
    for (auto& question : questions())
      count +=
          question.node == Atom::of(name) && question.arguments == "[code,get_object_code,[" + module + "]]";
    return count;
  }
  Question last_question() const { return questions().back(); }
  void is_of_release(const char* name, const std::string& release) {
    for (auto& meeting : meetings())
      if (meeting.node == Atom::of(name)) answer(meeting, *parse_text("{r,return,\"" + release + "\"}"));
  }
  // Lends a module of `a`, which a process then uses.
  void a_lends() {
    come(a);
    ask_version(a);
    lend(last_question(), "versioned", old_version);
    is_of_release(a, "25");
    keeper_ = start(a, "timer", "sleep", "[infinity]");
    REQUIRE(outcome(0) == "{r,return,old}");
  }
  std::string version_of_a() {
    ask_version(a);
    return outcome(watchers.size() - 1);
  }
  std::size_t last() const { return watchers.size() - 1; }
  Realm& realm(const char* name) { return machine.registry().realm(Atom::of(name)); }

 private:
  std::uint32_t creation_ = 1;
  Term keeper_;
};

}  // namespace

TEST_CASE("lenders: borrowed code stays when its lender ends, and serves a new node of that name at once",
          "[code]") {
  Lenders world;
  world.a_lends();
  world.leave(a);
  world.change(a);
  world.come(a);
  auto asked = world.questions().size();
  CHECK(world.version_of_a() == "{r,return,old}");
  CHECK(world.questions().size() == asked);
}

TEST_CASE("lenders: a peer that returns is compared, while calls go on", "[code]") {
  Lenders world;
  world.a_lends();
  world.leave(a);
  world.come(a);
  REQUIRE(world.comparisons().size() == 1);
  auto comparison = world.comparisons()[0];
  CHECK(comparison.arguments == "[erlang,get_module_info,[versioned,md5]]");
  auto* before = world.realm(a).find(Atom::of("versioned"));
  CHECK(world.version_of_a() == "{r,return,old}");

  SECTION("the same MD5: nothing changes, and nothing else is asked") {
    auto asked = world.questions().size();
    Heap heap;
    Term md5 = make_binary(heap, std::span<const std::uint8_t>{before->image->md5});
    Term reason = make_tuple(heap, {Term::nil(), Term::atom(atoms::return_), md5});
    world.answer(comparison, {std::move(heap), reason});
    CHECK(world.questions().size() == asked);
    CHECK(world.realm(a).find(Atom::of("versioned")) == before);
  }
  SECTION("it is not loaded there, but the file is the same: nothing changes") {
    world.answer(comparison, *parse_text("{r,error,badarg,[]}"));
    world.lend(world.last_question(), "versioned", old_version);
    CHECK(world.realm(a).find(Atom::of("versioned")) == before);
  }
  SECTION("another MD5 and another file: the new version takes over") {
    world.answer(comparison, *parse_text("{r,return,<<1,2,3>>}"));
    CHECK(world.version_of_a() == "{r,return,old}");
    world.lend(world.last_question(), "versioned", new_version);
    CHECK(world.version_of_a() == "{r,return,new}");
    CHECK(world.machine.registry().instance_by_id(before->id) == before);
    world.pass(10'000);
    CHECK_FALSE(world.machine.registry().has_suspects());
  }
  SECTION("the peer does not have it: nothing changes") {
    world.answer(comparison, *parse_text("{r,error,badarg,[]}"));
    world.have_nothing(world.last_question());
    CHECK(world.version_of_a() == "{r,return,old}");
  }
  SECTION("the file is damaged, or another module's: nothing changes") {
    world.answer(comparison, *parse_text("{r,error,badarg,[]}"));
    world.lend(world.last_question(), "versioned", test_modules() + "/basic.beam");
    CHECK(world.version_of_a() == "{r,return,old}");
  }
  SECTION("no answer: nothing changes, until it is heard of again") {
    world.pass(Borrower::time_limit);
    CHECK(world.version_of_a() == "{r,return,old}");
    CHECK(world.realm(a).lender.silent);
    for (auto& meeting : world.meetings()) world.answer(meeting, *parse_text("{r,return,\"25\"}"));
    CHECK_FALSE(world.realm(a).lender.silent);
    CHECK(world.comparisons().size() == 2);
  }
  SECTION("the connection is lost meanwhile: nothing changes, and the next return compares again") {
    world.leave(a);
    CHECK(world.realm(a).find(Atom::of("versioned")) == before);
    world.come(a);
    CHECK(world.comparisons().size() == 2);
    world.answer(comparison, *parse_text("{r,return,<<1,2,3>>}"));  // after its time limit
    CHECK(world.realm(a).find(Atom::of("versioned")) == before);
  }
}

TEST_CASE("lenders: all new versions take over at once", "[code]") {
  Lenders world;
  world.come(a);
  world.start(a, "erpc", "execute_call", "[r,first,run,[0]]");
  for (auto* module : {"first", "side"})
    world.lend(world.question_for(module), module, test_modules() + "/" + std::string{module} + ".beam");
  world.ask_version(a);
  world.lend(world.question_for("versioned"), "versioned", old_version);
  world.start(a, "timer", "sleep", "[infinity]");
  world.leave(a);
  world.come(a);
  REQUIRE(world.comparisons().size() == 3);
  for (auto& comparison : world.comparisons()) {
    world.answer(comparison, *parse_text("{r,error,badarg,[]}"));
    CHECK(world.version_of_a() == "{r,return,old}");
    auto question = world.last_question();
    if (question.arguments == "[code,get_object_code,[versioned]]")
      world.lend(question, "versioned", new_version);
    else
      world.have_nothing(question);
  }
  CHECK(world.version_of_a() == "{r,return,new}");
}

TEST_CASE("lenders: when the lender is gone others are asked: the caller, then those of its release",
          "[code]") {
  Lenders world;
  world.a_lends();
  world.leave(a);
  for (auto* name : {b, c}) world.come(name);
  world.call(a, "nosuch");
  // The releases of the peers are not known, so the node asks for these first.
  CHECK(world.asked(b, "nosuch") + world.asked(c, "nosuch") == 0);
  world.is_of_release(b, "27");
  world.is_of_release(c, "25");
  CHECK(world.asked(b, "nosuch") == 0);
  CHECK(world.asked(c, "nosuch") == 1);
  world.have_nothing(world.last_question());
  CHECK(world.outcome(world.last()) == "{r,error,undef,[{nosuch,f,[],[]}]}");
}

TEST_CASE("lenders: a process of another peer has that peer's help, whatever its release", "[code]") {
  Lenders world;
  world.come(a);
  Heap heap;
  auto file = *file_contents(test_modules() + "/first.beam");
  Term arguments = make_list(heap, {Term::atom(Atom::of("first")), Term::nil(), make_binary(heap, file)});
  SpawnOptions options;
  options.origin = Atom::of(a);
  world.spawn(Atom::of("code"), Atom::of("load_binary"), arguments, options);
  world.run();
  world.leave(a);
  world.come(b), world.come(c);
  world.start(c, "erpc", "execute_call", "[r,first,run,[0]]");
  CHECK(world.asked(c, "side") == 1);
  CHECK(world.asked(b, "side") == 0);
  world.lend(world.question_for("side"), "side", test_modules() + "/side.beam");
  CHECK(world.asked(c, "unused") == 1);
}

TEST_CASE("lenders: a module that one caller's node lacks may come from the node of the next caller",
          "[code]") {
  Lenders world;
  world.a_lends();
  world.come(b), world.come(c);
  auto call_there = [&](const char* caller) {
    Heap heap;
    SpawnOptions options;
    options.origin = Atom::of(caller);
    auto& realm = world.realm(a);
    CHECK(world.machine.registry().may_borrow(realm, Atom::of("nosuch"), Atom::of(caller)));
  };
  world.machine.registry().deny(world.realm(a), Atom::of("nosuch"), std::vector{Atom::of(b)});
  CHECK_FALSE(world.machine.registry().may_borrow(world.realm(a), Atom::of("nosuch"), Atom::of(b)));
  CHECK_FALSE(world.machine.registry().may_borrow(world.realm(a), Atom::of("nosuch"), Atom::of(a)));
  call_there(c);
}

TEST_CASE("lenders: \"no\" of the program that lent is final; \"no\" of another program with its name is not",
          "[code]") {
  Lenders world;
  world.a_lends();
  world.come(b);
  world.is_of_release(b, "25");
  bool same = GENERATE(true, false);
  CAPTURE(same);
  world.leave(a);
  if (!same) world.change(a);
  world.come(a);
  world.call(a, "nosuch");
  CHECK(world.asked(a, "nosuch") == 1);
  world.have_nothing(world.last_question());
  world.is_of_release(b, "25");
  CHECK(world.asked(b, "nosuch") == (same ? 0 : 1));
}

TEST_CASE("lenders: a lender that hangs is not asked first, and others are asked soon", "[code]") {
  Lenders world;
  world.a_lends();
  world.come(b);
  world.call(a, "nosuch");
  REQUIRE(world.asked(a, "nosuch") == 1);
  world.pass(Borrower::patience);
  world.is_of_release(b, "25");
  CHECK(world.asked(b, "nosuch") == 1);
  CHECK(world.outcome(world.last()) == "no answer");
  world.have_nothing(world.last_question());
  world.pass(Borrower::time_limit);
  CHECK(world.outcome(world.last()) == "{r,error,undef,[{nosuch,f,[],[]}]}");

  world.call(a, "another");
  CHECK(world.asked(a, "another") == 0);
  REQUIRE(world.asked(b, "another") == 1);
  world.have_nothing(world.last_question());
  CHECK(world.asked(a, "another") == 1);
  world.pass(Borrower::patience);
  CHECK(world.outcome(world.last()) == "{r,error,undef,[{another,f,[],[]}]}");

  for (auto& meeting : world.meetings())
    if (meeting.node == Atom::of(a)) world.answer(meeting, *parse_text("{r,return,\"25\"}"));
  world.call(a, "third");
  CHECK(world.asked(a, "third") == 1);
  CHECK(world.asked(b, "third") == 0);
}

TEST_CASE("lenders: a peer that was asked a moment ago does not count as silent", "[code]") {
  Lenders world;
  world.a_lends();
  world.leave(a);
  world.come(b), world.come(c);
  world.is_of_release(b, "25"), world.is_of_release(c, "25");
  world.call(a, "nosuch");
  world.is_of_release(b, "25"), world.is_of_release(c, "25");
  world.pass(Borrower::patience - 1);
  world.have_nothing(world.last_question());
  auto second = world.last_question().node;
  world.pass(1);
  CHECK_FALSE(world.machine.registry().realm(second).lender.silent);
  world.pass(Borrower::patience);
  CHECK(world.machine.registry().realm(second).lender.silent);
}

TEST_CASE("lenders: what came from another peer is compared when the lender is heard of again", "[code]") {
  Lenders world;
  world.a_lends();
  world.come(b);
  world.start(a, "erpc", "execute_call", "[r,first,run,[0]]");
  world.pass(Borrower::patience);
  world.is_of_release(b, "25");
  REQUIRE(world.asked(b, "first") == 1);
  world.lend(world.last_question(), "first", test_modules() + "/first.beam");
  CHECK(world.comparisons().empty());
  world.is_of_release(a, "25");
  CHECK(world.comparisons().size() == 2);  // for the modules `versioned` and `first`
}

TEST_CASE("lenders: an answer that comes late is taken while the question is open", "[code]") {
  Lenders world;
  world.come(a);
  world.ask_version(a);
  auto question = world.last_question();
  world.pass(Borrower::patience + 1'000);
  CHECK(world.outcome(0) == "no answer");
  world.lend(question, "versioned", old_version);
  CHECK(world.outcome(0) == "{r,return,old}");
  CHECK_FALSE(world.realm(a).lender.silent);
}

TEST_CASE("lenders: code of another peer never takes the place of what a realm has", "[code]") {
  Lenders world;
  world.a_lends();
  auto& registry = world.machine.registry();
  auto* before = world.realm(a).find(Atom::of("versioned"));
  auto file = *file_contents(new_version);
  REQUIRE(registry.lend(world.realm(a), Atom::of("versioned"), registry.load_file(file), "", Atom::of(b)));
  CHECK(world.realm(a).find(Atom::of("versioned")) == before);
}

TEST_CASE("lenders: whichever allocation fails, waiting processes get an answer and no question is left",
          "[code]") {
  auto kind = GENERATE(Fault::Of::terms, Fault::Of::anything_else);
  bool while_it_asks = GENERATE(true, false);
  bool happened = true;
  std::size_t number = 0;
  while (happened) {
    CAPTURE(++number, while_it_asks);
    Lenders world;
    world.come(a), world.come(b);
    SpawnOptions options;
    options.origin = Atom::of(a);
    auto arguments = parse_text("[r,versioned,version,[]]");
    Term pid = world.spawn(Atom::of("erpc"), Atom::of("execute_call"), arguments->term(), options)->self();
    auto run = [&](bool with_fault) {
      std::optional<Fault> fault;
      if (with_fault) fault.emplace(kind, number);
      world.run();
      if (with_fault) happened = fault->happened();
    };
    run(while_it_asks);
    if (!world.questions().empty()) world.deliver_file(world.last_question(), "versioned", old_version);
    run(!while_it_asks);
    for (int i = 0; i < 3; ++i) world.pass(Borrower::time_limit);
    REQUIRE(world.processes.table().find(pid) == nullptr);
    REQUIRE(world.machine.searches().size() == 0);
    REQUIRE(number < 100'000);
  }
  CHECK(number > 1);
}
