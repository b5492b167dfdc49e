// The identity of this node, and the references that it makes.
#pragma once

#include <cstdint>

#include <noderuntime/pid.h>
#include "noderuntime/term/heap.h"

namespace noderuntime {

// Owned by Processes, and lives as long. Loop thread only. The parts of Processes refer to it and do not keep
// copies, because a node may get its name after they were made.
class ThisNode {
 public:
  ThisNode(NodeIdentity identity, std::uint64_t first_reference)
      : identity_{identity}, next_reference_{first_reference} {}

  const NodeIdentity& identity() const { return identity_; }
  void set_identity(NodeIdentity identity) { identity_ = identity; }  // once, before any pid leaves the node
  bool is(Atom node) const { return node == identity_.name; }
  bool owns(const Pid& pid) const { return pid.node == identity_; }  // in this incarnation

  // The first word of this node's references is below 2^18 (erl_ext_dist, NEWER_REFERENCE_EXT).
  Reference make_reference() {
    std::uint64_t next = next_reference_++;
    return {identity_,
            3,
            {static_cast<std::uint32_t>(next & 0x3FFFF), static_cast<std::uint32_t>(next >> 18),
             static_cast<std::uint32_t>(next >> 50)}};
  }
  Term make_reference_term(Heap& heap) {
    return noderuntime::make_reference(heap, identity_, make_reference());
  }

 private:
  NodeIdentity identity_;
  std::uint64_t next_reference_;
};

}  // namespace noderuntime
