#include <noderuntime/local_node.h>

#include <stdexcept>

#include "noderuntime/code/module_registry.h"
#include "noderuntime/library/configuration.h"
#include "noderuntime/library/exposed.h"
#include "noderuntime/library/process_body.h"
#include "noderuntime/library/spawn.h"
#include "noderuntime/node/node.h"
#include "noderuntime/term/memory.h"

namespace noderuntime {

namespace {

class FunctionProcess final : public NativeProcess {
 public:
  explicit FunctionProcess(std::function<void(Self&, Term)> code) : code_{std::move(code)} {}
  void on_message(Self& self, Term message) override { code_(self, message); }

 private:
  std::function<void(Self&, Term)> code_;
};

// The process in which the program itself acts.
Term client_of(LocalNode::State& node) {
  if (node.processes().table().find(node.client)) return node.client;
  Process* process =
      node.processes().spawner().spawn(nullptr, std::make_unique<ProcessBody>(node, nullptr), {});
  if (!process) throw std::runtime_error{"there are too many processes"};
  process->trap_exit = true;
  return node.client = process->self();
}

void come_up(LocalNode::State& node, bool good) {
  for (auto& told : std::exchange(node.when_up, {})) told(good);
}

Node::Events events_for(LocalNode::State& node) {
  return {.up =
              [&node](Port port) {
                node.port = port.value();
                node.up = true;
                come_up(node, true);
                if (node.events.up) node.events.up();
              },
          .joined =
              [&node] {
                if (node.events.joined) node.events.joined();
              },
          .failed =
              [&node](Error error) {
                node.failure = error;
                come_up(node, false);
                if (node.events.failed) node.events.failed(std::move(error));
              },
          .node_changed =
              [&node](Atom other, bool up) {
                if (node.events.node_changed) node.events.node_changed(other, up);
              },
          .halted =
              [&node](int status) {
                node.self->stop();
                if (node.events.halted) node.events.halted(status);
              }};
}

std::string_view name_of(CallResult::Kind kind) {
  constexpr std::string_view names[] = {"value", "error", "exit", "throw", "failed"};
  return names[static_cast<int>(kind)];
}

Error error_of(Atom node, const CallResult& result) {
  if (result.kind != CallResult::Kind::failed)
    return {Errc::raised, std::string{name_of(result.kind)} + " " + print(result.term)};
  bool late = result.term.is("timeout"_atom);
  return {late ? Errc::timeout : Errc::unreachable, std::string{node.text()} + ": " + print(result.term)};
}

}  // namespace

void set_memory_limit(std::size_t bytes) { held_memory.set_bound(bytes); }

Pid spawn_native(LocalNode::State& node, Process* parent, std::unique_ptr<NativeProcess> code,
                 const ProcessOptions& options) {
  auto& processes = node.processes();
  if (options.name != Atom{} && processes.names().whereis(options.name))
    throw std::runtime_error{"a process is registered already as " + std::string{options.name.text()}};
  SpawnOptions spawn;
  spawn.link = options.link;
  if (options.heap_words != 0) spawn.max_heap_words = options.heap_words;
  if (options.code_from != Atom{}) spawn.origin = options.code_from;
  Process* process =
      processes.spawner().spawn(parent, std::make_unique<ProcessBody>(node, std::move(code)), spawn);
  if (!process) throw std::runtime_error{"there are too many processes"};
  if (options.name != Atom{}) processes.names().register_name(options.name, *process);
  node.schedule();
  return processes.table().pid_of(*process);
}

Result<std::unique_ptr<LocalNode>> LocalNode::create(EventLoop& loop, const NodeOptions& options,
                                                     Events events) {
  auto configuration = configuration_of(options);
  if (!configuration) return configuration.error();
  auto state = std::make_unique<State>(loop, std::move(events));
  state->has_name = configuration->full_name.has_value();
  state->up = !state->has_name;
  state->node = std::make_unique<Node>(loop.state().loop, std::move(*configuration), events_for(*state));
  std::unique_ptr<LocalNode> node{new LocalNode{std::move(state)}};
  node->state_->self = node.get();
  if (node->state_->up)
    loop.state().loop.later([state = node->state_.get(), held = std::weak_ptr{node->state_->alive}] {
      if (!held.expired() && state->events.up) state->events.up();
    });
  return node;
}

LocalNode::LocalNode(std::unique_ptr<State> state) : state_{std::move(state)} {}

LocalNode::~LocalNode() {
  state_->alive.reset();
  state_->node->stop();
}

void LocalNode::stop() {
  state_->up = false;
  state_->stopped = true;
  state_->node->stop();
  state_->later([state = state_.get()] { come_up(*state, false); });
}

Outcome LocalNode::wait_until_up(Milliseconds limit) {
  bool in_time = state_->loop.run_until([&] { return is_up() || state_->failure; }, limit);
  if (state_->failure) return *state_->failure;
  if (!in_time) return Error{Errc::timeout, {}};
  return done;
}

bool LocalNode::is_up() const { return state_->up; }
NodeIdentity LocalNode::identity() const { return state_->node->self(); }
Atom LocalNode::name() const { return state_->node->self().name; }
std::uint16_t LocalNode::port() const { return state_->port; }
EventLoop& LocalNode::loop() { return state_->loop; }

void LocalNode::expose(std::string_view module, std::string_view function, std::uint32_t arity,
                       Function code) {
  state_->node->code().provide({Atom::of(module), Atom::of(function), arity},
                               std::make_unique<Exposed>(*state_, arity, std::move(code)));
}

Pid LocalNode::spawn(std::unique_ptr<NativeProcess> code, const ProcessOptions& options) {
  return spawn_native(*state_, nullptr, std::move(code), options);
}
Pid LocalNode::spawn(std::function<void(Self&, Term)> on_message, const ProcessOptions& options) {
  return spawn(std::make_unique<FunctionProcess>(std::move(on_message)), options);
}

std::optional<Pid> LocalNode::whereis(Atom name) const {
  Process* process = state_->processes().names().whereis(name);
  return process ? std::optional{state_->processes().table().pid_of(*process)} : std::nullopt;
}

void LocalNode::act(std::function<void(Self&)> what) {
  ProcessBody::run_in(*state_, client_of(*state_), std::move(what));
}

void LocalNode::connect(Atom node, std::function<void(Outcome)> done) {
  auto connect = [state = state_.get(), node, done](bool up) {
    if (up) return state->node->connect(node, done);
    Error error = state->failure ? *state->failure : Error{Errc::unreachable, std::string{node.text()}};
    state->later([done, error] { done(error); });
  };
  bool may_connect = !state_->stopped && (state_->up || !state_->has_name);
  if (!state_->tell_when_up(connect)) connect(may_connect);
}

void LocalNode::set_address(Atom node, std::string address) {
  state_->node->set_address(node, std::move(address));
}

Result<Value> LocalNode::call_and_wait(Atom node, Atom module, Atom function,
                                       const std::function<Term(Terms&)>& arguments, Milliseconds limit) {
  auto answer = std::make_shared<std::optional<Result<Value>>>();
  act([=](Self& self) {
    self.call(
        node, module, function, arguments(self),
        [answer, node](Self&, const CallResult& result) {
          *answer = result.ok() ? Result<Value>{Value::of(result.term)} : error_of(node, result);
        },
        limit);
  });
  if (!state_->loop.run_until([&] { return answer->has_value(); }, limit)) return Error{Errc::timeout, {}};
  return std::move(**answer);
}

bool LocalNode::ping_and_wait(Atom node, Milliseconds limit) {
  auto answer = std::make_shared<std::optional<bool>>();
  act([=](Self& self) {
    self.ping(
        node, [answer](Self&, bool pong) { *answer = pong; }, limit);
  });
  return state_->loop.run_until([&] { return answer->has_value(); }, limit) && **answer;
}

}  // namespace noderuntime
