// Any sequence of what processes and a peer do to each other: spawn, exit, link, monitor, alias, names, timers, messages,
// spawn requests, lost connections. A simple model says which monitors are open. Claimed: each open monitor is told exactly
// once, here and at the peer; and nothing is left when all processes have ended.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "noderuntime/process/message_timers.h"
#include "noderuntime/process/native_body.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/well_known_atoms.h"
#include "test/fuzz/choices.h"
#include "test/unit/fake_surroundings.h"

namespace noderuntime::test {
namespace {

Atom const peer_name = Atom::of("peer@there");
constexpr unsigned remote_ids = 6, names = 3, most_processes = 24;

class Play {
 public:
  explicit Play(Bytes input) : choices_{input} {
    surroundings_.starter = [this](Process& process, const Process*, Atom, Atom, Term) {
      members_.push_back(process.self());
      return std::make_unique<Member>(*this);
    };
    processes_.exits().on_exit(
        [this](Process& process, const Exits::Breathe& breathe) { timers_.process_ends(process, breathe); });
  }

  void run() {
    while (choices_.left()) {
      act();
      settle();
    }
    end();
  }

 private:
  // Notes what it is told, and ends when a message tells it to.
  class Member final : public NativeBody {
   public:
    explicit Member(Play& play) : NativeBody{play.processes_.signals()}, play_{play} {}

   private:
    void on_message(Process& self, Term message) override {
      if (message.is_tuple(5) && message.element(0).is(Atom::of("DOWN"))) play_.told(self, message);
      if (message.is_tuple(2) && message.element(0).is(Atom::of("end")))
        self.set_exit(copy(message.element(1), self.heap));
    }
    Play& play_;
  };

  struct OwnMonitor {
    Term watcher;
    bool of_peer = false;  // the target is at the peer, which may tell its end at any time
    unsigned remote = 0;
    unsigned told = 0;
    bool open = true;
    Term target = Term::nil();  // a process of this node
  };

  // --- choosing

  Process* some() {
    if (members_.empty()) return nullptr;
    return processes_.table().find(members_[choices_.below(static_cast<unsigned>(members_.size()))]);
  }
  Term some_pid() {  // perhaps of a dead process
    return members_.empty() ? local_pid(99, 1)
                            : members_[choices_.below(static_cast<unsigned>(members_.size()))];
  }
  Pid remote(unsigned id) { return {peer_, 100 + id, 0}; }
  Pid some_remote() { return remote(choices_.below(remote_ids)); }
  Pid own(Term pid) { return {self_, pid_slot(pid), pid_serial(pid)}; }
  Atom some_name() {
    constexpr const char* texts[names] = {"one", "two", "three"};
    return Atom::of(texts[choices_.below(names)]);
  }
  Term some_reason() {
    Atom const reasons[] = {atoms::normal, atoms::killed, Atom::of("boom"), atoms::kill};
    return Term::atom(reasons[choices_.below(4)]);
  }
  template <class Value>
  std::optional<Value> some_of(const std::vector<Value>& values) {
    if (values.empty()) return std::nullopt;
    return values[choices_.below(static_cast<unsigned>(values.size()))];
  }
  Term term_of_remote(Heap& heap, const Pid& pid) { return make_pid(heap, self_, pid); }

  // --- acting

