// Stack traces: captured in a cheap form when an exception is raised, built when they are asked for.
#pragma once

#include "noderuntime/code/module_registry.h"
#include "noderuntime/machine/body.h"

namespace noderuntime {

// The first entry of a trace for a function without a frame: a native one, one that does not exist, or one
// that no clause matched. `arguments` is a list or an arity.
struct FirstFrame {
  FunctionName function;
  Term arguments, information;  // information: a list that becomes part of the trace
};

// A place in the code: its instruction, and its caller if no frame holds that (else null).
struct CodePlace {
  const ModuleInstance* instance;
  const std::uint32_t* code;  // null: the FirstFrame takes its place
  const ModuleInstance* return_instance;
  const std::uint32_t* return_code;
};

// Captures a trace as a term for build_stack_trace(), at little cost. `depth`: the most frames, 0 to
// NodeState::most_frames; `first` is always part of it.
Term capture(Heap& heap, Atom kind, const Stack& stack, const CodePlace& place, const FirstFrame* first,
             std::int64_t depth);

// Makes the same kind of term from a list passed to erlang:raise/3.
Term given_trace(Heap& heap, Atom kind, Term list);

// The class with which the trace was captured; error for any other term.
Atom kind_of_trace(Term raw);

// The list of {Module, Function, ArityOrArguments, Location}; a term that capture() has not
// made is returned as it is.
Term build_stack_trace(Heap& heap, const ModuleRegistry& registry, Term raw);

// [{file, File}, {line, Line}], or [].
Term location_of(Heap& heap, const Image& image, std::uint32_t offset);

}  // namespace noderuntime
