// Checks at load whether translated code can be run, so that damaged code is refused or
// only ends its process.
#pragma once

#include <noderuntime/result.h>
#include "noderuntime/beam/image.h"

namespace noderuntime {

// Follows every path through the functions that can be called, with what each register may hold. Guarantees
// for code that passes: no instruction reads a register that was not written, uses a mark or a match context
// as a term, continues in another frame than its own, keeps a part of a message that stays in the mailbox,
// makes a term that contains itself, or jumps back without counting reductions.
//
// Where the compiler knows more about types than code says, the interpreter helps: `results_on_failure` and
// `raises_in_receive` of the image become the places where it has to.
Outcome verify(Image& image);

}  // namespace noderuntime
