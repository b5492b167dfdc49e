// Processes with C++ bodies that record the messages they receive, for the tests of noderuntime/process.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "test/unit/catch.h"

#include "noderuntime/process/native_body.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"
#include "test/unit/fake_surroundings.h"

namespace noderuntime::test {

class Recorder final : public NativeBody {
 public:
  Recorder(SignalRouter& signals, std::vector<OwnedTerm>& log) : NativeBody{signals}, log_{log} {}

 private:
  void on_message(Process& self, Term message) override {
    if (message.is_tuple(2) && message.element(0).is(Atom::of("stop_with")))
      self.set_exit(copy(message.element(1), self.heap));
    else
      log_.push_back(OwnedTerm::copy_of(message));
  }
  std::vector<OwnedTerm>& log_;
};

inline Atom const peer_node = Atom::of("peer@there");

struct World {
  FakeSurroundings surroundings;
  NodeIdentity self{Atom::of("us@here"), Creation{7}};
  NodeIdentity peer{peer_node, Creation{9}};
  Processes processes{self, surroundings, {}};
  std::vector<std::unique_ptr<std::vector<OwnedTerm>>> logs;

  struct Actor {
    Process* process;
    Term pid;
    std::vector<OwnedTerm>* log;
  };
  Actor actor(Process* parent = nullptr, const SpawnOptions& options = {}) {
    logs.push_back(std::make_unique<std::vector<OwnedTerm>>());
    auto* log = logs.back().get();
    Process* process =
        processes.spawner().spawn(parent, std::make_unique<Recorder>(processes.signals(), *log), options);
    run();
    return {process, process->self(), log};
  }
  void run() {
    while (processes.scheduler().has_runnable()) processes.scheduler().run(10);
  }
  bool alive(const Actor& actor) { return processes.table().find(actor.pid) != nullptr; }
  Pid pid(const Actor& actor) { return {self, pid_slot(actor.pid), pid_serial(actor.pid)}; }
  Pid remote(std::uint32_t id) { return {peer, id, 0}; }
  Term remote_term(Heap& heap, std::uint32_t id) { return make_pid(heap, self, remote(id)); }
  void deliver(SignalBody body) {
    processes.signals().deliver(copy_signal(body));
    run();
  }
  void stop(const Actor& actor, Term reason) {
    Heap heap;
    processes.signals().send(*actor.process, actor.pid,
                             make_tuple(heap, {Term::atom(Atom::of("stop_with")), reason}));
    run();
  }
  static Term atom(const char* text) { return Term::atom(Atom::of(text)); }
  template <class Body>
  const Body* only_sent() {
    REQUIRE(surroundings.sent.size() == 1);
    return std::get_if<Body>(&surroundings.sent[0].signal.body);
  }
};

inline std::string text(const std::vector<OwnedTerm>& log) {
  std::string all;
  for (auto& term : log) all += (all.empty() ? "" : " ") + to_text(term.term());
  return all;
}

}  // namespace noderuntime::test
