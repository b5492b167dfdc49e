#include "noderuntime/functions/erlang.h"

namespace noderuntime {

namespace {

constexpr NativeRow erlang_functions[] = {
#define NODERUNTIME_ROW(name, arity, function) {name, arity, erlang::function},
    NODERUNTIME_ERLANG(NODERUNTIME_ROW)
#undef NODERUNTIME_ROW
};

}  // namespace

extern const NativeModule erlang_module;
const NativeModule erlang_module{"erlang", erlang_functions, "erl_erts_errors"};

}  // namespace noderuntime
