// Claims about signals between processes, local and of peers: links, exits, monitors, aliases, priority.
#include "noderuntime/term/copy_at_pace.h"
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

// --- links

TEST_CASE("links: an abnormal exit passes on, a normal one does not", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor(), c = world.actor();
  CHECK(world.processes.signals().link(*a.process, b.pid));
  CHECK(world.processes.signals().link(*a.process, c.pid));
  world.stop(c, Term::atom(atoms::normal));
  CHECK(world.alive(a));
  world.stop(b, World::atom("boom"));
  CHECK_FALSE(world.alive(a));
}

TEST_CASE("links: a process that traps exits gets a message", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  a.process->trap_exit = true;
  world.processes.signals().link(*a.process, b.pid);
  world.stop(b, Term::atom(atoms::normal));
  CHECK(text(*a.log) == "{'EXIT'," + to_text(b.pid) + ",normal}");
}

TEST_CASE("links: a chain of ten thousand ends without deep recursion", "[process]") {
  World world;
  std::vector<World::Actor> chain{world.actor()};
  for (int i = 0; i < 10'000; ++i) {
    chain.push_back(world.actor());
    world.processes.signals().link(*chain[chain.size() - 2].process, chain.back().pid);
  }
  world.stop(chain[5'000], World::atom("boom"));
  CHECK(world.processes.table().count() == 0);
}

TEST_CASE("links: to a dead local process: an error, or a message when exits are trapped", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  world.stop(b, Term::atom(atoms::normal));
  CHECK_FALSE(world.processes.signals().link(*a.process, b.pid));
  a.process->trap_exit = true;
  CHECK(world.processes.signals().link(*a.process, b.pid));
  world.run();
  CHECK(text(*a.log) == "{'EXIT'," + to_text(b.pid) + ",noproc}");
}

TEST_CASE("links: a peer's link to a process that is not there is answered with noproc", "[process]") {
  World world;
  Pid missing{world.self, 99, 0};
  world.deliver(signal::Link{world.remote(1), missing});
  auto* exit = world.only_sent<signal::Exit>();
  REQUIRE(exit);
  CHECK(exit->from == missing);
  CHECK(exit->to == world.remote(1));
  CHECK(exit->reason.is(atoms::noproc));
}

TEST_CASE("links: an old incarnation of ours is dead", "[process]") {
  World world;
  auto a = world.actor();
  Pid old = world.pid(a);
  old.node.creation = Creation{6};
  world.deliver(signal::Link{world.remote(1), old});
  REQUIRE(world.only_sent<signal::Exit>());
}

TEST_CASE("links: the peer is told when a linked process ends, with any reason", "[process]") {
  World world;
  auto a = world.actor();
  world.deliver(signal::Link{world.remote(1), world.pid(a)});
  world.stop(a, Term::atom(atoms::normal));
  auto* exit = world.only_sent<signal::Exit>();
  REQUIRE(exit);
  CHECK(exit->to == world.remote(1));
  CHECK(exit->reason.is(atoms::normal));
}

TEST_CASE("links: unlink and link again before the acknowledgement keeps the link", "[process]") {
  World world;
  auto a = world.actor();
  Heap heap;
  Term remote = world.remote_term(heap, 1);
  world.processes.signals().link(*a.process, remote);
  world.processes.signals().unlink(*a.process, remote);
  world.processes.signals().link(*a.process, remote);
  REQUIRE(world.surroundings.sent.size() == 3);
  auto id = std::get<signal::Unlink>(world.surroundings.sent[1].signal.body).id;
  CHECK(id >= 1);
  world.deliver(signal::UnlinkAck{world.remote(1), world.pid(a), id});
  world.deliver(signal::Exit{world.remote(1), world.pid(a), World::atom("boom")});
  CHECK_FALSE(world.alive(a));
}

TEST_CASE("links: an exit that crosses our unlink is ignored", "[process]") {
  World world;
  auto a = world.actor();
  Heap heap;
  Term remote = world.remote_term(heap, 1);
  world.processes.signals().link(*a.process, remote);
  world.processes.signals().unlink(*a.process, remote);
  world.deliver(signal::Exit{world.remote(1), world.pid(a), World::atom("boom")});
  CHECK(world.alive(a));
}

TEST_CASE("links: an unlink is acknowledged even for a dead process", "[process]") {
  World world;
  Pid missing{world.self, 99, 0};
  world.deliver(signal::Unlink{world.remote(1), missing, 42});
  auto* ack = world.only_sent<signal::UnlinkAck>();
  REQUIRE(ack);
  CHECK(ack->id == 42);
  CHECK(ack->from == missing);
}

// --- exit/2

TEST_CASE("exit/2: kill cannot be trapped and becomes killed for those who watch", "[process]") {
  World world;
  auto victim = world.actor(), watcher = world.actor();
  victim.process->trap_exit = true;
  watcher.process->trap_exit = true;
  world.processes.signals().link(*watcher.process, victim.pid);
  world.processes.signals().exit_signal(*watcher.process, victim.pid, Term::atom(atoms::kill));
  world.run();
  CHECK_FALSE(world.alive(victim));
  CHECK(text(*watcher.log) == "{'EXIT'," + to_text(victim.pid) + ",killed}");
}

TEST_CASE("exit/2: kill through a link is an ordinary reason", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  a.process->trap_exit = true;
  world.processes.signals().link(*a.process, b.pid);
  world.stop(b, Term::atom(atoms::kill));
  CHECK(text(*a.log) == "{'EXIT'," + to_text(b.pid) + ",kill}");
}

TEST_CASE("exit/2: normal is ignored, except from the process itself", "[process]") {
  World world;
  auto a = world.actor(), b = world.actor();
  world.processes.signals().exit_signal(*a.process, b.pid, Term::atom(atoms::normal));
  world.run();
  CHECK(world.alive(b));
  world.processes.signals().exit_signal(*b.process, b.pid, Term::atom(atoms::normal));
  world.run();
  CHECK_FALSE(world.alive(b));
}

// --- monitors

TEST_CASE("monitors: fire once, with the reason", "[process]") {
  World world;
  auto watcher = world.actor(), victim = world.actor();
  auto reference = world.processes.signals().monitor(*watcher.process, victim.pid, {});
  REQUIRE(reference);
  world.stop(victim, World::atom("boom"));
  Heap heap;
  Term expected = make_reference(heap, world.self, *reference);
  REQUIRE(watcher.log->size() == 1);
  Term down = watcher.log->at(0).term();
  CHECK(down.element(0).is(atoms::DOWN));
  CHECK(exactly_equal(down.element(1), expected));
  CHECK(down.element(3) == victim.pid);
  CHECK(down.element(4).is(Atom::of("boom")));
}

TEST_CASE("monitors: only the node of what is monitored says that it ended", "[process]") {
  World world;
  auto a = world.actor();
  Atom third = Atom::of("third@there");
  Pid watched{{third, Creation{1}}, 5, 0};
  Heap heap;
  auto reference = world.processes.signals().monitor(*a.process, make_pid(heap, world.self, watched), {});
  REQUIRE(reference);
  PidOrName forged[] = {world.remote(9), watched, Atom::of("name")};
  for (auto& from : forged) {
    world.deliver(signal::Down{from, world.pid(a), *reference, World::atom("forged"), peer_node});
    CHECK(a.log->empty());
  }
  world.deliver(signal::Down{watched, world.pid(a), *reference, World::atom("bye"), third});
  REQUIRE(a.log->size() == 1);
  CHECK(a.log->at(0).term().element(4).is(Atom::of("bye")));
}

TEST_CASE("monitors: of a name that does not exist: noproc, and the name with our node", "[process]") {
  World world;
  auto watcher = world.actor();
  world.processes.signals().monitor(*watcher.process, World::atom("nobody"), {});
  world.run();
  REQUIRE(watcher.log->size() == 1);
  CHECK(to_text(watcher.log->at(0).term().element(3)) == "{nobody,us@here}");
  CHECK(watcher.log->at(0).term().element(4).is(atoms::noproc));
}

TEST_CASE("monitors: a peer's monitor is answered in the terms it used", "[process]") {
  World world;
  Reference reference{world.peer, 3, {1, 2, 3}};
  world.deliver(signal::Monitor{world.remote(1), Atom::of("nobody"), reference});
  auto* down = world.only_sent<signal::Down>();
  REQUIRE(down);
  CHECK(std::get<Atom>(down->from) == Atom::of("nobody"));
  CHECK(down->reference == reference);
  CHECK(down->reason.is(atoms::noproc));
}

TEST_CASE("monitors: by name outlive a change of the name's owner, and end by reference", "[process]") {
  World world;
  auto a = world.actor();
  world.processes.names().register_name(Atom::of("server"), *a.process);
  Reference reference{world.peer, 3, {1, 2, 3}};
  world.deliver(signal::Monitor{world.remote(1), Atom::of("server"), reference});
  world.processes.names().unregister_name(Atom::of("server"));
  world.deliver(signal::Demonitor{world.remote(1), Atom::of("server"), reference});
  world.stop(a, World::atom("boom"));
  CHECK(world.surroundings.sent.empty());
}

TEST_CASE("monitors: demonitor with flush takes the message away", "[process]") {
  World world;
  auto watcher = world.actor(), victim = world.actor();
  auto reference = world.processes.signals().monitor(*watcher.process, victim.pid, {});
  world.processes.exits().exit(*victim.process, World::atom("boom"));
  CHECK_FALSE(world.processes.signals().demonitor(*watcher.process, *reference, true));
  world.run();
  CHECK(watcher.log->empty());
}

TEST_CASE("monitors: when the watcher ends, the peer is told", "[process]") {
  World world;
  auto watcher = world.actor();
  Heap heap;
  world.processes.signals().monitor(*watcher.process, world.remote_term(heap, 1), {});
  world.surroundings.sent.clear();
  world.stop(watcher, Term::atom(atoms::normal));
  REQUIRE(world.only_sent<signal::Demonitor>());
}

TEST_CASE("monitors: a custom tag replaces 'DOWN'", "[process]") {
  World world;
  auto watcher = world.actor(), victim = world.actor();
  world.processes.signals().monitor(*watcher.process, victim.pid, {.tag = keep_at_pace(World::atom("gone"))});
  world.stop(victim, Term::atom(atoms::normal));
  REQUIRE(watcher.log->size() == 1);
  CHECK(watcher.log->at(0).term().element(0).is(Atom::of("gone")));
}

// --- aliases

TEST_CASE("aliases: deliver while active, and drop afterwards", "[process]") {
  World world;
  auto a = world.actor();
  auto alias = world.processes.signals().alias(*a.process);
  world.deliver(signal::Message{world.remote(1), alias, Term::small(1)});
  CHECK(world.processes.signals().unalias(*a.process, alias));
  CHECK_FALSE(world.processes.signals().unalias(*a.process, alias));
  world.deliver(signal::Message{world.remote(1), alias, Term::small(2)});
  CHECK(text(*a.log) == "1");
}

TEST_CASE("aliases: a reply ends alias and monitor of a call", "[process]") {
  World world;
  auto client = world.actor();
  Heap heap;
  auto reference = world.processes.signals().monitor(*client.process, world.remote_term(heap, 1),
                                                     {.alias = Relations::AliasEnd::reply_demonitor});
  world.surroundings.sent.clear();
  world.deliver(signal::Message{world.remote(1), *reference, World::atom("answer")});
  world.deliver(signal::Message{world.remote(1), *reference, World::atom("late")});
  CHECK(text(*client.log) == "answer");
  REQUIRE(world.only_sent<signal::Demonitor>());
}

TEST_CASE("aliases: end with their process", "[process]") {
  World world;
  auto a = world.actor();
  auto alias = world.processes.signals().alias(*a.process);
  world.stop(a, Term::atom(atoms::normal));
  world.deliver(signal::Message{world.remote(1), alias, Term::small(1)});
  CHECK(world.processes.table().count() == 0);
}

// --- priority

namespace {

// A process with two waiting messages, which does not run before world.run().
struct Busy {
  World world;
  World::Actor actor = world.actor(), other = world.actor();
  Process& process = *actor.process;
  Processes& processes = world.processes;
  Pid watched = world.pid(other);

  Busy() {
    process.trap_exit = true;
    for (int i = 1; i <= 2; ++i) processes.signals().send(*other.process, actor.pid, Term::small(i));
  }
  std::string received() {
    world.run();
    std::string all;
    for (auto& message : *actor.log) {
      Term term = message.term();
      all += (all.empty() ? "" : " ") + to_text(term.is_tuple() ? term.element(0) : term);
    }
    return all;
  }
  void from_peer(SignalBody body) { processes.signals().deliver(copy_signal(body)); }
};

}  // namespace

TEST_CASE("priority: counts where the sender wants it and the alias takes it", "[process]") {
  for (bool takes : {false, true})
    for (bool wanted : {false, true})
      for (bool from_peer : {false, true}) {
        CAPTURE(takes, wanted, from_peer);
        Busy busy;
        auto alias = busy.processes.signals().alias(busy.process, {.priority = takes});
        Heap heap;
        Term to = make_reference(heap, busy.world.self, alias);
        Pid there = busy.world.remote(1);
        if (from_peer) {
          busy.from_peer(signal::Message{there, alias, World::atom("a"), wanted});
          busy.from_peer(signal::Exit2{there, alias, World::atom("b"), wanted});
        } else {
          busy.processes.signals().send(*busy.other.process, to, World::atom("a"), wanted);
          busy.processes.signals().exit_signal(*busy.other.process, to, World::atom("b"), wanted);
        }
        CHECK(busy.received() == (takes && wanted ? "a 'EXIT' 1 2" : "1 2 a 'EXIT'"));
      }
}

TEST_CASE("priority: to a pid or a name it changes nothing here, and travels as it is", "[process]") {
  Busy busy;
  busy.processes.names().register_name(Atom::of("busy"), busy.process);
  busy.processes.signals().send(*busy.other.process, busy.actor.pid, World::atom("a"), true);
  busy.processes.signals().send(*busy.other.process, World::atom("busy"), World::atom("b"), true);
  CHECK(busy.received() == "1 2 a b");
  Heap heap;
  busy.processes.signals().send(*busy.other.process, busy.world.remote_term(heap, 1), World::atom("c"), true);
  auto* message = busy.world.only_sent<signal::Message>();
  REQUIRE(message);
  CHECK(message->priority);
}

TEST_CASE("priority: a dead alias drops it", "[process]") {
  Busy busy;
  auto alias = busy.processes.signals().alias(busy.process, {.priority = true});
  busy.processes.signals().unalias(busy.process, alias);
  busy.from_peer(signal::Message{busy.world.remote(1), alias, World::atom("a"), true});
  busy.from_peer(signal::Exit2{busy.world.remote(1), alias, World::atom("b"), true});
  CHECK(busy.received() == "1 2");
}

TEST_CASE("priority: an exit to an alias does not end it, a message does when it is for one reply",
          "[process]") {
  Busy busy;
  auto alias =
      busy.processes.signals().alias(busy.process, {.end = Relations::AliasEnd::reply, .priority = true});
  busy.from_peer(signal::Exit2{busy.world.remote(1), alias, World::atom("a"), true});
  busy.from_peer(signal::Message{busy.world.remote(1), alias, World::atom("b"), true});
  busy.from_peer(signal::Message{busy.world.remote(1), alias, World::atom("c"), true});
  CHECK(busy.received() == "'EXIT' b 1 2");
}

TEST_CASE("priority: of a link is what the last link/2 call of its own process asked for", "[process]") {
  struct Row {
    std::vector<bool> calls;
    bool other_links;
    std::string received;
  };
  const std::string first = "'EXIT' 1 2", last = "1 2 'EXIT'";
  const Row rows[] = {{{true}, false, first},        {{false}, false, last}, {{true, false}, false, last},
                      {{false, true}, false, first}, {{}, true, last},       {{true}, true, first}};
  for (auto& row : rows) {
    CAPTURE(row.calls, row.other_links);
    Busy busy;
    for (bool priority : row.calls)
      busy.processes.signals().link(busy.process, busy.other.pid, {.priority = priority});
    if (row.other_links)
      busy.processes.signals().link(*busy.other.process, busy.actor.pid, {.priority = true});
    busy.processes.exits().exit(*busy.other.process, Term::atom(atoms::normal));
    CHECK(busy.received() == row.received);
  }
}

TEST_CASE("priority: of a link to a process that is dead", "[process]") {
  Busy busy;
  busy.processes.signals().link(busy.process, local_pid(77, 0), {.priority = true});
  CHECK(busy.received() == "'EXIT' 1 2");
}

TEST_CASE("priority: of a monitor is independent of its alias", "[process]") {
  Busy busy;
  auto monitor = *busy.processes.signals().monitor(busy.process, busy.other.pid,
                                                   {.alias = Relations::AliasEnd::unalias, .priority = true});
  busy.from_peer(signal::Message{busy.world.remote(1), monitor, World::atom("a"), true});
  busy.processes.exits().exit(*busy.other.process, Term::atom(atoms::normal));
  CHECK(busy.received() == "'DOWN' 1 2 a");
}

TEST_CASE("priority: exits and downs of a lost connection have it too", "[process]") {
  Busy busy;
  Heap heap;
  busy.processes.signals().link(busy.process, busy.world.remote_term(heap, 1), {.priority = true});
  busy.processes.signals().monitor(busy.process, busy.world.remote_term(heap, 2), {.priority = true});
  busy.processes.signals().node_down(peer_node);
  CHECK(busy.received() == "'DOWN' 'EXIT' 1 2");
}

// --- a lost connection

TEST_CASE("nodedown: links, monitors and spawn requests get noconnection", "[process]") {
  World world;
  auto a = world.actor();
  a.process->trap_exit = true;
  Heap heap;
  world.processes.signals().link(*a.process, world.remote_term(heap, 1));
  world.processes.signals().monitor(*a.process, world.remote_term(heap, 2), {});
  world.processes.signals().spawn_request(*a.process, peer_node, Atom::of("m"), Atom::of("f"), Term::nil(),
                                          Term::nil());
  world.processes.signals().node_down(peer_node);
  world.run();
  REQUIRE(a.log->size() == 3);
  for (auto& message : *a.log) {
    Term term = message.term();
    CHECK(term.element(term.arity() - 1).is(atoms::noconnection));
  }
}

TEST_CASE("nodedown: monitors that the lost node set are forgotten", "[process]") {
  World world;
  auto a = world.actor();
  world.deliver(signal::Monitor{world.remote(1), world.pid(a), Reference{world.peer, 3, {1, 2, 3}}});
  world.processes.signals().node_down(peer_node);
  world.stop(a, World::atom("boom"));
  CHECK(world.surroundings.sent.empty());
}

TEST_CASE("nodedown: the tables that a flood made large are small again", "[process]") {
  World world;
  auto a = world.actor();
  Heap heap;
  CHECK(world.processes.names().register_name(Atom::of("flooded"), *a.process));
  constexpr std::uint32_t many = 50'000;
  auto flood = [&] {
    for (std::uint32_t i = 0; i < many; ++i)
      world.deliver(
          signal::Monitor{world.remote(1), Atom::of("flooded"), Reference{world.peer, 3, {i, 2, 3}}});
  };
  auto before = held_memory.used();
  flood();
  CHECK(held_memory.used() > before + many * Relations::row_bytes);
  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(held_memory.used() < before + many);
  flood();
  for (std::uint32_t i = 0; i < many; ++i)
    world.deliver(
        signal::Demonitor{world.remote(1), Atom::of("flooded"), Reference{world.peer, 3, {i, 2, 3}}});
  CHECK(held_memory.used() < before + many);
}

namespace {

// A process with very many links, monitors and watchers at a peer that is lost.
struct LargeLoss : World {
  static constexpr std::uint32_t many = 5'000;
  Actor a = actor();
  Heap heap;

  LargeLoss() {
    a.process->trap_exit = true;
    for (std::uint32_t i = 1; i <= many; ++i) {
      processes.signals().link(*a.process, remote_term(heap, i));
      processes.signals().monitor(*a.process, remote_term(heap, i), {});
      deliver(signal::Monitor{remote(i), pid(a), Reference{peer, 3, {i, 2, 3}}});
    }
    surroundings.sent.clear();
  }
  std::size_t told() { return a.process->mailbox.size(); }
  std::size_t rows() { return a.process->relations().rows(); }
};

}  // namespace

TEST_CASE("nodedown: very many links and monitors are told in pieces, and others run in between",
          "[process]") {
  LargeLoss world;
  world.processes.signals().node_down(peer_node);
  CHECK(world.rows() > 2 * LargeLoss::many);
  std::size_t turns = 0;
  for (auto before = world.rows(); world.rows() > 0 && turns < 1000; before = world.rows(), ++turns) {
    world.processes.scheduler().run(1);
    CHECK(before - world.rows() < 1500);
  }
  CHECK(turns >= 10);
  world.run();
  CHECK(world.a.log->size() == 2 * LargeLoss::many);
  CHECK(world.a.process->relations().peer_rows == 0);
}

TEST_CASE("nodedown: what is set up over a new connection is not lost with the old one", "[process]") {
  LargeLoss world;
  auto other = world.actor();
  world.processes.signals().node_down(peer_node);
  REQUIRE(world.rows() > 0);
  // Its old link has not been told yet: that comes first.
  world.processes.signals().link(*world.a.process, world.remote_term(world.heap, LargeLoss::many));
  world.processes.signals().link(*other.process, world.remote_term(world.heap, 1));
  auto reference = world.processes.signals().monitor(*world.a.process, world.remote_term(world.heap, 7), {});
  world.deliver(signal::Link{world.remote(8), world.pid(world.a)});
  world.deliver(signal::Monitor{world.remote(9), world.pid(world.a), Reference{world.peer, 3, {9, 9, 9}}});
  world.run();
  auto& relations = world.a.process->relations();
  CHECK(relations.links.size() == 2);
  CHECK(relations.links.contains(world.remote(LargeLoss::many)));
  CHECK(relations.links.contains(world.remote(8)));
  CHECK(relations.monitors.size() == 1);
  CHECK(relations.monitors.contains(*reference));
  CHECK(relations.monitored_by.size() == 1);
  CHECK(other.process->relations().links.size() == 1);
  CHECK(world.a.log->size() == 2 * LargeLoss::many);

  world.processes.signals().node_down(peer_node);
  world.run();
  CHECK(world.rows() == 0);
  CHECK(world.a.log->size() == 2 * LargeLoss::many + 3);
}

TEST_CASE("nodedown: a process that ends while its loss is told sends nothing to the lost node",
          "[process]") {
  LargeLoss world;
  world.processes.signals().node_down(peer_node);
  REQUIRE(world.rows() > 0);
  world.processes.exits().exit(*world.a.process, World::atom("boom"));
  world.run();
  CHECK(world.surroundings.sent.empty());
}

TEST_CASE("group leader: a signal changes that of the receiver", "[process]") {
  World world;
  auto a = world.actor();
  world.deliver(signal::GroupLeader{world.remote(5), world.pid(a)});
  CHECK(a.process->group_leader == world.remote(5));
}
