// Calls that are traced: what the interpreter does at breakpoints and stubs, and the native function in place of others.
#pragma once

#include <optional>

#include "noderuntime/functions/native.h"
#include "noderuntime/machine/body.h"

namespace noderuntime {

// In links to native functions that are traced: tells of the call, makes it, and tells of its end.
NativeResult traced_native(Context& context, const Term* arguments);

// The function that `code` returns into. nullopt: none that has a name.
std::optional<FunctionName> caller_at(const ModuleInstance* instance, const std::uint32_t* code);

}  // namespace noderuntime
