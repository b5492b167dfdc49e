// Hashes of terms.
#pragma once

#include "noderuntime/term.h"

namespace noderuntime {

// For tables inside of this program; exactly equal terms have equal hashes. Local pids and atoms hash by
// their word, so the value means nothing to another program. Depends on the salt.
std::uint64_t internal_hash(Term);

// OTP's own values: erlang:phash2(T) is the lowest 27 bits, phash2(T, Range) the remainder by Range (for
// Range up to 2^32 - 1; the whole value for 2^32).
std::uint32_t portable_hash(Term);

// Set once, before the first term is hashed, so that a peer cannot foresee collisions.
void set_hash_salt(std::uint64_t salt);

}  // namespace noderuntime
