// The signals between processes, on this node and across nodes: one vocabulary for both.
// Source: Erlang reference manual, "Processes", "Signals"; erl_dist_protocol for signals on the wire.
#pragma once

#include <cstdint>
#include <variant>

#include <noderuntime/pid.h>
#include "noderuntime/term/heap.h"

namespace noderuntime {

// The receiver of a signal: a process, a name registered on the destination node, or an alias.
using Target = std::variant<Pid, Atom, Reference>;
using PidOrName = std::variant<Pid, Atom>;

namespace signal {

// The terms in these lie on the heap of the Signal.
struct Message {
  Pid from;
  Target to;
  Term message;
  bool priority = false;
};
struct Link {
  Pid from, to;
};
struct Unlink {
  Pid from, to;
  std::uint64_t id;
};
struct UnlinkAck {
  Pid from, to;
  std::uint64_t id;
};
struct Exit {
  Pid from, to;
  Term reason;
};  // a linked process ended
struct Exit2 {
  Pid from;
  Target to;
  Term reason;
  bool priority = false;
};  // exit/2
struct Monitor {
  Pid from;
  PidOrName to;
  Reference reference;
};
struct Demonitor {
  Pid from;
  PidOrName to;
  Reference reference;
};
struct Down {
  PidOrName from;
  Pid to;
  Reference reference;
  Term reason;
  Atom said_by{};  // the peer, which can only end monitors of its own processes; '': this node
};
struct GroupLeader {
  Pid leader, to;
};
struct SpawnRequest {
  Reference request;
  Pid from, leader;
  Atom module, function;
  Term options;            // as received
  Term arguments;          // as received, so not necessarily a list
  std::int64_t arity = 0;  // as announced with module and function: any small integer
};
struct SpawnReply {
  static constexpr std::uint32_t link = 1, monitor = 2;
  Reference request;
  Pid to;
  std::uint32_t flags = 0;         // what was set up: link, monitor
  std::variant<Pid, Atom> result;  // the new process, or the reason for failure
  Atom said_by{};                  // the peer, which can only answer requests to it; '': this node
};

}  // namespace signal

using SignalBody = std::variant<signal::Message, signal::Link, signal::Unlink, signal::UnlinkAck,
                                signal::Exit, signal::Exit2, signal::Monitor, signal::Demonitor, signal::Down,
                                signal::GroupLeader, signal::SpawnRequest, signal::SpawnReply>;

// A signal and the heap that holds its terms. Movable.
struct Signal {
  SignalBody body;
  Heap terms;
};

// Takes the signals of peers: SignalRouter, and in tests of connections a recorder.
class SignalReceiver {
 public:
  // Throws nothing if memory is short (processes.h).
  virtual void deliver(Signal&& signal) = 0;

 protected:
  ~SignalReceiver() = default;
};

}  // namespace noderuntime
