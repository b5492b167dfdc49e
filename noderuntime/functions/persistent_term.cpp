// Module persistent_term.
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"

namespace noderuntime {

namespace {

// Terms that are there all the time are in the list once; others perhaps.
NativeResult get_0(Context& context, const Term*) {
  Term list = Term::nil();
  context.node.persistent_terms.visit_all(
      context.state, [&] { list = Term::nil(); },
      [&](Term key, Term value) {
        list = make_cons(context.heap, make_tuple(context.heap, {copy(key, context.heap), value}), list);
      });
  return list;
}

NativeResult get_1(Context& context, const Term* a) {
  auto value = context.node.persistent_terms.get(context.state, a[0]);
  return value ? NativeResult{*value} : badarg();
}

NativeResult get_2(Context& context, const Term* a) {
  auto value = context.node.persistent_terms.get(context.state, a[0]);
  return value ? *value : a[1];
}

NativeResult put_2(Context& context, const Term* a) {
  return context.node.persistent_terms.put(a[0], a[1]) ? NativeResult{Term::atom(atoms::ok)}
                                                       : error(atoms::system_limit);
}

NativeResult put_new_2(Context& context, const Term* a) {
  auto known = context.node.persistent_terms.get(context.state, a[0]);
  if (!known) return put_2(context, a);
  return exactly_equal(*known, a[1]) ? NativeResult{Term::atom(atoms::ok)} : badarg();
}

NativeResult erase_1(Context& context, const Term* a) {
  return yes_or_no(context.node.persistent_terms.erase(a[0]));
}

NativeResult info_0(Context& context, const Term*) {
  auto number = [](std::size_t value) { return Term::small(static_cast<std::int64_t>(value)); };
  map::Entry entries[] = {{Term::atom(Atom::of("count")), number(context.node.persistent_terms.count())},
                          {Term::atom(Atom::of("memory")), number(context.node.persistent_terms.bytes())}};
  return *map::from_entries(context.heap, entries);
}

constexpr NativeRow persistent_term_functions[] = {
    {"erase", 1, erase_1}, {"get", 0, get_0}, {"get", 1, get_1},        {"get", 2, get_2},
    {"info", 0, info_0},   {"put", 2, put_2}, {"put_new", 2, put_new_2}};

}  // namespace

extern const NativeModule persistent_term_module;
const NativeModule persistent_term_module{"persistent_term", persistent_term_functions, "erl_erts_errors"};

}  // namespace noderuntime