  void act() {
    Heap heap;
    auto& signals = processes_.signals();
    Process* from = some();
    switch (choices_.below(28)) {
      case 0: spawn(nullptr); break;
      case 1: spawn(from); break;
      case 2:
        if (from) end_by_message(*from, some_reason());
        break;
      case 3:
        if (from) from->trap_exit = !from->trap_exit;
        break;
      case 4:
        if (from) signals.link(*from, some_pid());
        break;
      case 5:
        if (from) signals.link(*from, term_of_remote(heap, some_remote()));
        break;
      case 6:
        if (from) signals.unlink(*from, some_pid());
        break;
      case 7:
        if (from) signals.unlink(*from, term_of_remote(heap, some_remote()));
        break;
      case 8:
        if (from) monitor(*from, some_pid());
        break;
      case 9:
        if (from) {
          unsigned id = choices_.below(remote_ids);
          note(*from, signals.monitor(*from, term_of_remote(heap, remote(id)), options()),
               {.of_peer = true, .remote = id});
        }
        break;
      case 10:
        if (from) {
          auto reference = signals.monitor(*from, Term::atom(some_name()), options());
          if (reference) note(*from, reference, {});
        }
        break;
      case 11: demonitor(); break;
      case 12:
        if (from) {
          auto end = static_cast<Relations::AliasEnd>(choices_.below(4));
          aliases_.push_back(signals.alias(*from, {.end = end, .priority = choices_.below(2) == 1}));
        }
        break;
      case 13:
        if (auto alias = some_of(aliases_); alias && from) signals.unalias(*from, *alias);
        break;
      case 14:
        if (auto alias = some_of(aliases_); alias && from)
          signals.send(*from, make_reference(heap, self_, *alias), Term::atom(atoms::normal),
                       choices_.below(2) == 1);
        break;
      case 15:
        if (auto alias = some_of(aliases_))
          deliver(signal::Message{some_remote(), *alias, Term::atom(atoms::normal), choices_.below(2) == 1});
        break;
      case 16:
        if (from) processes_.names().register_name(some_name(), *from);
        break;
      case 17: processes_.names().unregister_name(some_name()); break;
      case 18:
        if (from) signals.exit_signal(*from, some_pid(), some_reason());
        break;
      case 19: {
        Term to = choices_.below(2) == 0 ? some_pid() : Term::atom(some_name());
        if (to.is_atom() && !from) break;
        timer_references_.push_back(timers_.start(surroundings_.now_milliseconds + choices_.below(50), to,
                                                  Term::atom(atoms::timeout), choices_.below(2) == 1));
        break;
      }
      case 20:
        if (auto timer = some_of(timer_references_)) timers_.stop(*timer);
        break;
      case 21:
        surroundings_.now_milliseconds += choices_.below(60);
        processes_.timers().advance(surroundings_.now_milliseconds);
        break;
      case 22: peer_monitors(); break;
      case 23: peer_demonitors(); break;
      case 24: peer_says(); break;
      case 25: peer_ends_process(); break;
      case 26:
        if (choices_.below(4) == 0) lose_peer();
        break;
      case 27: spawn_requests(from); break;
    }
  }

  MonitorOptions options() {
    MonitorOptions options;
    unsigned choice = choices_.below(8);
    if (choice < 4) options.alias = static_cast<Relations::AliasEnd>(choice);
    options.priority = choice == 5;
    return options;
  }
  void spawn(Process* parent) {
    if (members_.size() >= most_processes) return;
    SpawnOptions options;
    options.link = parent && choices_.below(2) == 1;
    if (parent && choices_.below(2) == 1) options.monitor = processes_.this_node().make_reference();
    Term watcher = parent ? parent->self() : Term::nil();
    Process* process = processes_.spawner().spawn(parent, std::make_unique<Member>(*this), options);
    claim(process != nullptr, "there is room for a process");
    members_.push_back(process->self());
    if (options.monitor)
      own_monitors_.emplace(*options.monitor, OwnMonitor{.watcher = watcher, .target = process->self()});
  }
  void end_by_message(Process& process, Term reason) {
    Heap heap;
    Term message = make_tuple(heap, {Term::atom(Atom::of("end")), reason});
    processes_.signals().send(process, process.self(), message);
  }
  void monitor(Process& from, Term target) {
    auto reference = processes_.signals().monitor(from, target, options());
    if (target == from.self()) return;  // no monitor: OTP does nothing, too
    note(from, reference, {.target = target});
  }
  void note(Process& from, const std::optional<Reference>& reference, OwnMonitor monitor) {
    claim(reference.has_value(), "a monitor has a reference");
    monitor.watcher = from.self();
    own_monitors_.emplace(*reference, monitor);
  }
  void demonitor() {
    if (own_monitors_.empty()) return;
    auto row = std::next(own_monitors_.begin(), choices_.below(static_cast<unsigned>(own_monitors_.size())));
    Process* watcher = processes_.table().find(row->second.watcher);
    if (!watcher) return;
    processes_.signals().demonitor(*watcher, row->first, choices_.below(2) == 1);
    row->second.open = false;
  }
  void told(Process& self, Term message) {
    auto reference = to_reference(self_, message.element(1));
    auto found = own_monitors_.find(reference);
    claim(found != own_monitors_.end(), "only monitors that exist are told");
    auto& monitor = found->second;
    claim(monitor.watcher == self.self(), "the process that monitors is told");
    claim(monitor.open, "a monitor that was removed, or told, is not told");
    monitor.open = false;
    ++monitor.told;
  }

