// Whether translated code can be run: a check at load, so that damaged code is
// refused or only ends its process.
#pragma once

#include "noderuntime/machine/image.h"
#include "noderuntime/result.h"

namespace noderuntime {

// Follows every path through the functions that can be called from outside, with what each register holds.
// Afterwards no instruction reads a register that was not written, takes a mark or a match context for a
// term, goes on in another frame than its own, keeps a part of a message that stays in the mailbox, makes a
// term that contains itself, or goes back without reductions being counted.
Outcome verify(const Image& image);

}  // namespace noderuntime
