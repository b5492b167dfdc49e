// Claims about spawn requests and their replies, of peers and of this node.
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// A node on which every spawned function is a Recorder.
struct SpawnWorld : World {
  std::vector<OwnedTerm> log;
  SpawnWorld() {
    surroundings.starter = [this](Process&, const Process*, Atom, Atom, Term) {
      return std::make_unique<Recorder>(processes.signals(), log);
    };
  }
  Reference reference{peer, 3, {1, 2, 3}};
  signal::SpawnRequest request(Term options, Term arguments = Term::nil()) {
    return {reference, remote(1), remote(2), Atom::of("m"), Atom::of("f"), options, arguments, 0};
  }
};

Term list(Heap& heap, std::initializer_list<Term> elements) { return make_list(heap, elements); }

}  // namespace

TEST_CASE("spawn request: is answered with a pid first, and the child has the group leader asked for",
          "[process]") {
  SpawnWorld world;
  world.deliver(world.request(Term::nil()));
  auto* reply = world.only_sent<signal::SpawnReply>();
  REQUIRE(reply);
  CHECK(reply->flags == 0);
  Process* child = world.processes.table().find(std::get<Pid>(reply->result));
  REQUIRE(child);
  CHECK(child->group_leader == world.remote(2));
  CHECK(child->origin == peer_node);
}

TEST_CASE("spawn request: link and monitor are set up and said in the flags", "[process]") {
  SpawnWorld world;
  Heap heap;
  world.deliver(world.request(list(heap, {Term::atom(atoms::link), Term::atom(atoms::monitor)})));
  auto* reply = world.only_sent<signal::SpawnReply>();
  REQUIRE(reply);
  CHECK(reply->flags == (signal::SpawnReply::link | signal::SpawnReply::monitor));
  Process* child = world.processes.table().find(std::get<Pid>(reply->result));
  world.surroundings.sent.clear();
  world.processes.exits().exit(*child, World::atom("boom"));
  REQUIRE(world.surroundings.sent.size() == 2);
  bool exit = false, down = false;
  for (auto& sent : world.surroundings.sent) {
    if (auto* body = std::get_if<signal::Exit>(&sent.signal.body)) exit = body->to == world.remote(1);
    if (auto* body = std::get_if<signal::Down>(&sent.signal.body)) down = body->reference == world.reference;
  }
  CHECK(exit);
  CHECK(down);
}

TEST_CASE("spawn request: an unknown option is answered with badopt, and nothing is spawned", "[process]") {
  SpawnWorld world;
  Heap heap;
  world.deliver(world.request(list(heap, {World::atom("fly")})));
  auto* reply = world.only_sent<signal::SpawnReply>();
  REQUIRE(reply);
  CHECK(std::get<Atom>(reply->result) == atoms::badopt);
  CHECK(world.processes.table().count() == 0);
}

TEST_CASE("spawn request: a thousand options are taken besides link and monitor, and more are badopt",
          "[process]") {
  for (bool more : {false, true}) {
    SpawnWorld world;
    Heap heap;
    Term priority = make_tuple(heap, {World::atom("priority"), World::atom("low")});
    std::vector<Term> options(more ? 1'001 : 1'000, priority);
    options.push_back(Term::atom(atoms::link));
    options.push_back(Term::atom(atoms::monitor));
    world.deliver(world.request(make_list(heap, options)));
    auto* reply = world.only_sent<signal::SpawnReply>();
    REQUIRE(reply);
    CHECK(std::holds_alternative<Atom>(reply->result) == more);
    CHECK(world.processes.table().count() == (more ? 0 : 1));
  }
}

TEST_CASE("spawn request: tuning options are taken", "[process]") {
  SpawnWorld world;
  Heap heap;
  Term high = make_tuple(heap, {Term::atom(atoms::priority), Term::atom(atoms::high)});
  world.deliver(world.request(list(heap, {high})));
  auto* reply = world.only_sent<signal::SpawnReply>();
  REQUIRE(reply);
  CHECK(std::holds_alternative<Pid>(reply->result));
}

TEST_CASE("spawn request: arguments that are no list are refused", "[process]") {
  SpawnWorld world;
  world.deliver(world.request(Term::nil(), Term::small(3)));
  auto* reply = world.only_sent<signal::SpawnReply>();
  REQUIRE(reply);
  CHECK(std::holds_alternative<Atom>(reply->result));
}

TEST_CASE("spawn request: ours travels with the child's options only", "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  Heap heap;
  Term tag = make_tuple(heap, {Term::atom(atoms::reply_tag), World::atom("done")});
  Term options = list(heap, {tag, Term::atom(atoms::monitor)});
  auto request = world.processes.signals().spawn_request(*a.process, peer_node, Atom::of("m"), Atom::of("f"),
                                                         Term::nil(), options);
  REQUIRE(request);
  auto* sent = world.only_sent<signal::SpawnRequest>();
  REQUIRE(sent);
  CHECK(to_text(sent->options) == "[monitor]");

  world.deliver(signal::SpawnReply{*request, world.pid(a), signal::SpawnReply::monitor, world.remote(77)});
  REQUIRE(a.log->size() == 1);
  CHECK(a.log->at(0).term().element(0).is(Atom::of("done")));
  CHECK(a.log->at(0).term().element(2).is(atoms::ok));
  world.deliver(signal::Down{world.remote(77), world.pid(a), *request, World::atom("boom")});
  REQUIRE(a.log->size() == 2);
  CHECK(a.log->at(1).term().element(0).is(atoms::DOWN));
}

