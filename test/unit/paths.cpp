#include "test/unit/paths.h"

namespace noderuntime::test {

std::string source_directory() { return SOURCE_DIRECTORY; }
std::string test_data() { return SOURCE_DIRECTORY "/test/data"; }
std::string test_modules() { return BUILD_DIRECTORY "/test/unit/machine/modules"; }

}  // namespace noderuntime::test
