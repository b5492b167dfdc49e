// The events of Peers, handled by the node, which owns it. Signals do not come this way: Peers hands them to
// a SignalReceiver.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <noderuntime/atom.h>
#include <noderuntime/result.h>
#include "noderuntime/node/advice.h"

namespace noderuntime::distribution {
struct Identity;
}

namespace noderuntime {

// Loop thread only.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  virtual void on_identity(const distribution::Identity& given) = 0;  // a peer gave this node its name
  virtual void on_node_up(Atom node, bool visible) = 0;
  virtual void on_node_down(Atom node, bool visible, const Error& why) = 0;
  // An attempt to connect has failed in this step.
  virtual void on_unreachable(Atom node, ReachStep step, const Error& why) = 0;
  virtual void on_drained(Atom node) = 0;
  virtual void on_input_done() = 0;  // after one or more signals
  // See Scheduler::begin_job() and cancel_job().
  virtual std::uint64_t begin_work(std::function<void()> work, std::function<void()> ended) = 0;
  virtual void cancel_work(std::uint64_t job) = 0;
  virtual std::uint64_t random() = 0;
  virtual void note(bool warning, std::string text) = 0;
};

}  // namespace noderuntime
