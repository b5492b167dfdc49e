// The modules with native functions. To add one: a file with its NativeModule, and a row here.
#include "noderuntime/functions/native.h"

namespace noderuntime {

#define NODERUNTIME_NATIVE_MODULES(X) \
  X(erlang_module)                    \
  X(erlang_information_module)        \
  X(erlang_zone_module)               \
  X(lists_module)                     \
  X(maps_module)                      \
  X(math_module)                      \
  X(binary_module)                    \
  X(unicode_module)                   \
  X(ets_module)                       \
  X(atomics_module)                   \
  X(counters_module)                  \
  X(persistent_term_module)           \
  X(os_module)                        \
  X(erts_internal_module)             \
  X(erts_debug_module)                \
  X(re_module)                        \
  X(string_module)                    \
  X(zlib_module)                      \
  X(crypto_module)                    \
  X(prim_buffer_module)               \
  X(prim_file_module)                 \
  X(code_module)

#define NODERUNTIME_DECLARE(name) extern const NativeModule name;
NODERUNTIME_NATIVE_MODULES(NODERUNTIME_DECLARE)
#undef NODERUNTIME_DECLARE

std::span<const NativeModule> native_modules() {
#define NODERUNTIME_LIST(name) name,
  static const NativeModule modules[] = {NODERUNTIME_NATIVE_MODULES(NODERUNTIME_LIST)};
#undef NODERUNTIME_LIST
  return modules;
}

}  // namespace noderuntime
