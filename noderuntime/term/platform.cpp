// Checks what the code assumes of the processor and of the C++ implementation. A platform on which this file
// does not compile needs another representation of terms. char may be signed or unsigned, and bytes may have
// either order (common/wire/endian.h).
#include <climits>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include "noderuntime/term/layout.h"

namespace noderuntime {

static_assert(CHAR_BIT == 8);
static_assert(sizeof(void*) == 8 && sizeof(std::size_t) == 8,
              "a term is one word of 64 bits, and may be a pointer");
static_assert(sizeof(int) == 4 && sizeof(long) == 8 && sizeof(long long) == 8);
// The two lowest bits of a pointer are its tag. All other bits are the address, so any address is possible.
static_assert(alignof(Word) == 8 && __STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 8);
static_assert(std::numeric_limits<double>::is_iec559 && sizeof(double) == 8, "a float is IEEE 754 binary64");

}  // namespace noderuntime