  // --- the peer

  void deliver(SignalBody body) { processes_.signals().deliver(copy_signal(body)); }
  struct PeerMonitor {
    PidOrName target;
    Pid watcher;
    bool open = true;
  };
  void peer_monitors() {
    Reference reference{peer_, 3, {next_reference_++, 1, 2}};
    Pid watcher = some_remote();
    PidOrName target = choices_.below(4) == 0 ? PidOrName{some_name()} : PidOrName{own(some_pid())};
    peer_monitors_.emplace(reference, PeerMonitor{target, watcher});
    deliver(signal::Monitor{watcher, target, reference});
  }
  void peer_demonitors() {
    if (peer_monitors_.empty()) return;
    auto row =
        std::next(peer_monitors_.begin(), choices_.below(static_cast<unsigned>(peer_monitors_.size())));
    deliver(signal::Demonitor{row->second.watcher, row->second.target, row->first});
    check_sent();
    row->second.open = false;
  }
  void peer_says() {
    Pid from = some_remote();
    Pid to = own(some_pid());
    switch (choices_.below(8)) {
      case 0: return deliver(signal::Link{from, to});
      case 1: return deliver(signal::Unlink{from, to, 1 + choices_.below(5)});
      case 2: return deliver(signal::UnlinkAck{from, to, 1 + choices_.below(5)});
      case 3: return deliver(signal::Exit{from, to, some_reason()});
      case 4: return deliver(signal::Exit2{from, to, some_reason(), choices_.below(2) == 1});
      case 5: return deliver(signal::Message{from, to, some_reason()});
      case 6: return deliver(signal::Message{from, some_name(), some_reason()});
      case 7: return deliver(signal::GroupLeader{from, to});
    }
  }
  // What the peer tells of its own process: all monitors of it, which it was asked for.
  void peer_ends_process() {
    unsigned id = choices_.below(remote_ids);
    for (auto& [reference, monitor] : own_monitors_)
      if (monitor.of_peer && monitor.remote == id && monitor.open && choices_.below(3) != 0)
        ends_.push_back({reference, monitor.watcher});
    for (auto& [reference, watcher] : std::exchange(ends_, {}))
      deliver(signal::Down{remote(id), own(watcher), reference, some_reason(), peer_name});
  }
  void lose_peer() {
    check_sent();
    for (auto& [reference, monitor] : peer_monitors_) monitor.open = false;
    requests_.clear();
    processes_.signals().node_down(peer_name);
    surroundings_.sent.clear();  // the node drops answers to a node that is gone
    settle();
    for (auto& [reference, monitor] : own_monitors_)
      claim(!monitor.of_peer || !monitor.open || !processes_.table().find(monitor.watcher),
            "a lost connection is told to each monitor");
  }
  void spawn_requests(Process* from) {
    Heap heap;
    switch (choices_.below(3)) {
      case 0:
        if (members_.size() < most_processes)
          deliver(signal::SpawnRequest{
              {peer_, 3, {next_reference_++, 1, 2}},
              some_remote(),
              some_remote(),
              Atom::of("m"),
              Atom::of("f"),
              choices_.below(2) == 0 ? Term::nil() : make_list(heap, {Term::atom(atoms::link)}),
              Term::nil()});
        return;
      case 1:
        if (from)
          if (auto request = processes_.signals().spawn_request(*from, peer_name, Atom::of("m"),
                                                                Atom::of("f"), Term::nil(), Term::nil()))
            requests_.push_back({*request, from->self()});
        return;
      case 2:
        if (auto request = some_of(requests_))
          deliver(signal::SpawnReply{.request = request->first,
                                     .to = own(request->second),
                                     .flags = 0,
                                     .result = some_remote(),
                                     .said_by = peer_name});
        return;
    }
  }

