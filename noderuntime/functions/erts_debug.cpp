// The native functions of module erts_debug: the representation of terms in memory.
#include "noderuntime/functions/native.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

// Whether both are the same object, not only equal.
NativeResult same_2(Context&, const Term* a) { return yes_or_no(a[0] == a[1]); }

// The words of a copy, in which nothing is shared.
NativeResult flat_size_1(Context& context, const Term* a) {
  MayPause here;
  return make_unsigned(context.heap, size_in_words(a[0]));
}

constexpr NativeRow erts_debug_functions[] = {{"flat_size", 1, flat_size_1}, {"same", 2, same_2}};

}  // namespace

extern const NativeModule erts_debug_module;
const NativeModule erts_debug_module{"erts_debug", erts_debug_functions, ""};

}  // namespace noderuntime
