// The last step at load: replaces instructions of verified code by the forms of operations.h that fit them.
#pragma once

#include "noderuntime/beam/image.h"

namespace noderuntime {

// Changes only the numbers of instructions. Offsets, fields and labels stay, so code that jumps into the
// middle of a form finds the instruction that was there before.
void specialise(Image& image);

}  // namespace noderuntime
