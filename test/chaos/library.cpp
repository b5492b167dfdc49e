// A program with the library, as a peer of the scenario: library NAME COOKIE TARGET. It calls, monitors and sends numbers
// in order until it is killed, or until SIGTERM. It prints lines for the director, as chaos_told.erl does.
#include <csignal>
#include <cstdio>

#include <noderuntime/local_node.h>

using namespace noderuntime;

namespace {

void is_false(const char* text, const std::string& got) {
  std::printf("{chaos,false,'%s',%s,library}\n", text, got.c_str());
  std::fflush(stdout);
}

// Calls, each answered exactly once; the next one follows after the answer.
class Caller final : public NativeProcess {
 public:
  explicit Caller(Atom target) : target_{target} {}
  void on_start(Self& self) override { ask(self); }
  void on_message(Self& self, Term message) override {
    if (message.is("again"_atom)) ask(self);
  }

 private:
  void ask(Self& self) {
    auto number = ++asked_;
    self.call(
        target_, "chaos_here"_atom, "table"_atom, self.list(100),
        [this, number](Self& self, const CallResult& result) {
          if (number != asked_ || answered_ == number)
            is_false("a call is answered once", std::to_string(number));
          answered_ = number;
          bool lost = result.kind == CallResult::Kind::failed;  // noconnection
          if (!lost && print(result.term) != "5050") is_false("a call gives its value", print(result.term));
          self.send_after(Milliseconds{lost ? 300 : 5}, self.pid(), "again"_atom);
        },
        Milliseconds{120'000});
  }
  Atom target_;
  std::uint64_t asked_ = 0, answered_ = 0;
};

// The sender of chaos_order.erl, in C++: numbers to one receiver on the target, and then to the next one.
class Sender final : public NativeProcess {
 public:
  explicit Sender(Atom target) : target_{target} {}
  void on_start(Self& self) override { begin(self); }
  void on_message(Self& self, Term message) override {
    Term pid, reason;
    Reference reference;
    if (self.matches(message, "receiver"_atom, &pid)) {
      auto receiver = self.as<Pid>(pid);
      if (!receiver) return is_false("a receiver is a process", print(message));
      if (receiver_) {  // the reply to its spawn was lost with a connection, and another one was spawned
        self.send(*receiver, self.tuple("last"_atom, self.pid(), 0));
        return;
      }
      receiver_ = receiver, next_ = 1;
      monitor_ = self.monitor(*receiver_);
      send_next(self);
    } else if (message.is("next"_atom)) {
      if (receiver_) send_next(self);
    } else if (message.is("begin"_atom)) {
      begin(self);
    } else if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &pid, &reason)) {
      if (!receiver_ || reference != monitor_) return is_false("a monitor tells once", print(message));
      receiver_.reset();
      self.send_after(Milliseconds{reason.is("normal"_atom) ? 10 : 300}, self.pid(), "begin"_atom);
    }
  }

 private:
  // A receiver that the connection was lost to ends by itself, because it monitors this process.
  void begin(Self& self) {
    self.spawn_on(target_, "chaos_order"_atom, "receive_all"_atom, self.list(self.pid()), {},
                  [](Self& self, const SpawnResult& result) {
                    if (!result.ok) self.send_after(Milliseconds{300}, self.pid(), "begin"_atom);
                  });
  }
  void send_next(Self& self) {
    constexpr std::int64_t count = 500;
    for (int i = 0; i < 20 && next_ <= count; ++i, ++next_)
      self.send(*receiver_, self.tuple("number"_atom, self.pid(), next_, self.binary("")));
    if (next_ <= count)
      self.send_after(Milliseconds{1}, self.pid(), "next"_atom);
    else
      self.send(*receiver_, self.tuple("last"_atom, self.pid(), count));
  }
  Atom target_;
  std::optional<Pid> receiver_;
  Reference monitor_{};
  std::int64_t next_ = 1;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return std::fprintf(stderr, "usage: library NAME COOKIE TARGET\n"), 64;
  EventLoop loop;
  NodeOptions options;
  options.name = arguments[1], options.long_name = true;
  options.cookie = arguments[2];
  options.start_epmd = false;
  options.net_ticktime = std::chrono::seconds{4};
  auto node = LocalNode::create(loop, options);
  Outcome up = node ? (*node)->wait_until_up() : Outcome{node.error()};
  if (!up) return std::fprintf(stderr, "library: %s\n", up.error().message().c_str()), 1;
  auto target = Atom::of(arguments[3]);
  (*node)->spawn(std::make_unique<Caller>(target));
  (*node)->spawn(std::make_unique<Sender>(target));
  loop.on_signals({SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  loop.run();
}
