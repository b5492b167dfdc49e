// Tracing as modules trace and dbg of OTP 27 and later ask for it.
#include "noderuntime/functions/trace_sessions.h"

#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"

namespace noderuntime::trace_sessions {

namespace {

// A session is {Tracer, {Name, Reference}} here. All sessions change the settings that erlang:trace/3 and
// erlang:trace_pattern/3 change; a process has one tracer.
bool is_session(Term session) {
  return session.is_tuple(2) && session.element(0).is_local_pid() && session.element(1).is_tuple(2);
}

}  // namespace

NativeResult create_3(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[1].is_local_pid() || !a[2].is_nil()) return badarg();
  Reference reference = context.processes.this_node().make_reference();
  Term number = make_reference(context.heap, context.processes.self(), reference);
  return make_tuple(context.heap, {a[1], make_tuple(context.heap, {a[0], number})});
}

NativeResult destroy_1(Context& context, const Term* a) {
  if (!is_session(a[0])) return badarg();
  auto& heap = context.heap;
  auto atom = [](const char* name) { return Term::atom(Atom::of(name)); };
  auto list = [&](std::initializer_list<const char*> names) {
    Term all = Term::nil();
    for (auto* name : names) all = make_cons(heap, atom(name), all);
    return all;
  };
  const Term processes[] = {atom("processes"), atom("false"), list({"all"})};
  context.node.tracing.trace(context, processes);
  Term any = make_tuple(heap, {atom("_"), atom("_"), atom("_")});
  for (Term how : {Term::nil(), list({"local"}), list({"meta"}), list({"call_count"}), list({"call_time"})})
    context.node.tracing.trace_pattern(context, any, atom("false"), how);
  context.node.tracing.trace_pattern(context, atom("on_load"), atom("false"), Term::nil());
  for (auto* event : {"send", "receive"})
    context.node.tracing.trace_pattern(context, atom(event), atom("true"), Term::nil());
  return yes_or_no(true);
}

NativeResult trace_4(Context& context, const Term* a) {
  if (!is_session(a[0])) return badarg();
  Term tracer = make_tuple(context.heap, {Term::atom(Atom::of("tracer")), a[0].element(0)});
  const Term arguments[] = {a[1], a[2], make_cons(context.heap, tracer, a[3])};
  return context.node.tracing.trace(context, arguments);
}

NativeResult pattern_4(Context& context, const Term* a) {
  return is_session(a[0]) ? context.node.tracing.trace_pattern(context, a[1], a[2], a[3]) : badarg();
}

NativeResult info_3(Context& context, const Term* a) {
  if (!is_session(a[0])) return badarg();
  return context.node.tracing.trace_info(context, a + 1);
}

}  // namespace noderuntime::trace_sessions