  // --- claims

  void settle() {
    while (processes_.scheduler().has_runnable()) processes_.scheduler().run(10);
    check_sent();
  }
  // Reads what was sent to the peer since the last call.
  void check_sent() {
    for (auto& sent : surroundings_.sent) {
      claim(sent.node == peer_name, "signals go to the only peer");
      auto* down = std::get_if<signal::Down>(&sent.signal.body);
      if (!down) continue;
      auto found = peer_monitors_.find(down->reference);
      claim(found != peer_monitors_.end(), "the peer is told of its own monitors only");
      claim(found->second.open, "the peer is told once, and not of a monitor that it removed");
      claim(found->second.watcher == down->to, "the process that monitors is told, at the peer");
      found->second.open = false;
    }
    surroundings_.sent.clear();
  }
  void end() {
    settle();
    for (auto& [reference, monitor] : own_monitors_) {
      if (!monitor.open || monitor.target == Term::nil()) continue;
      claim(processes_.table().find(monitor.target) || !processes_.table().find(monitor.watcher),
            "a monitor of a process that has ended was told");
    }
    for (Term pid : members_)
      if (Process* process = processes_.table().find(pid))
        processes_.exits().exit(*process, Term::atom(atoms::kill));
    settle();
    for (auto& [reference, monitor] : peer_monitors_) claim(!monitor.open, "the peer was told of each end");
    processes_.signals().node_down(peer_name);
    surroundings_.now_milliseconds += 1000;
    processes_.timers().advance(surroundings_.now_milliseconds, 10'000);
    settle();
    claim(processes_.table().count() == 0, "no process is left");
    auto counts = processes_.relations().counts();
    claim(counts.aliases == 0, "no alias is left");
    claim(counts.monitors_by_name == 0, "no monitor of a name is left");
    claim(counts.nodes == 0, "no relation to a node is left");
    claim(processes_.timers().count() == 0, "no timer is left");
    bool named = false;
    processes_.names().visit_all([] {}, [&](Atom) { named = true; });
    claim(!named, "no name is left");
  }

  Choices choices_;
  FakeSurroundings surroundings_;
  NodeIdentity self_{Atom::of("us@here"), Creation{7}};
  NodeIdentity peer_{peer_name, Creation{9}};
  Processes processes_{self_, surroundings_, {}};
  MessageTimers timers_{processes_.timers(), processes_.this_node(), processes_.table(),
                        processes_.names(),  processes_.scheduler(), processes_.signals()};
  std::vector<Term> members_;
  HeldMap<Reference, OwnMonitor> own_monitors_;
  HeldMap<Reference, PeerMonitor> peer_monitors_;
  std::vector<Reference> aliases_, timer_references_;
  std::vector<std::pair<Reference, Term>> requests_, ends_;
  std::uint32_t next_reference_ = 1;
};

}  // namespace
}  // namespace noderuntime::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  auto before = held_memory.used();
  test::Play{Bytes{data, size}}.run();
  test::claim(held_memory.used() == before, "all memory is given back");
  return 0;
}
