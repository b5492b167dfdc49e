// Control messages of a peer with identifiers of all kinds: its own, ours, those of a third node, and of dead processes. They
// come through a channel and act on processes. Claimed: what a process here has to do with the third node stays, and the third
// node is sent nothing. Bytes of the input choose the messages; some messages are damaged on their way.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "noderuntime/distribution/channel.h"
#include "noderuntime/process/native_body.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/well_known_atoms.h"
#include "test/fuzz/choices.h"
#include "test/unit/fake_surroundings.h"

namespace noderuntime::test {
namespace {

class Attack {
 public:
  explicit Attack(Bytes input) : choices_{input} {
    surroundings_.starter = [this](Process&, const Process*, Atom, Atom, Term) {
      return std::make_unique<Member>(*this, false);
    };
    bystander_ = spawn(true);
    bystander_->trap_exit = true;
    other_ = spawn(false)->self();
    Heap heap;
    auto& signals = processes_.signals();
    auto third = make_pid(heap, us_, {third_, 50, 0});
    signals.link(*bystander_, third);
    monitor_ = *signals.monitor(*bystander_, third, {});
    request_ = *signals.spawn_request(*bystander_, third_.name, Atom::of("m"), Atom::of("f"), Term::nil(),
                                      Term::nil());
    deliver(signal::Link{{third_, 51, 0}, own(bystander_->self())});
    deliver(signal::Monitor{{third_, 52, 0}, own(bystander_->self()), thirds_monitor_});
    settle();
    surroundings_.sent.clear();
  }

  void run() {
    AtomAllowance atoms{300}, writer_atoms{300};
    auto flags = distribution::visible_flags;
    distribution::Channel from_peer{{.self = peer_, .peer = us_, .flags = flags, .atoms = &writer_atoms}, {}};
    distribution::Channel to_us{{.self = us_, .peer = peer_, .flags = flags, .atoms = &atoms}, {}};
    for (int messages = 0; choices_.left() && messages < 60; ++messages) {
      Heap heap;
      auto wrote = from_peer.write(some_signal(heap));
      if (!wrote || !*wrote) continue;
      auto bytes = from_peer.take_output().flatten();
      if (choose(4) == 0 && bytes.size() > 4)
        bytes[4 + (choose(256) * 256 + choose(256)) % (bytes.size() - 4)] = static_cast<Byte>(choose(256));
      to_us.feed(bytes);
      while (true) {
        Signal signal;
        auto got = to_us.next(signal);
        if (!got) return check();  // the connection would be closed
        if (!*got) break;
        if (!ends_bystander(signal.body)) processes_.signals().deliver(std::move(signal));
        settle();
        check();
      }
    }
    processes_.signals().node_down(peer_.name);
    settle();
    check();
  }

 private:
  class Member final : public NativeBody {
   public:
    Member(Attack& attack, bool bystander)
        : NativeBody{attack.processes_.signals()}, attack_{attack}, bystander_{bystander} {}

   private:
    void on_message(Process&, Term message) override {
      if (bystander_) attack_.came(message);
    }
    Attack& attack_;
    bool bystander_;
  };

  // What only the third node may tell the bystander.
  void came(Term message) {
    auto is = [&](std::size_t size, const char* tag) {
      return message.is_tuple(size) && message.element(0).is(Atom::of(tag));
    };
    if (is(5, "DOWN") && message.element(1).is_reference())
      claim(to_reference(us_, message.element(1)) != monitor_,
            "a peer ends no monitor of a third node's process");
    if (is(4, "spawn_reply") && message.element(1).is_reference())
      claim(to_reference(us_, message.element(1)) != request_, "a peer answers no request to a third node");
    if (is(3, "EXIT") && message.element(1).is_pid()) {
      auto from = to_pid(us_, message.element(1));
      claim(from.node != third_, "a peer ends no link to a third node's process");
    }
  }
  // Messages of three shapes are not forgeries if their sender just sends them; exit/2 may end any process.
  bool ends_bystander(const SignalBody& body) {
    Target here{own(bystander_->self())};
    if (auto* exit = std::get_if<signal::Exit2>(&body)) return exit->to == here;
    if (auto* message = std::get_if<signal::Message>(&body)) return message->to == here;
    return false;
  }
  void check() {
    Process* process = processes_.table().find(own(bystander_->self()));
    claim(process == bystander_, "the bystander lives");
    auto& rows = bystander_->relations();
    claim(rows.links.contains(Pid{third_, 50, 0}) && rows.links.contains(Pid{third_, 51, 0}),
          "links to the third node stay");
    claim(rows.monitors.contains(monitor_), "monitors of the third node stay");
    claim(rows.monitored_by.contains(thirds_monitor_), "monitors by the third node stay");
    claim(rows.spawns.contains(request_), "requests to the third node stay");
    for (auto& sent : surroundings_.sent) claim(sent.node != third_.name, "the third node is sent nothing");
    surroundings_.sent.clear();
  }

