#include "noderuntime/command/watch.h"

#include <ctime>

namespace noderuntime::command {

namespace {

struct Target {
  Atom node;
  std::optional<Atom> name;  // of a process on it
};

Result<Target> target_of(const Client& client, const std::string& typed) {
  auto slash = typed.find('/');
  auto node = client.target(typed.substr(0, slash));
  if (!node) return node.error();
  if (slash == typed.npos) return Target{*node, std::nullopt};
  auto name = Atom::intern(typed.substr(slash + 1));
  if (!name) return Error{Errc::usage, typed + ": the name of a process has at most 255 characters"};
  return Target{*node, *name};
}

std::string now_text() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// Monitors one registered process, and ends with it.
class Observer final : public NativeProcess {
 public:
  using Down = std::function<void(Term reason)>;
  Observer(Target target, Down down) : target_{target}, down_{std::move(down)} {}

 private:
  void on_start(Self& self) override { self.monitor(std::pair{*target_.name, target_.node}); }
  void on_message(Self& self, Term message) override {
    Term reference, who, reason;
    if (!self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &reason)) return;
    down_(reason);
    self.exit("normal"_atom);
  }

  Target target_;
  Down down_;
};

class Watch {
 public:
  Watch(Client& client, std::vector<Target> targets, Seconds interval)
      : client_{client}, targets_{std::move(targets)}, up_(targets_.size()), interval_{interval} {}

  int run() {
    while (!client_.interrupted()) {
      for (std::size_t i = 0; i < targets_.size() && !client_.interrupted(); ++i) look(i);
      client_.wait([this] { return something_lost(); }, interval_);
    }
    return by_interrupt;
  }

 private:
  bool something_lost() const {
    for (std::size_t i = 0; i < targets_.size(); ++i)
      if (is_lost(i)) return true;
    return false;
  }
  // The connection that the target was reached by is gone. There may be a new one already, made for another
  // target on the node.
  bool is_lost(std::size_t i) const {
    return up_[i].reachable && client_.losses(targets_[i].node) != up_[i].losses;
  }

  void look(std::size_t i) {
    auto& target = targets_[i];
    auto& state = up_[i];
    if (is_lost(i)) {
      bool was_up = !target.name || state.pid;
      state = {};
      state.told_down = true;
      if (was_up) tell(target.name ? "down" : "nodedown", i, "noconnection");
    }
    if (!state.reachable) {
      client_.restart_clock();
      state.losses = client_.losses(target.node);
      auto connected = client_.connect(target.node);
      if (!connected) {
        if (connected.error().code != Errc::interrupted && !std::exchange(state.told_down, true))
          tell(target.name ? "down" : "nodedown", i, error_name(connected.error().code));
        return;
      }
      state.reachable = true;
      if (!target.name) tell("nodeup", i, {});
    }
    if (target.name && !state.pid) look_for_name(i);
  }

  void look_for_name(std::size_t i) {
    auto& target = targets_[i];
    client_.restart_clock();
    auto arguments = client_.build([&](Terms& terms) { return terms.list(*target.name); });
    auto called = client_.call(target.node, "erlang", "whereis", arguments);
    if (!called.ok() || !called.term.term().is_pid()) {
      if (called.ok() && !std::exchange(up_[i].told_down, true)) tell("down", i, "noproc");
      return;
    }
    up_[i].pid = called.term;
    up_[i].told_down = true;
    tell("up", i, print(called.term.term()));
    client_.node().spawn(std::make_unique<Observer>(target, [this, i](Term reason) {
      if (reason.is("noconnection"_atom)) return;  // look() notices that the node is lost
      up_[i].pid.reset();
      tell("down", i, client_.output().text(reason));
    }));
  }

  void tell(std::string_view event, std::size_t i, std::string_view what) {
    auto& target = targets_[i];
    auto& output = client_.output();
    if (output.json()) {
      std::vector<Field> fields{{"time", text_value(now_text())},
                                {"event", text_value(event)},
                                {"node", text_value(target.node.text())}};
      if (target.name) fields.emplace_back("name", text_value(target.name->text()));
      if (!what.empty()) fields.emplace_back(event == "up" ? "pid" : "reason", text_value(what));
      return output.object(fields);
    }
    std::string line = now_text() + ' ' + std::string{event} + ' ' + std::string{target.node.text()};
    if (target.name) line += '/' + std::string{target.name->text()};
    if (!what.empty()) line += ' ' + std::string{what};
    output.line(line);
  }

  struct State {
    bool reachable = false, told_down = false;
    std::size_t losses = 0;  // of connections to the node, before this one
    std::optional<Value> pid;
  };
  Client& client_;
  std::vector<Target> targets_;
  std::vector<State> up_;
  Seconds interval_;
};

int watch_all(Client& client, const WatchOptions& options) {
  std::vector<Target> targets;
  for (auto& typed : options.targets) {
    auto target = target_of(client, typed);
    if (!target) return client.fail(target.error());
    targets.push_back(*target);
  }
  return Watch{client, std::move(targets), options.interval}.run();
}

}  // namespace

int watch(const WatchOptions& options) { return with_client(options, watch_all); }

}  // namespace noderuntime::command
