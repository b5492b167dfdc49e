// Tracing of this node's processes and functions.
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"

namespace noderuntime::erlang {

NativeResult match_spec_test_3(Context& context, const Term* a) {
  return context.node.tracing.match_spec_test(context, a);
}

NativeResult trace_3(Context& context, const Term* a) { return context.node.tracing.trace(context, a); }

// What was traced before has been delivered: a trace message is in its tracer's mailbox at once.
NativeResult trace_delivered_1(Context& context, const Term* a) {
  if (!a[0].is_local_pid() && !a[0].is(Atom::of("all"))) return badarg();
  Reference reference = context.processes.this_node().make_reference();
  Heap heap;
  auto pid = context.processes.table().pid_of(context.process);
  Term message = make_tuple(heap, {Term::atom(Atom::of("trace_delivered")), copy(a[0], heap),
                                   make_reference(heap, context.processes.self(), reference)});
  context.processes.signals().send_message(pid, pid, OwnedTerm{std::move(heap), message});
  return make_reference(context.heap, context.processes.self(), reference);
}

NativeResult trace_info_2(Context& context, const Term* a) {
  return context.node.tracing.trace_info(context, a);
}

NativeResult trace_pattern_2(Context& context, const Term* a) {
  return context.node.tracing.trace_pattern(context, a[0], a[1], Term::nil());
}

NativeResult trace_pattern_3(Context& context, const Term* a) {
  return context.node.tracing.trace_pattern(context, a[0], a[1], a[2]);
}

}  // namespace noderuntime::erlang
