// The events of Peers, handled by the node, which owns it.
#pragma once

#include <cstdint>
#include <string>

#include <noderuntime/result.h>
#include "noderuntime/process/signal.h"

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
  virtual void on_node_down(Atom node, bool was_up, bool visible, const Error& why) = 0;
  virtual void on_drained(Atom node) = 0;
  virtual void on_signal(Atom node, Signal&& signal) = 0;
  virtual void on_input_done() = 0;
  virtual std::uint64_t random() = 0;
  virtual void note(bool warning, std::string text) = 0;
};

}  // namespace noderuntime
