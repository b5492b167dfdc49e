// Spawns native processes, for LocalNode and Self.
#pragma once

#include <memory>

#include "noderuntime/library/states.h"

namespace noderuntime {

// Throws std::runtime_error: see LocalNode::spawn().
Pid spawn_native(LocalNode::State& node, Process* parent, std::unique_ptr<NativeProcess> code,
                 const ProcessOptions& options);

}  // namespace noderuntime
