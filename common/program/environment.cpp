#include "common/program/environment.h"

#include <cstdlib>

namespace noderuntime::program {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>{value} : std::nullopt;
}

}  // namespace noderuntime::program
