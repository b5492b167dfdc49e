// Hashes of terms.
#pragma once

#include <noderuntime/term.h>

namespace noderuntime {

// For tables inside this program. Exactly equal terms have equal hashes. It is keyed with values that each
// program draws for itself (common/entropy/keyed_hash.h), so that nobody can choose terms that collide.
std::uint64_t internal_hash(Term);

// OTP's own values: erlang:phash2(T) is the lowest 27 bits; phash2(T, Range) is the remainder by Range for
// Range up to 2^32 - 1, and the whole value for 2^32.
std::uint32_t portable_hash(Term);

}  // namespace noderuntime
