// What is traced of a process, and who is told of it.
#pragma once

#include <cstdint>

#include <noderuntime/pid.h>
#include "noderuntime/term/heap.h"

namespace noderuntime {

class Process;

// The flags of erlang:trace/3.
namespace trace_flag {
inline constexpr std::uint32_t send = 1 << 0, receive = 1 << 1, procs = 1 << 2, call = 1 << 3,
                               silent = 1 << 4, return_to = 1 << 5, arity = 1 << 6, set_on_spawn = 1 << 7,
                               set_on_first_spawn = 1 << 8, set_on_link = 1 << 9, set_on_first_link = 1 << 10,
                               running = 1 << 11, running_procs = 1 << 12, exiting = 1 << 13,
                               garbage_collection = 1 << 14, timestamp = 1 << 15,
                               monotonic_timestamp = 1 << 16, strict_monotonic_timestamp = 1 << 17,
                               scheduler_id = 1 << 18, ports = 1 << 19, running_ports = 1 << 20;
inline constexpr std::uint32_t all = (1 << 21) - 1;
inline constexpr std::uint32_t in_and_out = running | running_procs;
}  // namespace trace_flag

// Told by the parts of Processes and by the machine, of processes with the flag in question only. `process` may be ending.
// No method throws anything but ProcessCancelled, and that only in a time slice of the process that causes the event.
class TraceEvents {
 public:
  // `exists`: whether there is such a process, as far as this node knows.
  virtual void sent(Process& from, Term to, Term message, bool exists) = 0;
  virtual void received(Process& to, const OwnedTerm& message, const Pid* from) = 0;  // null: not known
  // {trace, Process, Event, Detail}: link, getting_linked, exit, register …
  virtual void happened(Process& process, Atom event, Term detail) = 0;
  // `to` is linked, after `process` has caused that: it may be traced from now on.
  virtual void linked(Process& process, Process& to) = 0;
  // A process that starts. `parent`: null if it is not on this node.
  virtual void spawned(Process* parent, Process& process, Atom module, Atom function, Term arguments) = 0;
  virtual void scheduled(Process& process, bool in) = 0;

 protected:
  ~TraceEvents() = default;
};

// Of a process that is traced, or was.
struct ProcessTrace : HeldObject {
  TraceEvents& events;
  std::uint32_t flags = 0;
  Term tracer;  // a pid of this node

  explicit ProcessTrace(TraceEvents& who) : events{who} {}
  bool has(std::uint32_t any_of) const { return (flags & any_of) != 0; }
};

}  // namespace noderuntime
