#include "noderuntime/command/spawn.h"

#include "noderuntime/command/call.h"

namespace noderuntime::command {

namespace {

constexpr Seconds time_to_end{2};  // for a process that was told to end

struct Watched {
  std::optional<SpawnResult> started;
  Value pid, refused;
  std::optional<Value> reason;  // why it ended
};

class Spawner final : public NativeProcess {
 public:
  Spawner(Call what, Self::SpawnWish wish, std::shared_ptr<Watched> watched)
      : what_{std::move(what)}, wish_{wish}, watched_{std::move(watched)} {}

 private:
  void on_start(Self& self) override {
    self.trap_exit(true);
    self.spawn_on(what_.node, what_.module, what_.function, self.of(what_.arguments), wish_,
                  [watched = watched_](Self&, const SpawnResult& result) {
                    watched->started = result;
                    (result.ok ? watched->pid : watched->refused) =
                        Value::of(result.ok ? result.pid : result.reason);
                  });
  }
  void on_message(Self& self, Term message) override {
    Term who, reference, reason;
    if (message.is("stop"_atom)) self.exit(watched_->pid.term(), "shutdown"_atom);
    if (self.matches(message, "EXIT"_atom, &who, &reason) ||
        self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &reason))
      if (!watched_->reason) watched_->reason = Value::of(reason);
  }

  Call what_;
  Self::SpawnWish wish_;
  std::shared_ptr<Watched> watched_;
};

bool is_good(Term reason) {
  return reason.is("normal"_atom) || reason.is("shutdown"_atom) ||
         (reason.is_tuple(2) && reason.element(0).is("shutdown"_atom));
}

int ended(Client& client, Atom node, const Value& reason) {
  if (reason.term().is("noconnection"_atom)) {
    complain(std::string{node.text()} + ": the connection is lost");
    return unreachable;
  }
  if (client.output().json())
    client.output().object({{"node", text_value(node.text())}, {"exit", reason}});
  else
    client.output().line("exit " + client.output().text(reason.term()));
  return is_good(reason.term()) ? success : remote_failure;
}

int spawn_there(Client& client, Atom node, const SpawnOptions& options) {
  auto what = read_call(client, node, options.words);
  if (!what) return client.fail(what.error());
  if (int failed = client.reach(node)) return failed;

  auto watched = std::make_shared<Watched>();
  bool stays = options.link || options.monitor || options.wait;
  Self::SpawnWish wish{.link = options.link, .monitor = stays && !options.link};
  Pid spawner = client.node().spawn(std::make_unique<Spawner>(*what, wish, watched));
  auto waited = client.wait_until([&] { return watched->started.has_value(); });
  if (waited != Waited::done)
    return client.fail(
        Error{waited == Waited::timeout ? Errc::timeout : Errc::interrupted, std::string{node.text()}});
  if (!watched->started->ok) {
    bool cut = watched->refused.term().is("noconnection"_atom);
    complain(std::string{node.text()} + ": no process: " + client.output().text(watched->refused.term()));
    return cut ? unreachable : remote_failure;
  }
  if (client.output().json())
    client.output().object({{"node", text_value(node.text())}, {"pid", watched->pid}});
  else
    client.output().line(client.output().text(watched->pid.term()));
  if (!stays) return success;

  auto over = [&] { return watched->reason.has_value(); };
  client.wait(over, Seconds{-1});
  if (client.interrupted() && options.link && !over()) {
    client.go_on();
    client.node().act([spawner](Self& self) { self.send(spawner, "stop"_atom); });
    client.wait(over, time_to_end);
    if (over()) ended(client, node, *watched->reason);
    return by_interrupt;
  }
  return over() ? ended(client, node, *watched->reason) : by_interrupt;
}

}  // namespace

int spawn(const SpawnOptions& options) { return with_node(options, spawn_there); }

}  // namespace noderuntime::command
