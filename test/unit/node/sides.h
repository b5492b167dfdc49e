// Both ends of connections on one loop: Peers with a listener, and a relay that damages what passes between them.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "noderuntime/node/deferred_calls.h"
#include "noderuntime/node/peers.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/text.h"
#include "noderuntime/tls/credentials.h"
#include "test/unit/fake_surroundings.h"
#include "test/unit/turn_until.h"

namespace noderuntime::test {

inline const auto any_port = net::Address::loopback(net::Address::Family::v4, Port{0});

// The Peers of one node, and what they have reported.
class Side : private PeerEvents, private SignalReceiver {
  net::Loop& loop_;

 public:
  // `name` is empty for a node without a name, which does not listen. Without `credentials` there is no TLS.
  Side(net::Loop& loop, const std::string& name, std::uint32_t creation = 5,
       std::shared_ptr<const tls::Credentials> credentials = nullptr)
      : loop_{loop}, transport_{loop, std::move(credentials)} {
    configuration.cookie = "secret";
    configuration.setup_time = std::chrono::minutes{1};
    if (name.empty()) return;
    self = {Atom::of(name), Creation{creation}};
    peers.set_self(distribution::Identity{*NodeName::parse(name), Creation{creation}});
    listener_ = *net::TcpListener::open(loop, any_port, {.no_delay = true},
                                        [this](auto stream) { peers.accept(std::move(stream)); });
  }
  ~Side() override { peers.disconnect_all(); }

  net::Address address() const { return *listener_->local(); }
  void set_address(Atom node, const net::Address& at) {
    configuration.addresses[std::string{node.text()}] = at.text();
  }
  // The outcome of the attempt: "none yet", "ok" or the name of the error. It is valid as long as this side.
  const std::string& connect(Atom node) {
    auto& told = outcomes_.emplace_back("none yet");
    peers.connect(node, [&told](Outcome outcome) {
      told = outcome ? "ok" : std::string{error_name(outcome.error().code)};
    });
    return told;
  }
  const std::string& connect_and_wait(Atom node) {
    const auto& told = connect(node);
    turn_until(loop_, [&] { return told != "none yet"; });
    return told;
  }
  // Sends a binary of `size` bytes to the process `sink` of the node. Returns whether the sender must wait.
  bool send(Atom node, std::size_t size, std::uint32_t sender = 1) {
    Heap heap;
    bool waits = peers.send(
        node, signal::Message{Pid{self, sender}, Atom::of("sink"), make_binary(heap, Buffer(size, 'x'))});
    peers.flush();
    return waits;
  }
  void send_text(Atom node, std::string_view erlang) {
    auto text = *parse_text(erlang);
    peers.send(node, signal::Message{Pid{self, 1}, Atom::of("sink"), text.term()});
    peers.flush();
  }
  std::size_t held(Atom node) const {
    for (auto& row : peers.held())
      if (row.node == node) return row.bytes;
    return 0;
  }

  NodeConfiguration configuration;
  NodeIdentity self{};
  std::vector<std::string> events;  // "up NODE", "down NODE ERROR", "failed NODE ERROR", "drained NODE"
  std::vector<std::string> got;     // received messages as text; a binary as its size in bytes
  std::vector<std::string> notes;
  int slices = 0;                                   // of long work, but for the first of each
  std::function<void(Atom)> when_up = [](Atom) {};  // called from inside the event
  Transport transport_;
  Peers peers{loop_, transport_, configuration, *this, *this};

