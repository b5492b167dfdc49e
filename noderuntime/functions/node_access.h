// What native functions may use of their node, part by part; they reach it as Context::node.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <noderuntime/pid.h>
#include "noderuntime/functions/cluster.h"
#include "noderuntime/functions/modules.h"
#include "noderuntime/functions/owned_files.h"
#include "noderuntime/functions/persistent_store.h"
#include "noderuntime/functions/system.h"
#include "noderuntime/functions/trace_control.h"
#include "noderuntime/process/message_timers.h"

namespace noderuntime::tables {
class Tables;
}

namespace noderuntime {

// State of native functions that outlives processes.
struct NodeState {
  std::map<std::string, std::string> environment;  // of the program at its start, changed by os:putenv/2

  struct LastAsked {  // the values at the previous call of erlang:statistics/1
    std::uint64_t reductions = 0, exact_reductions = 0, runtime = 0, wall_clock = 0;
  };
  LastAsked last_asked;

  // The collections of heaps, counted by the machine.
  struct Collections {
    std::uint64_t all = 0, young = 0;  // of whole heaps, and of young generations only
    std::uint64_t reclaimed_words = 0;
  };
  Collections collections;

  // The processes that turned the measuring on by erlang:system_flag(scheduler_wall_time, true).
  struct SchedulerTimeUse {
    struct User {
      Term pid;           // may have ended since
      std::size_t times;  // calls that turned it on, minus those that turned it off
    };
    std::vector<User> users;
    System::SchedulerTime since;  // the figures when the first of them called
  };
  SchedulerTimeUse scheduler_time_use;

  // The objects owned by references of this node, so that a reference that was sent away still finds its object.
  // Shared, because each object removes itself, perhaps after the node's end.
  using MagicObjects = std::unordered_map<Reference, MagicObject*>;
  std::shared_ptr<MagicObjects> magic_objects = std::make_shared<MagicObjects>();

  std::shared_ptr<OwnedFiles> owned_files = std::make_shared<OwnedFiles>();

  static constexpr std::int64_t most_frames = 64;  // of a stack trace; as on OTP
  std::int64_t backtrace_depth = 8;                // frames of a stack trace, 0 to most_frames

  std::int64_t last_unique = 0;  // integer of erlang:unique_integer/1
  std::int64_t time_offset = 0;  // nanoseconds, as erlang:time_offset/0,1 tell it
  std::int64_t last_now = 0;     // microseconds, as erlang:now/0 gave them last: it never gives them again
  std::int64_t start_time = 0;   // nanoseconds of the monotonic clock
};

// Made once by the Machine, which owns or outlives none of the parts but NodeState.
struct NodeAccess {
  System& system;
  Cluster& cluster;
  Modules& modules;
  PersistentStore& persistent_terms;
  MessageTimers& timers;
  tables::Tables& tables;
  NodeState& state;
  TraceControl& tracing;
};

}  // namespace noderuntime
