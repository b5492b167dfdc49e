// What each observed node is asked at every look, in one call, and what it answered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/observe/questions.h"
#include "noderuntime/observe/reading.h"

namespace noderuntime::observe {

//   member, how its answer is read, the function, its arguments
//
// Only functions that OTP 25 to 29 and our own nodes have: one that is missing fails the whole call. Not asked:
// statistics(wall_clock) and other figures whose second element is the time since somebody asked last, where
// there is another way.
#define NODERUNTIME_OBSERVE_FACTS(X)                                     \
  X(release, text, "erlang:system_info/1", "[otp_release]")              \
  X(version, text, "erlang:system_info/1", "[version]")                  \
  X(system, text, "erlang:system_info/1", "[system_version]")            \
  X(architecture, text, "erlang:system_info/1", "[system_architecture]") \
  X(schedulers, count, "erlang:system_info/1", "[schedulers_online]")    \
  X(process_limit, count, "erlang:system_info/1", "[process_limit]")     \
  X(port_limit, count, "erlang:system_info/1", "[port_limit]")           \
  X(atom_limit, count, "erlang:system_info/1", "[atom_limit]")           \
  X(table_limit, count, "erlang:system_info/1", "[ets_limit]")           \
  X(start_time, time, "erlang:system_info/1", "[start_time]")            \
  X(second, time, "erlang:convert_time_unit/3", "[1, second, native]")   \
  X(carriers, carriers, "erlang:system_info/1", "[dist_ctrl]")

#define NODERUNTIME_OBSERVE_FIGURES(X)                                     \
  X(time, time, "erlang:monotonic_time/0", "[]")                           \
  X(processes, count, "erlang:system_info/1", "[process_count]")           \
  X(ports, count, "erlang:system_info/1", "[port_count]")                  \
  X(atoms, count, "erlang:system_info/1", "[atom_count]")                  \
  X(tables, count, "erlang:system_info/1", "[ets_count]")                  \
  X(run_queue, count, "erlang:statistics/1", "[run_queue]")                \
  X(reductions, first, "erlang:statistics/1", "[reductions]")              \
  X(runtime, first, "erlang:statistics/1", "[runtime]") /* milliseconds */ \
  X(collections, first, "erlang:statistics/1", "[garbage_collection]")     \
  X(io, io, "erlang:statistics/1", "[io]")                                 \
  X(memory, memory, "erlang:memory/0", "[]")                               \
  X(visible, nodes, "erlang:nodes/1", "[visible]")                         \
  X(hidden, nodes, "erlang:nodes/1", "[hidden]")                           \
  X(carriers, carriers, "erlang:system_info/1", "[dist_ctrl]")

// The types of the members, by how their answers are read.
struct InputOutput {
  Number input, output;  // bytes through ports since the start
};
struct Memory {
  Number total, processes, system, atom, binary, code, ets, processes_used, atom_used;  // bytes
};
struct Carrier {
  Atom node;
  Value port;  // or a pid, of connections with TLS
};
namespace shape {
using text = std::optional<std::string>;
using count = Number;
using first = Number;
using time = Number;
using io = InputOutput;
using memory = Memory;
using nodes = std::vector<Atom>;
using carriers = std::vector<Carrier>;
}  // namespace shape

#define NODERUNTIME_OBSERVE_MEMBER(name, kind, function, arguments) shape::kind name{};

// What does not change while a node runs; and its connections, whose traffic the first look asks for.
struct Facts {
  NODERUNTIME_OBSERVE_FACTS(NODERUNTIME_OBSERVE_MEMBER)

  bool is_ours() const;  // the node is of this project
};

// What one connection has carried since it was made, as its node counts it.
struct Traffic {
  Number input_bytes, output_bytes, input_packets, output_packets;
  Number pending;             // bytes that wait to be sent
  Number busy, missed_ticks;  // of nodes of ours: milliseconds while senders were suspended; quarters of the
                              // ticktime in which nothing came
};

struct Figures {
  NODERUNTIME_OBSERVE_FIGURES(NODERUNTIME_OBSERVE_MEMBER)
  // Of a node of OTP: those that were among `carriers` at the last look and are ports. Of one of ours: all.
  std::map<Atom, Traffic> traffic;
};
#undef NODERUNTIME_OBSERVE_MEMBER

inline constexpr std::size_t most_connections = 1'000;  // of one node

// The call: lists:zipwith(fun erlang:apply/2, Functions, Arguments).
struct Batch {
  std::string_view module = "lists", function = "zipwith";
  Value arguments;
};
Batch facts_batch();
// carriers  of the last look; the traffic on those that are ports is asked too
// ours      the node is of this project, and counts the traffic itself
Batch figures_batch(const std::vector<Carrier>& carriers, bool ours);

// nullopt: the answer has another form. The other arguments are those of the batch.
std::optional<Facts> facts_in(Term answer);
std::optional<Figures> figures_in(Term answer, const std::vector<Carrier>& carriers, bool ours);

}  // namespace noderuntime::observe
