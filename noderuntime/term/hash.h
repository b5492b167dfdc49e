// Hashes of terms.
#pragma once

#include "noderuntime/term.h"

namespace noderuntime {

// For tables inside of this program; exactly equal terms have equal hashes. Local pids and atoms hash by
// their word, so the value means nothing to another program. Depends on the salt.
std::uint64_t internal_hash(Term);

// Set once, before the first term is hashed, so that a peer cannot foresee collisions.
void set_hash_salt(std::uint64_t salt);

}  // namespace noderuntime
