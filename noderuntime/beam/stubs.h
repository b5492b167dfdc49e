// Functions whose Erlang body only says that a native one is missing (erlang:nif_error).
#pragma once

#include <functional>

#include "noderuntime/beam/image.h"

namespace noderuntime {

// Gives such a function its native body, for local calls too, if `is_native` says that there is one. A stub of
// OTP without one (its reason is undef) is removed; others raise what they say. Called once for each image,
// before specialise().
void bind_stubs(Image& image, const std::function<bool(const FunctionName&)>& is_native);

}  // namespace noderuntime
