// What one process of a node does next: its messages, and what it has to do with other processes.
#pragma once

#include "noderuntime/observe/details.h"

namespace noderuntime::observe {

inline constexpr std::int64_t most_traced = 50;        // events
inline constexpr std::int64_t traced_for = 3'000;      // milliseconds
inline constexpr std::int64_t most_traced_text = 500;  // characters of an event

// Traces `pid` with erlang:trace/3 until it has done so many things, or the time is over. The tracer is the process of the
// call, so that nothing is left. Its heap is bounded. Answers {"events": [Text, …]}. A node of ours that finds no erl_eval
// (--code-path) raises.
void ask_trace(Questions& questions, Atom node, Term pid, Answer done);

}  // namespace noderuntime::observe