TEST_CASE("spawn request: options of link and monitor stay with the spawner", "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  a.process->trap_exit = true;
  Heap heap;
  Term priority = list(heap, {Term::atom(atoms::priority)});
  Term options = list(heap, {make_tuple(heap, {Term::atom(atoms::link), priority}),
                             make_tuple(heap, {Term::atom(atoms::monitor), priority})});
  auto request = world.processes.signals().spawn_request(*a.process, peer_node, Atom::of("m"), Atom::of("f"),
                                                         Term::nil(), options);
  REQUIRE(request);
  auto* sent = world.only_sent<signal::SpawnRequest>();
  REQUIRE(sent);
  CHECK(to_text(sent->options) == "[link,monitor]");

  Pid child = world.remote(77);
  world.deliver(signal::SpawnReply{*request, world.pid(a), 3, child});
  a.log->clear();
  world.processes.signals().send(*a.process, a.pid, Term::small(1));
  for (SignalBody body : {SignalBody{signal::Exit{child, world.pid(a), World::atom("r")}},
                          SignalBody{signal::Down{child, world.pid(a), *request, World::atom("r")}}})
    world.processes.signals().deliver(copy_signal(body));
  world.run();
  REQUIRE(a.log->size() == 3);
  CHECK(a.log->at(0).term().element(0).is(atoms::EXIT));
  CHECK(a.log->at(1).term().element(0).is(atoms::DOWN));
}

TEST_CASE("spawn request: a bad option of ours is told like one of theirs, and nothing is sent",
          "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  Heap heap;
  Term tag = make_tuple(heap, {Term::atom(atoms::reply_tag), World::atom("done")});
  for (Atom name : {atoms::link, atoms::monitor, atoms::reply}) {
    a.log->clear();
    Term bad = make_tuple(heap, {Term::atom(name), list(heap, {World::atom("fly")})});
    REQUIRE(world.processes.signals().spawn_request(*a.process, peer_node, Atom::of("m"), Atom::of("f"),
                                                    Term::nil(), list(heap, {bad, tag})));
    world.run();
    REQUIRE(a.log->size() == 1);
    CHECK(a.log->at(0).term().element(0).is(Atom::of("done")));
    CHECK(a.log->at(0).term().element(3).is(atoms::badopt));
  }
  CHECK(world.surroundings.sent.empty());
}

TEST_CASE("spawn request: to ourselves works like one from outside", "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  a.process->origin = Atom::of("lender@there");
  auto request = world.processes.signals().spawn_request(*a.process, world.self.name, Atom::of("m"),
                                                         Atom::of("f"), Term::nil(), Term::nil());
  REQUIRE(request);
  world.run();
  REQUIRE(a.log->size() == 1);
  CHECK(a.log->at(0).term().element(2).is(atoms::ok));
  Term child = a.log->at(0).term().element(3);
  CHECK(child.is_local_pid());
  // Its code is that of the requesting process.
  auto* process = world.processes.table().find(child);
  if (process) CHECK(process->origin == Atom::of("lender@there"));
}

TEST_CASE("spawn reply: for a requester that is gone, the child is let go", "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  Heap heap;
  Term options = list(heap, {Term::atom(atoms::link), Term::atom(atoms::monitor)});
  auto request = world.processes.signals().spawn_request(*a.process, peer_node, Atom::of("m"), Atom::of("f"),
                                                         Term::nil(), options);
  world.stop(a, Term::atom(atoms::normal));
  world.surroundings.sent.clear();
  world.deliver(signal::SpawnReply{*request, world.pid(a), 3, world.remote(77)});
  REQUIRE(world.surroundings.sent.size() == 2);
  CHECK(std::holds_alternative<signal::Demonitor>(world.surroundings.sent[0].signal.body));
  CHECK(std::holds_alternative<signal::Exit>(world.surroundings.sent[1].signal.body));
}

TEST_CASE("spawn request: only the node that was asked answers it", "[process]") {
  SpawnWorld world;
  auto a = world.actor();
  Atom third = Atom::of("third@there");
  auto request = world.processes.signals().spawn_request(*a.process, third, Atom::of("m"), Atom::of("f"),
                                                         Term::nil(), Term::nil());
  REQUIRE(request);
  world.surroundings.sent.clear();
  std::variant<Pid, Atom> answers[] = {world.remote(77), Atom::of("badarg")};
  for (auto& answer : answers) {
    world.deliver(signal::SpawnReply{*request, world.pid(a), 3, answer, peer_node});
    CHECK(a.log->empty());
    CHECK(a.process->relations().links.empty());
    CHECK(a.process->relations().monitors.empty());
    CHECK(a.process->relations().spawns.contains(*request));
  }
  Pid child{{third, Creation{1}}, 5, 0};
  world.deliver(signal::SpawnReply{*request, world.pid(a), 3, child, third});
  REQUIRE(a.log->size() == 1);
  CHECK(a.log->at(0).term().element(2).is(atoms::ok));
  CHECK(a.process->relations().links.contains(child));
}
