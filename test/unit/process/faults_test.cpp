// Claims about failed allocations: whichever allocation fails, no exception leaves the engine, and no process
// or peer waits for ever.
#include "test/unit/faults.h"
#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// A peer whose connection is lost if there is no memory for its output, as in the node (node/peers).
class LossyPeer : public FakeSurroundings {
 public:
  bool is_lost = false;

  bool send(Atom node, const SignalBody& signal) override {
    if (is_lost) return false;
    Signal kept;
    if (!has_memory_for([&] { kept = copy_signal(signal); })) return is_lost = true, false;
    NoFault quiet;
    sent.push_back({node, std::move(kept)});
    return false;
  }
  void log(LogLevel, std::string_view) override {}
};

struct FaultyWorld {
  LossyPeer surroundings;
  NodeIdentity self{Atom::of("us@here"), Creation{7}};
  NodeIdentity peer{peer_node, Creation{9}};
  Processes processes{self, surroundings, {}};

  // Takes every message and keeps none; the message `stop` ends it.
  struct Sink final : NativeBody {
    using NativeBody::NativeBody;
    void on_message(Process& self, Term message) override {
      if (message.is(Atom::of("stop")))
        self.set_exit(make_tuple(self.heap, {message, make_string(self.heap, "why")}));
    }
  };

  FaultyWorld() {
    surroundings.starter = [this](Process&, const Process*, Atom, Atom, Term) {
      return std::make_unique<Sink>(processes.signals());
    };
  }
  Process* sink(Process* parent = nullptr, const SpawnOptions& options = {}) {
    return processes.spawner().spawn(parent, std::make_unique<Sink>(processes.signals()), options);
  }
  void run() {
    while (processes.scheduler().has_runnable()) processes.scheduler().run(10);
  }
  Pid remote(std::uint32_t id) { return {peer, id, 0}; }
  Reference remote_reference(std::uint32_t id) { return {peer, 3, {id, 2, 3}}; }
  void deliver(SignalBody body) {
    std::optional<Signal> signal;
    {
      NoFault quiet;
      signal = copy_signal(body);
    }
    processes.signals().deliver(std::move(*signal));
    run();
  }
  bool alive(Term pid) { return processes.table().find(pid) != nullptr; }
  template <class Body>
  std::size_t sent_to(const Pid& to) {
    NoFault quiet;
    std::size_t count = 0;
    for (auto& row : surroundings.sent)
      if (auto* body = std::get_if<Body>(&row.signal.body); body && body->to == to) ++count;
    return count;
  }
};

Term large_term(Heap& heap) {
  std::vector<Term> elements(500, Term::small(1));
  return make_list(heap, elements);
}

// Runs `scenario(world)` again and again: the first allocation fails, then the second …, until the scenario
// makes fewer allocations. After each run `check(world)` examines the world, and when it is destroyed no
// memory may be held.
template <class Scenario, class Check>
void at_each_allocation(Scenario scenario, Check check) {
  for (auto kind : {Fault::Of::terms, Fault::Of::anything_else})
    for (std::size_t number = 1, more = 1; more != 0; ++number) {
      REQUIRE(number < 5'000);
      auto before = held_memory.used();
      {
        FaultyWorld world;
        INFO("allocation " << number << (kind == Fault::Of::terms ? " of terms" : " of anything else"));
        bool escaped = false;
        {
          Fault fault{kind, number};
          try {
            scenario(world);
          } catch (...) { escaped = true; }
          more = fault.happened() ? 1 : 0;
        }
        CHECK_FALSE(escaped);
        check(world);
        for (Term pid : world.processes.table().all())
          world.processes.exits().exit(*world.processes.table().find(pid), Term::atom(atoms::kill));
        world.run();
        CHECK(world.processes.table().count() == 0);
      }
      CHECK(held_memory.used() == before);
    }
}

}  // namespace

TEST_CASE("no memory: a peer that links is told of the end exactly once, now or later", "[process]") {
  Term pid;
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          pid = world.sink()->self();
          world.run();
        }
        world.deliver(signal::Link{world.remote(1), {world.self, pid_slot(pid), pid_serial(pid)}});
      },
      [&](FaultyWorld& world) {
        if (Process* process = world.processes.table().find(pid))
          world.processes.exits().exit(*process, Term::atom(atoms::kill));
        CHECK(world.sent_to<signal::Exit>(world.remote(1)) >= 1);
      });
}

TEST_CASE("no memory: a peer that monitors, by pid or by name, is told of the end", "[process]") {
  bool by_name = GENERATE(false, true);
  Term pid;
  Atom name = Atom::of("some_service");
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          Process* process = world.sink();
          pid = process->self();
          world.processes.names().register_name(name, *process);
          world.run();
        }
        PidOrName target =
            by_name ? PidOrName{name} : PidOrName{Pid{world.self, pid_slot(pid), pid_serial(pid)}};
        world.deliver(signal::Monitor{world.remote(1), target, world.remote_reference(1)});
      },
      [&](FaultyWorld& world) {
        if (Process* process = world.processes.table().find(pid))
          world.processes.exits().exit(*process, Term::atom(atoms::kill));
        CHECK(world.sent_to<signal::Down>(world.remote(1)) >= 1);
      });
}

