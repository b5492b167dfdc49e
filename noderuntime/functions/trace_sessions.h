// Native functions of module erts_internal that OTP 27's module trace calls.
#pragma once

#include "noderuntime/functions/native.h"

namespace noderuntime::trace_sessions {

// trace_session_create/3, trace_session_destroy/1, trace/4, trace_pattern/4, trace_info/3.
NativeResult create_3(Context&, const Term*);
NativeResult destroy_1(Context&, const Term*);
NativeResult trace_4(Context&, const Term*);
NativeResult pattern_4(Context&, const Term*);
NativeResult info_3(Context&, const Term*);

}  // namespace noderuntime::trace_sessions
