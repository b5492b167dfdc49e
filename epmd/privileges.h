// Becoming an unprivileged user for good.
#pragma once

#include <string>

#include "noderuntime/result.h"

namespace noderuntime::epmd {

// Nothing happens for who is that user already.
Outcome become_user(const std::string& name);

}  // namespace noderuntime::epmd
