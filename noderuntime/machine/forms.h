// The last step at load: instructions of verified code get the forms of operations.h that fit them.
#pragma once

#include "noderuntime/machine/image.h"

namespace noderuntime {

// Only numbers of instructions change: places, fields and labels stay, and code that jumps between the
// instructions of a form finds there what was there before.
void take_forms(Image& image);

}  // namespace noderuntime
