// A counter server in C++, which Erlang and Elixir use like a gen_server of their own.
//
//     $ example_counter --name counter --cookie secret
//
//     1> gen_server:call({counter, counter@myhost}, {add, 5}).
//     {ok,5}
//
//     iex> GenServer.call({:counter, :"counter@myhost"}, {:add, 5})
//     {:ok, 5}
//
//     call  value          N                  the count
//           {add, N}       {ok, NewCount}
//           {slow, Ms}     the count, after Ms milliseconds: the server answers other calls in between
//           crash          the server ends with an error, and is started again
//           anything else  {error, {unknown, Request}}
//     cast  reset, {add, N}
//     {subscribe, Pid}     a message: Pid gets {count, N} on each change, as long as Pid lives
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include <noderuntime/gen_server.h>
#include <noderuntime/local_node.h>

using namespace noderuntime;

namespace {

class Counter final : public GenServer {
 public:
  void on_call(Self& self, Term from, Term request) override {
    std::int64_t number;
    if (request.is("value"_atom)) return reply(self, from, count_);
    if (request.is("crash"_atom)) throw std::runtime_error{"asked to crash"};
    if (self.matches(request, "add"_atom, &number))
      return change(self, number), reply(self, from, std::pair{"ok"_atom, count_});
    if (self.matches(request, "slow"_atom, &number)) {
      self.send_after(Milliseconds{number}, self.pid(), std::pair{"answer"_atom, from});
      return;
    }
    reply(self, from, std::pair{"error"_atom, std::pair{"unknown"_atom, request}});
  }

  void on_cast(Self& self, Term request) override {
    std::int64_t number;
    if (request.is("reset"_atom)) change(self, -count_);
    if (self.matches(request, "add"_atom, &number)) change(self, number);
  }

  void on_info(Self& self, Term message) override {
    Term term;
    Pid pid;
    Reference reference;
    if (self.matches(message, "answer"_atom, &term)) reply(self, term, count_);
    if (self.matches(message, "subscribe"_atom, &pid)) subscribers_.emplace(self.monitor(pid), pid);
    if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &term, &term))
      subscribers_.erase(reference);
  }

  Term state(Self& self) override { return self.map(std::pair{"count"_atom, count_}); }

 private:
  void change(Self& self, std::int64_t by) {
    count_ += by;
    for (auto& [reference, pid] : subscribers_) self.send(pid, std::pair{"count"_atom, count_});
  }

  std::int64_t count_ = 0;
  std::unordered_map<Reference, Pid> subscribers_;
};

// Starts the counter, and starts it again when it ends by itself.
class Supervisor final : public NativeProcess {
 public:
  void on_start(Self& self) override {
    self.trap_exit(true);
    start(self);
  }
  void on_message(Self& self, Term message) override {
    Term pid, reason;
    if (!self.matches(message, "EXIT"_atom, &pid, &reason)) return;
    if (!reason.is("normal"_atom) && !reason.is("shutdown"_atom)) start(self);
  }

 private:
  void start(Self& self) { self.spawn(std::make_unique<Counter>(), {.name = "counter"_atom, .link = true}); }
};

NodeOptions options_of(int count, char** arguments) {
  NodeOptions options;
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(arguments[i], "--name") == 0) options.name = arguments[i + 1];
    if (std::strcmp(arguments[i], "--cookie") == 0) options.cookie = arguments[i + 1];
  }
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  EventLoop loop;
  int status = 0;
  auto halted = [&](int wanted) { status = wanted, loop.stop(); };
  auto node = LocalNode::create(loop, options_of(count, arguments), {.halted = halted});
  Outcome up = node ? (*node)->wait_until_up() : Outcome{node.error()};
  if (!up) return std::fprintf(stderr, "counter: %s\n", up.error().message().c_str()), 1;
  (*node)->spawn(std::make_unique<Supervisor>(), {.name = "counter_supervisor"_atom});
  loop.on_signals({SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  std::printf("%s is up\n", std::string{(*node)->name().text()}.c_str());
  std::fflush(stdout);
  loop.run();
  return status;
}
