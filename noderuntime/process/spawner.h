// Makes processes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "noderuntime/process/host.h"
#include "noderuntime/process/options.h"
#include "noderuntime/process/process_table.h"
#include "noderuntime/process/relation_index.h"
#include "noderuntime/process/settings.h"

namespace noderuntime {

class Exits;
class Scheduler;

struct SpawnOptions {
  bool link = false;  // to the parent
  LinkOptions linking;
  std::optional<Reference> monitor;  // by the parent
  MonitorOptions monitoring;
  std::size_t max_heap_words = Heap::unlimited;
  std::optional<Settings> settings;
  std::optional<Pid> leader;   // default: the parent's
  std::optional<Atom> origin;  // default: the parent's
};

// Owned by Processes, and lives as long. Loop thread only.
class Spawner {
 public:
  Spawner(Host& host, const ThisNode& node, ProcessTable& table, RelationIndex& relations,
          Scheduler& scheduler, Exits& exits)
      : host_{host},
        node_{node},
        table_{table},
        relations_{relations},
        scheduler_{scheduler},
        exits_{exits} {}

  // Spawns a process with a native body. Null: the table is full, or memory is short.
  Process* spawn(Process* parent, std::unique_ptr<Body> body, const SpawnOptions& options);
  // Spawns a process that runs module:function(arguments); copies `arguments`. Null: as above.
  Process* spawn(Process* parent, Atom module, Atom function, Term arguments, const SpawnOptions& options);
  // Sets the group leader of processes without a parent. Until then each of them leads itself.
  void set_leader(const Process& process) { leader_ = table_.pid_of(process); }
  // Who is told of each process that starts to run a function; null: only the tracer of its spawner.
  void set_trace_events(TraceEvents* events) { events_ = events; }

  // --- in two steps, for the spawn requests of peers

  // A process without a body, which does not run before start(). Null: as above.
  Process* add(Process* parent, const SpawnOptions& options);
  // `arguments` lie on the heap of the process. Throws HeapLimitExceeded or std::bad_alloc.
  void start(Process& process, const Process* spawner, Atom module, Atom function, Term arguments);

 private:
  Host& host_;
  const ThisNode& node_;
  ProcessTable& table_;
  RelationIndex& relations_;
  Scheduler& scheduler_;
  Exits& exits_;
  std::optional<Pid> leader_;
  TraceEvents* events_ = nullptr;
};

}  // namespace noderuntime
