// Calls two real nodes that run served.erl, with all functions of the library: caller NAME COOKIE NODE NODE.
// With an empty NAME the first node gives the caller a name.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <noderuntime/local_node.h>

using namespace noderuntime;

namespace {

void claim(const std::string& text, bool good, const std::string& got = {}) {
  std::printf("%s %s\n", good ? "ok   " : "FALSE", text.c_str());
  if (good) return;
  std::printf("      got %s\n", got.c_str());
  std::fflush(stdout);
  std::_Exit(1);
}

// The result of a call as text: KIND TERM.
std::string text_of(const CallResult& result) {
  constexpr const char* kinds[] = {"value", "error", "exit", "throw", "failed"};
  return std::string{kinds[static_cast<int>(result.kind)]} + " " + print(result.term);
}

class Caller {
 public:
  Caller(LocalNode& node, Atom there, Atom other) : node_{node}, there_{there}, other_{other} {}

  void run() {
    connections();
    calls();
    servers();
    processes();
    failures();
  }

 private:
  using Tell = std::function<void(std::string)>;

  // Claims that `ask` gives the text `expected` to its Tell.
  void equal(const std::string& text, const std::string& expected,
             const std::function<void(Self&, Tell)>& ask) {
    auto told = std::make_shared<std::optional<std::string>>();
    node_.act([&](Self& self) { ask(self, [told](std::string what) { *told = std::move(what); }); });
    bool in_time = node_.loop().run_until([&] { return told->has_value(); }, Milliseconds{20'000});
    claim(text, in_time && **told == expected, in_time ? **told : "nothing");
  }
  static Continuation to(Tell tell) {
    return [tell](Self&, const CallResult& result) { tell(text_of(result)); };
  }

  void connections() {
    equal("ping: pong", "pong", [&](Self& self, Tell tell) {
      self.ping(there_, [tell](Self&, bool pong) { tell(pong ? "pong" : "pang"); });
    });
    claim("ping_and_wait", node_.ping_and_wait(other_));
    claim("the node has a name", node_.name().text().find("nonode") == std::string_view::npos);
  }

  void calls() {
    equal("call: a value", "value [3,2,1]", [&](Self& self, Tell tell) {
      self.call(there_, "lists"_atom, "reverse"_atom, self.list(self.list(1, 2, 3)), to(tell));
    });
    for (auto [how, expected] : {std::pair{"error", "error broken"}, std::pair{"exit", "exit over"},
                                 std::pair{"throw", "throw ball"}, std::pair{"kill", "exit killed"}})
      equal(std::string{"call: "} + how, expected, [&, how = how](Self& self, Tell tell) {
        self.call(there_, "served"_atom, "fail"_atom, self.list(Atom::of(how)), to(tell));
      });
    equal("call: undef, with its stack", "error undef [{no,such,[],[]}]", [&](Self& self, Tell tell) {
      self.call(there_, "no"_atom, "such"_atom, self.list(), [tell](Self&, const CallResult& result) {
        tell(text_of(result) + " " + print(result.stack));
      });
    });
    equal("call: the time is over", "failed timeout", [&](Self& self, Tell tell) {
      self.call(there_, "served"_atom, "wait"_atom, self.list(1000), to(tell), Milliseconds{50});
    });
    equal("1,000 concurrent calls are all answered", "500500", [&](Self& self, Tell tell) {
      auto sum = std::make_shared<std::pair<int, std::int64_t>>();
      for (int i = 1; i <= 1000; ++i)
        self.call(there_, "erlang"_atom, "abs"_atom, self.list(-i),
                  [tell, sum](Self& self, const CallResult& result) {
                    sum->second += self.as<std::int64_t>(result.term).value_or(0);
                    if (++sum->first == 1000) tell(std::to_string(sum->second));
                  });
    });
    equal("multicall: in the order of the nodes, with those that fail", "true true failed noconnection",
          [&](Self& self, Tell tell) {
            std::vector<Atom> nodes{there_, other_, "nobody@localhost"_atom};
            self.multicall(nodes, "erlang"_atom, "node"_atom, self.list(),
                           [tell, nodes](Self&, std::span<const NodeResult> results) {
                             std::string all;
                             for (std::size_t i = 0; i < 2; ++i)
                               all += results[i].result.term.is(nodes[i]) ? "true " : "false ";
                             tell(all + text_of(results[2].result));
                           });
          });
    equal("cast: it happens", "told", [&](Self& self, Tell tell) {
      self.spawn(std::make_unique<Listener>(tell), {.name = "listener"_atom});
      self.cast(there_, "served"_atom, "tell"_atom,
                self.list(self.of(*self.whereis("listener"_atom)), "hello"_atom));
    });
    auto value = node_.call_and_wait(there_, "maps"_atom, "from_list"_atom, [](Terms& terms) {
      return terms.list(terms.list(std::pair{"a"_atom, 1}, std::pair{"b"_atom, "text"}));
    });
    claim("call_and_wait: a value", value && print(value->term()) == "#{a => 1,b => <<\"text\">>}",
          value ? print(value->term()) : value.error().message());
    auto raised = node_.call_and_wait(there_, "served"_atom, "fail"_atom,
                                      [](Terms& terms) { return terms.list("throw"_atom); });
    claim("call_and_wait: an exception is an error",
          !raised && raised.error().code == Errc::raised && raised.error().context == "throw ball");
  }

  void servers() {
    auto served = std::pair{"served"_atom, there_};
    equal("gen_server call", "value kept", [&](Self& self, Tell tell) {
      self.gen_call(served, self.tuple("keep"_atom, self.tuple(1, 2.5)), to(tell));
    });
    equal("gen_server cast, then a call", "value fresh", [&](Self& self, Tell tell) {
      self.gen_cast(served, "fresh"_atom);
      self.gen_call(served, "get"_atom, to(tell));
    });
    equal("gen_server call: no answer in time", "failed timeout",
          [&](Self& self, Tell tell) { self.gen_call(served, "silence"_atom, to(tell), Milliseconds{50}); });
    equal("gen_server call: no such name", "failed noproc", [&](Self& self, Tell tell) {
      self.gen_call(std::pair{"nobody"_atom, there_}, 1, to(tell));
    });
    equal("gen_server call: it ends meanwhile", "failed crashed",
          [&](Self& self, Tell tell) { self.gen_call(served, "crash"_atom, to(tell)); });
  }

  // Ends when it receives {told, hello}, and tells that.
  class Listener final : public NativeProcess {
   public:
    explicit Listener(Tell tell) : tell_{std::move(tell)} {}
    void on_message(Self& self, Term message) override {
      if (self.matches(message, "told"_atom, "hello"_atom)) tell_("told"), self.exit("normal"_atom);
    }

   private:
    Tell tell_;
  };

  // Spawns a process on the other node, and tells the answer.
  class Parent final : public NativeProcess {
   public:
    Parent(Atom there, Self::SpawnWish wish, Atom how, Tell tell)
        : there_{there}, wish_{wish}, how_{how}, tell_{std::move(tell)} {}
    void on_start(Self& self) override {
      self.trap_exit(true);
      self.spawn_on(there_, "served"_atom, "fail"_atom, self.list(how_), wish_,
                    [this](Self&, const SpawnResult& result) {
                      text_ = result.ok && result.pid.is_pid() ? "spawned" : print(result.reason);
                      reference_ = result.reference;
                    });
    }
    void on_message(Self& self, Term message) override {
      Term pid, reason;
      Reference reference;
      if (self.matches(message, "EXIT"_atom, &pid, &reason)) text_ += " EXIT " + print(reason);
      if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &pid, &reason))
        text_ += (reference == reference_ ? " DOWN " : " other ") + print(reason);
      tell_(text_);
      self.exit("normal"_atom);
    }

   private:
    Atom there_;
    Self::SpawnWish wish_;
    Atom how_;
    Tell tell_;
    std::string text_;
    Reference reference_;
  };

