// What is asked only while somebody looks at it: the parts of one node, and one process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/result.h>
#include "noderuntime/observe/questions.h"

namespace noderuntime::observe {

// An object for JSON (docs/json.md), or why there is none: timeout, unreachable, raised (context: the reason),
// not_found, too_large.
using Answer = std::function<void(Result<Value>)>;

// What is shown of a long list; the rest is counted.
inline constexpr std::size_t most_listed = 200;

// Each asks `node` and calls `done` once. Functions of OTP that a node of ours lacks give `raised`.
void ask_applications(Questions& questions, Atom node, Answer done);
void ask_modules(Questions& questions, Atom node, Answer done);
void ask_tables(Questions& questions, Atom node, Answer done);  // those with the most memory
void ask_mnesia(Questions& questions, Atom node, Answer done);  // its tables, where it runs
void ask_ports(Questions& questions, Atom node, Answer done);   // and sockets; those with the most traffic
// The processes below an application or a supervisor, one level.
//   of  the name of an application, or the pid of a supervisor: <0.ID.SERIAL>
void ask_children(Questions& questions, Atom node, const std::string& of, Answer done);

// One process. Its dictionary and its messages are left out where they could be large: they are copied.
//   pid         <0.ID.SERIAL>
//   with_state  sys:get_state/2 too, which a process that is no gen_server or the like takes for a message
void ask_process(Questions& questions, Atom node, const std::string& pid, bool with_state, Answer done);

enum class Action { kill, collect, disconnect, trace };
std::optional<Action> action_of(std::string_view name);  // "kill", "collect", "disconnect", "trace"
// Does it on `node`. `what`: a pid, <0.ID.SERIAL>; of `disconnect` the name of the other node.
void act(Questions& questions, Atom node, Action action, const std::string& what, Answer done);

bool is_pid_text(std::string_view text);  // <0.ID.SERIAL>

}  // namespace noderuntime::observe
