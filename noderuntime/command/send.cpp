#include "noderuntime/command/send.h"

namespace noderuntime::command {

namespace {

// The events that the sending process receives.
struct Dialogue {
  std::vector<Value> replies;
  std::optional<Value> ended;  // the reason for which the other process ended
  bool arrived = false;        // the other node has read the message
};

class Sender final : public NativeProcess {
 public:
  Sender(Client& client, Atom node, Atom name, std::string message, std::shared_ptr<Dialogue> dialogue)
      : client_{client},
        node_{node},
        name_{name},
        message_{std::move(message)},
        dialogue_{std::move(dialogue)} {}

 private:
  void on_start(Self& self) override {
    auto there = std::pair{name_, node_};
    monitor_ = self.monitor(there);
    auto message = client_.read(message_, self.pid());
    if (message) self.send(there, *message);
    self.ping(node_, [dialogue = dialogue_](Self&, bool) { dialogue->arrived = true; });
  }
  void on_message(Self& self, Term message) override {
    Term reference, who, reason;
    if (self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &reason) &&
        same(reference, self.of(monitor_)))
      dialogue_->ended = Value::of(reason);
    else
      dialogue_->replies.push_back(Value::of(message));
  }

  Client& client_;
  Atom node_, name_;
  std::string message_;
  std::shared_ptr<Dialogue> dialogue_;
  Reference monitor_;
};

bool was_never_there(const Value& reason) { return reason.term().is("noproc"_atom); }
bool was_cut_off(const Value& reason) { return reason.term().is("noconnection"_atom); }

int ended(Client& client, Atom node, const SendOptions& options, const Value& reason) {
  bool nobody = was_never_there(reason), cut = was_cut_off(reason);
  auto name = options.name + " on " + std::string{node.text()};
  complain(nobody ? "nothing is registered as " + name
           : cut  ? std::string{node.text()} + ": the connection is lost"
                  : name + " has ended: " + client.output().text(reason.term()));
  return cut ? unreachable : remote_failure;
}

int send_there(Client& client, Atom node, const SendOptions& options) {
  auto name = Atom::intern(options.name);
  if (!name) return client.fail(name.error());
  if (auto message = client.read(options.message, Term::nil()); !message) return client.fail(message.error());
  if (int failed = client.reach(node)) return failed;
  auto dialogue = std::make_shared<Dialogue>();
  client.node().spawn(std::make_unique<Sender>(client, node, *name, options.message, dialogue));

  std::size_t printed = 0;
  auto next = [&] { return printed < dialogue->replies.size() || dialogue->ended; };
  for (; printed < options.replies; ++printed) {
    auto waited = client.wait_until(next);
    if (printed < dialogue->replies.size()) {
      client.result(node, dialogue->replies[printed].term());
    } else if (waited == Waited::done) {
      return ended(client, node, options, *dialogue->ended);
    } else {
      return client.fail(
          Error{waited == Waited::timeout ? Errc::timeout : Errc::interrupted,
                std::to_string(printed) + " of " + std::to_string(options.replies) + " replies"});
    }
  }
  if (options.replies == 0) {
    client.wait_until([&] { return dialogue->arrived || dialogue->ended; });
    // If it ended afterwards, it has read the message, which may have told it to end.
    if (auto& why = dialogue->ended; why && (was_never_there(*why) || was_cut_off(*why)))
      return ended(client, node, options, *why);
    if (!dialogue->ended && !dialogue->arrived)
      return client.fail(Error{Errc::timeout, std::string{node.text()}});
  }
  return success;
}

}  // namespace

int send(const SendOptions& options) { return with_node(options, send_there); }

}  // namespace noderuntime::command
