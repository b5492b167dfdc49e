// Loads any bytes as a module, and executes a module that loads for a limited time.
#include "test/unit/machine/damaged.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static noderuntime::test::DamagedModules modules;
  modules.try_one({data, size});
  return 0;
}