  // --- messages

  unsigned choose(unsigned limit) { return choices_.below(limit); }
  Pid some_pid() {
    switch (choose(8)) {
      case 0: return {third_, 50, 0};
      case 1: return {third_, 51, 0};
      case 2: return {third_, 52, 0};
      case 3: return own(bystander_->self());
      case 4: return own(other_);
      case 5: return {{us_.name, Creation{8}}, pid_slot(bystander_->self()), pid_serial(bystander_->self())};
      case 6: return {{peer_.name, Creation{1}}, 5, 0};
      default: return {peer_, choose(3), 0};
    }
  }
  Reference some_reference() {
    switch (choose(5)) {
      case 0: return monitor_;
      case 1: return request_;
      case 2: return thirds_monitor_;
      case 3: return {us_, 3, {choose(4), choose(4), choose(4)}};
      default: return {peer_, 3, {choose(3), 1, 2}};
    }
  }
  Target some_target() {
    switch (choose(4)) {
      case 0: return some_reference();
      case 1: return Atom::of("name");
      default: return some_pid();
    }
  }
  PidOrName some_pid_or_name() {
    return choose(3) == 0 ? PidOrName{Atom::of("name")} : PidOrName{some_pid()};
  }
  SignalBody some_signal(Heap& heap) {
    Term reason = Term::atom(choose(2) == 0 ? atoms::kill : atoms::normal);
    switch (choose(12)) {
      case 0: return signal::Message{some_pid(), some_target(), reason, choose(2) == 1};
      case 1: return signal::Link{some_pid(), some_pid()};
      case 2: return signal::Unlink{some_pid(), some_pid(), 1 + choose(3)};
      case 3: return signal::UnlinkAck{some_pid(), some_pid(), 1 + choose(3)};
      case 4: return signal::Exit{some_pid(), some_pid(), reason};
      case 5: return signal::Exit2{some_pid(), some_target(), reason, choose(2) == 1};
      case 6: return signal::Monitor{some_pid(), some_pid_or_name(), some_reference()};
      case 7: return signal::Demonitor{some_pid(), some_pid_or_name(), some_reference()};
      case 8: return signal::Down{some_pid_or_name(), some_pid(), some_reference(), reason};
      case 9: return signal::GroupLeader{some_pid(), some_pid()};
      case 10:
        return signal::SpawnRequest{
            some_reference(),
            some_pid(),
            some_pid(),
            Atom::of("m"),
            Atom::of("f"),
            choose(2) == 0 ? Term::nil()
                           : make_list(heap, {Term::atom(atoms::link), Term::atom(atoms::monitor)}),
            Term::nil()};
      default:
        return signal::SpawnReply{
            .request = some_reference(), .to = some_pid(), .flags = choose(4), .result = some_pid()};
    }
  }

  Process* spawn(bool bystander) {
    Process* process =
        processes_.spawner().spawn(nullptr, std::make_unique<Member>(*this, bystander), SpawnOptions{});
    settle();
    return process;
  }
  Pid own(Term pid) { return {us_, pid_slot(pid), pid_serial(pid)}; }
  void deliver(SignalBody body) { processes_.signals().deliver(copy_signal(body)); }
  void settle() {
    while (processes_.scheduler().has_runnable()) processes_.scheduler().run(10);
  }

  Choices choices_;
  NodeIdentity us_{Atom::of("us@here"), Creation{7}}, peer_{Atom::of("peer@there"), Creation{9}},
      third_{Atom::of("third@elsewhere"), Creation{11}};
  FakeSurroundings surroundings_;
  Processes processes_{us_, surroundings_, {}};
  Process* bystander_ = nullptr;
  Term other_ = Term::nil();
  Reference monitor_{}, request_{}, thirds_monitor_{third_, 3, {1, 2, 3}};
};

}  // namespace
}  // namespace noderuntime::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  auto before = held_memory.used();
  test::Attack{Bytes{data, size}}.run();
  test::claim(held_memory.used() == before, "all memory is given back");
  return 0;
}