  void processes() {
    equal("spawn on a node with a link", "spawned EXIT over", [&](Self& self, Tell tell) {
      self.spawn(std::make_unique<Parent>(there_, Self::SpawnWish{.link = true}, "exit"_atom, tell));
    });
    equal("spawn on a node with a monitor", "spawned DOWN over", [&](Self& self, Tell tell) {
      self.spawn(std::make_unique<Parent>(there_, Self::SpawnWish{.monitor = true}, "exit"_atom, tell));
    });
    equal("a timer fires, one that is cancelled does not", "second", [&](Self& self, Tell tell) {
      auto pid = self.node().spawn([tell](Self& self, Term message) {
        tell(print(message));
        self.exit("normal"_atom);
      });
      auto first = self.send_after(Milliseconds{10}, pid, "first"_atom);
      self.send_after(Milliseconds{40}, pid, "second"_atom);
      if (!self.cancel(first) || self.cancel(first)) tell("cancel is wrong");
    });
    equal("an alias takes one reply, and what it answers comes back from the node", "pong one",
          [&](Self& self, Tell tell) {
            auto pid = self.node().spawn([tell, there = there_](Self& self, Term message) {
              Term what;
              if (message.is("go"_atom))
                self.cast(there, "erlang"_atom, "send"_atom,
                          self.list(self.reference(self.alias(true)), std::pair{"pong"_atom, "one"_atom}));
              if (self.matches(message, "pong"_atom, &what)) tell("pong " + print(what));
            });
            self.send(pid, "go"_atom);
          });
    equal("a handler that throws ends its process only", "DOWN {native_exception,<<\"no\">>}",
          [&](Self& self, Tell tell) {
            auto fragile = self.node().spawn([](Self&, Term) { throw std::runtime_error{"no"}; });
            auto watcher = self.node().spawn([tell, fragile](Self& self, Term message) {
              Term term, reason;
              if (message.is("watch"_atom)) self.monitor(fragile), self.send(fragile, 1);
              if (self.matches(message, "DOWN"_atom, &term, "process"_atom, &term, &reason))
                tell("DOWN " + print(reason));
            });
            self.send(watcher, "watch"_atom);
          });
    equal("a name is free again when its process has ended", "true false true", [&](Self& self, Tell tell) {
      auto text = [](bool yes) { return std::string{yes ? "true" : "false"}; };
      auto code = [](Self& self, Term message) { self.exit(message); };
      auto first = self.node().spawn(code), second = self.node().spawn(code);
      std::string all = text(self.register_name("seat"_atom, first));
      all += " " + text(self.register_name("seat"_atom, second));
      self.exit(first, "over"_atom);
      tell(all + " " + text(self.register_name("seat"_atom, second)));
    });
  }

