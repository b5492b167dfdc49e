// Changes to an unprivileged user for good.
#pragma once

#include <string>

#include <noderuntime/result.h>

namespace noderuntime::epmd {

// Does nothing if the process is that user already.
Outcome become_user(const std::string& name);

}  // namespace noderuntime::epmd