TEST_CASE("no memory: an exit signal ends its process or is a message, whatever fails", "[process]") {
  bool traps = GENERATE(false, true), by_link = GENERATE(false, true);
  Term pid, bystander;
  Heap heap;
  Term reason = large_term(heap);
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          Process* process = world.sink();
          pid = process->self(), bystander = world.sink()->self();
          process->trap_exit = traps;
          world.run();
          if (by_link)
            world.deliver(signal::Link{world.remote(1), {world.self, pid_slot(pid), pid_serial(pid)}});
        }
        Pid to{world.self, pid_slot(pid), pid_serial(pid)};
        if (by_link)
          world.deliver(signal::Exit{world.remote(1), to, reason});
        else
          world.deliver(signal::Exit2{world.remote(1), to, reason});
      },
      [&](FaultyWorld& world) {
        CHECK(world.alive(bystander));
        if (!traps) CHECK_FALSE(world.alive(pid));
      });
}

TEST_CASE("no memory: a large reason reaches or kills those who linked and monitor, nobody is left out",
          "[process]") {
  Term pid, linked, watching, bystander;
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          Process *process = world.sink(), *other = world.sink(), *watcher = world.sink();
          pid = process->self(), linked = other->self(), watching = watcher->self();
          bystander = world.sink()->self();
          other->trap_exit = true;
          world.run();
          world.processes.signals().link(*other, pid);
          world.processes.signals().monitor(*watcher, pid, {});
          world.deliver(signal::Link{world.remote(1), {world.self, pid_slot(pid), pid_serial(pid)}});
          world.processes.signals().send_message({}, world.processes.table().pid_of(*process),
                                                 OwnedTerm{{}, Term::atom(Atom::of("stop"))});
        }
        world.run();
      },
      [&](FaultyWorld& world) {
        CHECK_FALSE(world.alive(pid));
        CHECK(world.alive(bystander));
        for (Term who : {linked, watching})
          if (Process* process = world.processes.table().find(who))
            CHECK((!process->has_relations() ||
                   (process->relations().links.empty() && process->relations().monitors.empty())));
        if (!world.surroundings.is_lost) CHECK(world.sent_to<signal::Exit>(world.remote(1)) == 1);
      });
}

TEST_CASE("no memory: a spawn request is answered once, or its connection ends", "[process]") {
  Heap heap;
  Term options = make_list(heap, {Term::atom(atoms::link), Term::atom(atoms::monitor)});
  Term arguments = large_term(heap);
  at_each_allocation(
      [&](FaultyWorld& world) {
        world.deliver(signal::SpawnRequest{world.remote_reference(1), world.remote(1), world.remote(1),
                                           Atom::of("m"), Atom::of("f"), options, arguments, 500});
      },
      [&](FaultyWorld& world) {
        if (!world.surroundings.is_lost) CHECK(world.sent_to<signal::SpawnReply>(world.remote(1)) == 1);
      });
}

TEST_CASE("no memory: a lost connection is told to everybody here, or they end", "[process]") {
  Term linked, watching, waiting;
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          Heap heap;
          Process *first = world.sink(), *second = world.sink(), *third = world.sink();
          linked = first->self(), watching = second->self(), waiting = third->self();
          world.run();
          for (std::uint32_t id = 1; id < 5; ++id) {
            Term there = make_pid(heap, world.self, world.remote(id));
            world.processes.signals().link(*first, there);
            world.processes.signals().monitor(*second, there, {});
            world.deliver(signal::Monitor{world.remote(id), world.processes.table().pid_of(*third),
                                          world.remote_reference(id)});
          }
          world.processes.signals().spawn_request(*third, peer_node, Atom::of("m"), Atom::of("f"),
                                                  Term::nil(), Term::nil());
        }
        world.processes.signals().node_down(peer_node);
        world.run();
      },
      [&](FaultyWorld& world) {
        CHECK_FALSE(world.alive(linked));
        for (Term who : {watching, waiting})
          if (Process* process = world.processes.table().find(who)) {
            auto& relations = process->relations();
            CHECK((relations.monitors.empty() && relations.monitored_by.empty() && relations.spawns.empty()));
          }
      });
}

TEST_CASE("no memory: what a process asks for by itself ends at most that process", "[process]") {
  Term bystander;
  struct Asking final : NativeBody {
    explicit Asking(Processes& processes) : NativeBody{processes.signals()}, processes_{processes} {}
    void on_start(Process& self) override {
      Heap heap;
      auto& signals = processes_.signals();
      Term other = local_pid(0, 0);
      processes_.names().register_name(Atom::of("asking"), self);
      signals.monitor(self, other, {.alias = Relations::AliasEnd::demonitor});
      signals.link(self, other);
      signals.alias(self);
      signals.send(self, Term::atom(Atom::of("asking")), large_term(heap));
      signals.send(self, other, large_term(heap));
      signals.spawn_request(self, peer_node, Atom::of("m"), Atom::of("f"), Term::nil(), Term::nil());
      signals.monitor_node(self, peer_node, true);
      processes_.scheduler().set_timeout(self, 1'000);
    }
    void on_message(Process&, Term) override {}
    Processes& processes_;
  };
  at_each_allocation(
      [&](FaultyWorld& world) {
        {
          NoFault quiet;
          Process* other = world.sink();
          other->trap_exit = true;
          bystander = other->self();
          world.run();
        }
        std::unique_ptr<Body> body;
        {
          NoFault quiet;
          body = std::make_unique<Asking>(world.processes);
        }
        world.processes.spawner().spawn(nullptr, std::move(body), {});
        world.run();
      },
      [&](FaultyWorld& world) {
        if (world.processes.table().count() > 1)
          world.processes.exits().exit(*world.processes.names().whereis(Atom::of("asking")),
                                       Term::atom(atoms::kill));
        CHECK(world.alive(bystander));
        CHECK(world.processes.names().whereis(Atom::of("asking")) == nullptr);
      });
}
