// Finds the processes of a node with the most memory, the longest queues or the most reductions, among a million.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/observe/questions.h"
#include "noderuntime/observe/reading.h"

namespace noderuntime::observe {

enum class Order { memory, queue, reductions };        // reductions: those of one second
std::optional<Order> order_of(std::string_view name);  // "memory", "queue", "reductions"

struct Ranked {
  std::int64_t value;  // bytes, messages, reductions a second
  Value pid;
};

struct Walked {
  std::vector<Ranked> processes;  // the largest value first
  Milliseconds took{0};           // what the walk kept the node busy for, roughly
};

inline constexpr std::size_t most_rows = 500;

// Asks `node` for the `rows` (at most most_rows) processes that come first. `done` is called once.
//
// A node of OTP gets a program of a few abstract forms for erl_eval:exprs/2, and answers with the ranks alone. Almost
// all work in it is done by compiled functions, on slices of the processes: lists:zipwith/3 calls process_info/2,
// and a match specification keeps what exceeds the least rank so far. The calling process has the priority `low`.
// Measured with OTP 25, for 100,000 processes: 40 ms of a processor for reductions or queues, 230 ms for memory
// (process_info/2 has each process compute it). The program has only atoms that each node has already.
//
// count  how many processes the node has, roughly: where each is looked at twice, there is a pause for every 100,000
//
// A node of ours (`ours`) has no erl_eval; it is asked for the processes and their figures in calls of a slice each.
//
//   errors  timeout, unreachable, raised: context has the reason
void find_processes(Questions& questions, Atom node, bool ours, Order order, std::size_t rows,
                    std::int64_t count, std::function<void(Result<Walked>)> done);

// The error of a call without a value.
Error error_of(const CallResult& result);

// What the rows of a table of processes show.
struct ProcessRow {
  std::string pid, name, starts, runs;  // name: registered; starts, runs: m:f/2
  Number memory, queue, reductions;
};
// Asks for the rows of `pids`, in their order; without those that have ended. `done` is called once.
void describe_processes(Questions& questions, Atom node, bool ours, std::vector<Value> pids,
                        std::function<void(Result<std::vector<ProcessRow>>)> done);

}  // namespace noderuntime::observe
