// The modules of prelude/ as they were compiled when the node was built.
#pragma once

#include <span>
#include <string_view>

#include <noderuntime/bytes.h>

namespace noderuntime {

struct PreludeModule {
  std::string_view name;
  Bytes file;
};

std::span<const PreludeModule> prelude_modules();

}  // namespace noderuntime
