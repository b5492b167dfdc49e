// What processes say to each other, on this node and across nodes: one vocabulary.
// Source: Erlang reference manual, "Processes", "Signals"; erl_dist_protocol for what travels.
#pragma once

#include <cstdint>
#include <variant>

#include "noderuntime/pid.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

// Who a signal is for: a process, a name registered on the destination node, or an alias.
using Target = std::variant<Pid, Atom, Reference>;
using PidOrName = std::variant<Pid, Atom>;

namespace signal {

// Terms in these lie on the Signal's heap.
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
  Atom said_by{};  // the peer: only monitors of its own processes end; '': this node made it
};
struct GroupLeader {
  Pid leader, to;
};
struct SpawnRequest {
  Reference request;
  Pid from, leader;
  Atom module, function;
  Term options;            // as received
  Term arguments;          // as received: not necessarily a list
  std::int64_t arity = 0;  // as announced beside module and function: any small integer
};
struct SpawnReply {
  static constexpr std::uint32_t link = 1, monitor = 2;
  Reference request;
  Pid to;
  std::uint32_t flags = 0;         // what was set up
  std::variant<Pid, Atom> result;  // the new process, or why there is none
  Atom said_by{};                  // the peer: only requests to it are answered; '': this node made it
};

}  // namespace signal

using SignalBody = std::variant<signal::Message, signal::Link, signal::Unlink, signal::UnlinkAck,
                                signal::Exit, signal::Exit2, signal::Monitor, signal::Demonitor, signal::Down,
                                signal::GroupLeader, signal::SpawnRequest, signal::SpawnReply>;

// A signal under way, with the heap its terms lie on. Movable.
struct Signal {
  SignalBody body;
  Heap terms;
};

}  // namespace noderuntime
