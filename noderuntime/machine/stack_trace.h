// Stack traces: captured raw when something is raised, built when somebody asks.
#pragma once

#include "noderuntime/code/registry.h"
#include "noderuntime/machine/body.h"

namespace noderuntime {

// The frame of a function that is no frame on the stack: a native one, one that does not exist, or one that
// no clause of matched. `arguments`: a list or an arity.
struct FirstFrame {
  FunctionName function;
  Term arguments, information;  // information: a list, as it stands in the trace
};

// Where the code is: its instruction, and its caller if no frame holds it (null otherwise).
struct CodePlace {
  const Instance* instance;
  const std::uint32_t* code;  // null: the first frame stands for it
  const Instance* return_instance;
  const std::uint32_t* return_code;
};

inline constexpr std::size_t max_frames = 8;

// A term that build_stack_trace() understands and that costs little.
Term capture(Heap& heap, Atom kind, const Stack& stack, const CodePlace& place, const FirstFrame* first);

// The same for a list that erlang:raise/3 was given.
Term given_trace(Heap& heap, Atom kind, Term list);

// The class that a trace was captured with; error for anything else.
Atom kind_of_trace(Term raw);

// The list of {Module, Function, ArityOrArguments, Location}; a term that
// capture() has not made is given back.
Term build_stack_trace(Heap& heap, const Registry& registry, Term raw);

// [{file, File}, {line, Line}], or [].
Term location_of(Heap& heap, const Image& image, std::uint32_t offset);

}  // namespace noderuntime
