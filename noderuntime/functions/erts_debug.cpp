// The native functions of module erts_debug: the representation of terms in memory.
#include "noderuntime/functions/native.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/visit.h"

namespace noderuntime {

namespace {

// Whether both are the same object, not only equal.
NativeResult same_2(Context&, const Term* a) { return yes_or_no(a[0] == a[1]); }

// The words that a copy would have on OTP, where {} is a constant. Nothing is shared in a copy.
NativeResult flat_size_1(Context& context, const Term* a) {
  MayPause here;
  std::size_t words = 0;
  for_each_term(a[0], [&](Term part) {
    if (part.is_cons())
      words += 2;
    else if (is_boxed(part) && !part.is_tuple(0))
      words += 1 + box_size(part);
  });
  return make_unsigned(context.heap, words);
}

constexpr NativeRow erts_debug_functions[] = {{"flat_size", 1, flat_size_1}, {"same", 2, same_2}};

}  // namespace

extern const NativeModule erts_debug_module;
const NativeModule erts_debug_module{"erts_debug", erts_debug_functions, ""};

}  // namespace noderuntime
