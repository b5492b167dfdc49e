// A native process of the library: its code, and the calls whose answers it awaits.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "noderuntime/library/states.h"
#include "noderuntime/process/native_body.h"

namespace noderuntime {

class ProcessBody final : public NativeBody {
 public:
  // If `code` is null, it is the node's own process, which runs tasks and survives their exceptions.
  ProcessBody(LocalNode::State& node, std::unique_ptr<NativeProcess> code)
      : NativeBody{node.processes().signals()}, node_{node}, code_{std::move(code)} {}

  LocalNode::State& node() { return node_; }
  using NativeBody::signals;

  // How an operation that was started ends.
  enum class End {
    down,     // the other process ended; with the reason
    refused,  // no process was started; with the reason
    spawned,  // a process was started; with its pid
    reply,    // a gen_server replied; with the reply
    timeout,
  };
  using Finish = std::function<void(Self&, End, Term)>;
  // Passes the next message that ends `reference` to `finish`.
  void expect(Process& self, const Reference& reference, Milliseconds limit, Finish finish);

  // Runs `task` in a time slice of the process; drops it if the process is dead.
  static void run_in(LocalNode::State& node, Term pid, std::function<void(Self&)> task);

 private:
  struct Pending {
    Finish finish;
    Timers::Id timer;
  };
  void on_start(Process& self) override;
  void on_message(Process& self, Term message) override;
  template <class Step>
  void guarded(Process& self, Step step);
  void crash(Process& self, std::string_view what);
  bool take(Self& self, Term message);
  bool end(Self& self, Term reference, End how, Term what);

  LocalNode::State& node_;
  std::unique_ptr<NativeProcess> code_;
  // Created when first needed, so that an idle process stays small.
  struct Awaiting {
    std::unordered_map<Reference, Pending> ends;
    std::deque<std::function<void(Self&)>> tasks;
  };
  Awaiting& awaiting();
  std::unique_ptr<Awaiting> awaiting_;
};

}  // namespace noderuntime
