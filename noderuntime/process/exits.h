// What ends processes: exit signals, the end of their body, and memory that is short.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "noderuntime/process/host.h"
#include "noderuntime/process/process_table.h"
#include "noderuntime/process/registered_names.h"
#include "noderuntime/process/relation_index.h"

namespace noderuntime {

class Scheduler;
class SignalRouter;

// The end of a process sends signals to those that are linked to it or monitor it, and these may end too.
// Such a cascade runs over a work list, never by recursion: exit() inside of it only adds to the list.
//
// A running process is not destroyed. exit() notes the reason, and the process ends after its time slice. A process
// that leaves much behind (links, monitors, messages) is cleared up in time slices of its own.
//
// Owned by Processes, and lives as long. Loop thread only. The cascade throws nothing: if it stopped
// half-way, processes would wait for ever.
class Exits {
 public:
  Exits(Host& host, ProcessTable& table, RegisteredNames& names, RelationIndex& relations,
        Scheduler& scheduler, SignalRouter& signals)
      : host_{host},
        table_{table},
        names_{names},
        relations_{relations},
        scheduler_{scheduler},
        signals_{signals} {}

  // Ends the process, whether it is running or not; `reason` may lie on its heap. If memory is too short to
  // copy the reason, it is `killed`. Never throws.
  void exit(Process& process, Term reason) { exit(process, reason, Heap{}); }
  // `terms` is the heap with the reason, which is then kept without a copy; if empty, the reason is copied.
  void exit(Process& process, Term reason, Heap&& terms);
  // Kills a process that a signal could not be delivered to. A service continues without the signal. Null:
  // does nothing.
  void kill_without_memory(Process* process);

  // `hook` is called with each process that ends, before links and monitors are notified. It calls `breathe` between
  // parts of long work; others run meanwhile, but cannot find the process.
  using Breathe = std::function<void()>;
  using ExitHook = std::function<void(Process&, const Breathe& breathe)>;
  void on_exit(ExitHook hook) { exit_hook_ = std::move(hook); }
  // `hook` is called before that, at once, and before the name of the process is free: what others may take over.
  void on_end(std::function<void(Process&)> hook) { end_hook_ = std::move(hook); }
  // `hook` is called with each process whose heap and mailbox exceed its limit (max_heap_size).
  void on_heap_exceeded(std::function<void(Process&)> hook) { heap_hook_ = std::move(hook); }
  // Reports the process to the hook, which may throw; does not end it.
  void heap_exceeded(Process& process) {
    if (heap_hook_) heap_hook_(process);
  }

  // To be called after anything that may have made the program hold more. If that is above --max-memory, the
  // largest holder is ended: a process, or the connection to a peer (several, if the bound is exceeded by far).
  // Relief::now: the system gives no more memory, so the bound does not matter.
  enum class Relief { above_bound, now };
  void relieve(Relief when = Relief::above_bound) {
    if (when == Relief::now || held_memory.is_over_bound()) end_largest(when);
  }

  // --- for the scheduler

  // Ends a process whose body is done, or that an exit signal reached while it ran. On its call stack: may pause.
  void end_after_slice(Process& process);
  // Clears up after a process that has ended. On its call stack: may pause.
  void finish_in_slices(Process& process);
  // Destroys a process that ended while it was in the run queue.
  void left_run_queue(Process& process) {
    if (process.ended_) table_.release(process);
  }
  // Whether a cascade was left half-way, so that others have their turn; and carries it on.
  bool has_more() const { return first_exiting_ != nullptr; }
  void go_on() {
    if (has_more()) drain_exits();
  }

 private:
  static constexpr int ends_at_once = 256;  // of a cascade, before others have their turn
  // Above them, the end of a process takes time slices.
  static constexpr std::size_t many_rows = 256, many_messages = 2048, many_words = std::size_t{1} << 15,
                               many_timer_bytes = std::size_t{64} << 10;

  enum class Pauses : bool { no, yes };
  static bool leaves_much(const Process& process);
  static std::size_t words_of_reason(const Process& process);
  void begin_end(Process& process);
  void drain_exits();
  void finish(Process& process, Pauses pauses);
  void announce_exit(Process& process, Term reason, Pauses pauses);
  void tell(Atom node, SignalBody body, Term reason, Pauses pauses);
  void end_largest(Relief when);
  void end_connections(const std::vector<Host::HeldForPeer>& peers, const std::string& about,
                       std::size_t wanted);

  Host& host_;
  ProcessTable& table_;
  RegisteredNames& names_;
  RelationIndex& relations_;
  Scheduler& scheduler_;
  SignalRouter& signals_;
  Process* first_exiting_ = nullptr;  // processes whose end is still to be carried out
  Process** last_exiting_ = &first_exiting_;
  bool draining_ = false;
  ExitHook exit_hook_;
  std::function<void(Process&)> end_hook_;
  std::function<void(Process&)> heap_hook_;
  std::size_t relieve_above_ = 0;  // bytes; below, no process or connection is ended for memory
};

}  // namespace noderuntime
