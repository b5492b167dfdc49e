// All processes of a node: the owner of the parts that find, run, connect and end them.
//
//     this_node   has the node's identity, makes references        this_node.h
//     table       finds a process by its pid                       process_table.h
//     names       finds it by its registered name                  registered_names.h
//     spawner     makes processes                                  spawner.h
//     scheduler   lets them run                                    scheduler.h
//     signals     carries what they send, here and to other nodes  signal_router.h
//     exits       ends them                                        exits.h
//
// Without memory: what a process of this node does by itself (send, link, spawn) throws HeapLimitExceeded or
// std::bad_alloc into its time slice, and that process ends. Incoming signals (SignalRouter::deliver(),
// SignalRouter::node_down()) and the end of a process throw neither. A process that a signal cannot be
// delivered to for lack of memory is killed, because it might wait for that signal for ever; the processes
// linked to it or monitoring it are answered as if it were dead.
#pragma once

#include <cstddef>
#include <cstdint>

#include "noderuntime/process/exits.h"
#include "noderuntime/process/host.h"
#include "noderuntime/process/process_table.h"
#include "noderuntime/process/registered_names.h"
#include "noderuntime/process/relation_index.h"
#include "noderuntime/process/scheduler.h"
#include "noderuntime/process/signal_router.h"
#include "noderuntime/process/spawner.h"
#include "noderuntime/process/this_node.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

// Owned by the node, and destroyed before its host. Loop thread only.
class Processes {
 public:
  struct Limits {
    std::uint32_t processes = 262'144;         // as OTP's +P
    std::size_t heap_words = Heap::unlimited;  // of a process without a limit of its own
    int slice = 4000;                          // reductions of one time slice
  };
  Processes(NodeIdentity self, Host& host, Limits limits)
      : host_{host},
        node_{self, host.random() >> 8},
        table_{node_, {limits.processes, limits.heap_words}},
        names_{table_},
        relations_{node_, table_},
        scheduler_{host, table_, timers_, exits_, limits.slice},
        exits_{host, table_, names_, relations_, scheduler_, signals_},
        spawner_{host, node_, table_, relations_, scheduler_, exits_},
        signals_{host, node_, table_, names_, relations_, scheduler_, exits_, spawner_} {}
  ~Processes() { scheduler_.cancel_paused(); }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  const NodeIdentity& self() const { return node_.identity(); }
  ThisNode& this_node() { return node_; }
  Host& host() { return host_; }
  Timers& timers() { return timers_; }

  ProcessTable& table() { return table_; }
  RegisteredNames& names() { return names_; }
  const RelationIndex& relations() const { return relations_; }
  Spawner& spawner() { return spawner_; }
  Scheduler& scheduler() { return scheduler_; }
  SignalRouter& signals() { return signals_; }
  Exits& exits() { return exits_; }

 private:
  // Some parts refer to one another in a circle: a signal may end a process, whose end sends signals. So a
  // part only stores its references while it is constructed or destroyed. Processes are destroyed with the
  // table, after the parts behind it and before the timers.
  Host& host_;
  Timers timers_;
  ThisNode node_;
  ProcessTable table_;
  RegisteredNames names_;
  RelationIndex relations_;
  Scheduler scheduler_;
  Exits exits_;
  Spawner spawner_;
  SignalRouter signals_;
};

}  // namespace noderuntime
