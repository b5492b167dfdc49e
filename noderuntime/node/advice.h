// What helps when a node cannot be reached: `noderuntime doctor` and the log of a node that joins others say it in
// the same words.
#pragma once

#include <string_view>

#include <noderuntime/result.h>

namespace noderuntime {

// The steps on the way to a node, in their order. `any` stands for each of them.
enum class ReachStep { any, name, cookie, resolve, epmd, tcp, tls, handshake };

std::string_view name_of(ReachStep step);  // as doctor prints it; "any" of `any`

// What helps after `step` has failed with `code`; empty if there is no advice. The text is static.
std::string_view advice_for(ReachStep step, Errc code);

}  // namespace noderuntime