 private:
  void on_identity(const distribution::Identity& given) override {
    self = {Atom::of(given.name.full()), given.creation};
    events.push_back("named");
  }
  void on_node_up(Atom node, bool visible) override {
    say(visible ? "up" : "hidden up", node);
    when_up(node);
  }
  void on_node_down(Atom node, bool, const Error& why) override { say("down", node, why.code); }
  void on_unreachable(Atom node, ReachStep, const Error& why) override { say("failed", node, why.code); }
  void on_drained(Atom node) override { say("drained", node); }
  void deliver(Signal&& signal) override {
    auto* message = std::get_if<signal::Message>(&signal.body);
    if (!message) return got.push_back("no message");
    Term term = message->message;
    got.push_back(term.is_bitstring() ? std::to_string(bits_of(term).bit_size / 8) : to_text(term));
  }
  void on_input_done() override {}
  std::uint64_t begin_work(std::function<void()> work, std::function<void()> ended) override {
    auto job = processes_.scheduler().begin_job(std::move(work), std::move(ended));
    if (job != 0) run_work();
    return job;
  }
  void cancel_work(std::uint64_t job) override { processes_.scheduler().cancel_job(job); }
  void run_work() {
    later_([this] {
      ++slices;
      processes_.scheduler().run(1);
      if (processes_.scheduler().has_runnable()) run_work();
    });
  }
  std::uint64_t random() override { return random_ = random_ * 6364136223846793005u + 1442695040888963407u; }
  void note(bool, std::string text) override { notes.push_back(std::move(text)); }

  void say(std::string what, Atom node, std::optional<Errc> why = {}) {
    what.append(" ").append(node.text());
    if (why) what.append(" ").append(error_name(*why));
    events.push_back(std::move(what));
  }

  FakeSurroundings surroundings_;
  Processes processes_{NodeIdentity{Atom::of("work@here"), Creation{1}}, surroundings_, {}};
  DeferredCalls later_{loop_};
  std::list<std::string> outcomes_;
  std::uint64_t random_ = 1;
  std::unique_ptr<net::TcpListener> listener_;
};

// Relays the bytes of a caller and a node to each other, until the node has sent a given number of bytes.
class Relay {
 public:
  enum class Then { closes, is_silent };
  Relay(net::Loop& loop, net::Address node) : loop_{loop}, node_{node} {
    listener_ = *net::TcpListener::open(loop, any_port, {}, [this](auto stream) { take(std::move(stream)); });
  }
  net::Address address() const { return *listener_->local(); }
  void pass_only(std::size_t bytes, Then then) { left_ = bytes, then_ = then; }
  std::size_t passed() const { return passed_; }  // bytes of the node that it has relayed
  std::size_t calls() const { return calls_; }
  void stop_reading_the_caller() { caller_->stop_reading(); }

 private:
  void take(std::unique_ptr<net::TcpStream> caller) {
    ++calls_;
    drop();
    caller_ = std::move(caller);
    to_node_ = std::make_unique<net::TcpStream>(loop_);
    to_node_->connect(node_, [this](Outcome) {
      caller_->start({.read = [this](Bytes bytes) { to_node_->write(Buffer(bytes.begin(), bytes.end())); },
                      .ended = [this](Error) { drop(); }});
      to_node_->start({.read = [this](Bytes bytes) { pass(bytes); }, .ended = [this](Error) { drop(); }});
      if (left_ == 0 && then_ == Then::closes) drop();
    });
  }
  void pass(Bytes bytes) {
    auto some = bytes.first(std::min(bytes.size(), left_));
    left_ -= some.size();
    passed_ += some.size();
    caller_->write(Buffer(some.begin(), some.end()));
    if (left_ == 0 && then_ == Then::closes) drop();
  }
  void drop() {
    for (auto* stream : {&caller_, &to_node_}) {
      if (!*stream) continue;
      (*stream)->finish_output();
      (*stream)->close();
      loop_.drop_later(std::move(*stream));
    }
  }

  net::Loop& loop_;
  net::Address node_;
  std::unique_ptr<net::TcpListener> listener_;
  std::unique_ptr<net::TcpStream> caller_, to_node_;
  std::size_t left_ = SIZE_MAX, passed_ = 0, calls_ = 0;
  Then then_ = Then::closes;
};

}  // namespace noderuntime::test
