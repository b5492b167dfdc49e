// Where the tests find their files. No test knows the directories when it is compiled, so that trees in other
// places share a compiler cache.
#pragma once

#include <string>

namespace noderuntime::test {

std::string source_directory();  // of the project
std::string test_data();         // what real nodes sent, wrote and printed: test/data
std::string test_modules();      // modules for the tests, compiled by erlc

}  // namespace noderuntime::test