  void failures() {
    equal("call: the node does not exist", "failed noconnection", [&](Self& self, Tell tell) {
      self.call("nobody@localhost"_atom, "a"_atom, "b"_atom, self.list(), to(tell));
    });
    equal("ping: pang", "pang", [&](Self& self, Tell tell) {
      self.ping("nobody@localhost"_atom, [tell](Self&, bool pong) { tell(pong ? "pong" : "pang"); });
    });
    equal("call: the node ends meanwhile", "failed noconnection", [&](Self& self, Tell tell) {
      self.call(there_, "served"_atom, "wait"_atom, self.list(10'000), to(tell));
      self.cast(there_, "net_kernel"_atom, "disconnect"_atom, self.list(node_.name()));
    });
  }

  LocalNode& node_;
  Atom there_, other_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 64;
  EventLoop loop;
  auto node = LocalNode::create(loop, {.name = arguments[1], .cookie = arguments[2]});
  if (!node) claim("the node starts", false, node.error().message());
  std::string early;  // what a process received that was spawned before the node had its name
  Pid pid = (*node)->spawn([&](Self&, Term message) { early = print(message); });
  (*node)->act([&](Self& self) {
    self.ping(Atom::of(arguments[3]), [pid](Self& self, bool pong) { self.send(pid, pong); });
  });
  auto up = (*node)->wait_until_up();
  claim("the node is up", up.ok(), up ? "" : up.error().message());
  loop.run_until([&] { return !early.empty(); }, Milliseconds{10'000});
  claim("what was asked before the node was up happens then", early == "true", early);
  Caller{**node, Atom::of(arguments[3]), Atom::of(arguments[4])}.run();
  (*node)->stop();
  return 0;
}
