// Loads any bytes as a module, and executes it with the collector at every point where it may run: no term may be lost or used
// after it was moved. Seeds: compiled modules, as in load_module.cpp.
#include "test/unit/machine/damaged.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static noderuntime::test::DamagedModules modules{{.collect_always = true}};
  modules.try_one({data, size});
  return 0;
}
