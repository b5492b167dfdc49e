// Modules of which only a few functions are native: persistent_term, os.
#include "noderuntime/functions/erlang.h"

namespace noderuntime {

namespace {

NativeResult persistent_get_2(Context& context, const Term* a) {
  auto* value = context.code.persistent(a[0]);
  return value ? copy(value->term(), context.heap) : a[1];
}

NativeResult persistent_get_1(Context& context, const Term* a) {
  auto* value = context.code.persistent(a[0]);
  return value ? NativeResult{copy(value->term(), context.heap)} : badarg();
}

NativeResult persistent_put(Context& context, const Term* a) {
  context.code.set_persistent(a[0], a[1]);
  return Term::atom(atoms::ok);
}

NativeResult persistent_erase(Context& context, const Term* a) {
  return yes_or_no(context.code.erase_persistent(a[0]));
}

constexpr NativeRow persistent_rows[] = {
    {"erase", 1, persistent_erase},
    {"get", 1, persistent_get_1},
    {"get", 2, persistent_get_2},
    {"put", 2, persistent_put},
};

NativeResult os_type(Context& context, const Term*) {
  return make_tuple(context.heap, {Term::atom(Atom::of("unix")), Term::atom(Atom::of("linux"))});
}

// The environment is the operator's: code that was borrowed does not see it.
NativeResult os_getenv(Context&, const Term*) { return Term::boolean(false); }
NativeResult os_getenv_default(Context&, const Term* a) { return a[1]; }
NativeResult os_env(Context&, const Term*) { return Term::nil(); }

constexpr NativeRow os_rows[] = {
    {"env", 0, os_env},
    {"getenv", 0, os_env},
    {"getenv", 1, os_getenv},
    {"getenv", 2, os_getenv_default},
    {"system_time", 0, erlang::system_time_0},
    {"system_time", 1, erlang::system_time_1},
    {"timestamp", 0, erlang::now_0},
    {"type", 0, os_type},
};

}  // namespace

extern const NativeModule persistent_term_module, os_module;
const NativeModule persistent_term_module{"persistent_term", persistent_rows, "erl_erts_errors"};
const NativeModule os_module{"os", os_rows, "erl_kernel_errors"};

}  // namespace noderuntime
