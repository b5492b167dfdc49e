// Access to the environment of the process.
#pragma once

#include <optional>
#include <string>

namespace noderuntime::program {

std::optional<std::string> environment(const char* name);  // nullopt: not set

}  // namespace noderuntime::program
