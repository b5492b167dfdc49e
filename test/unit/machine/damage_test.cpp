// Claims that a damaged module is refused, or ends the process that runs it, and does nothing else. The
// sanitizers see accesses outside of its memory.
#include "test/unit/catch.h"

#include "test/unit/machine/damaged.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("damage: a module with any byte flipped is refused, or its functions harm nobody", "[machine]") {
  auto file = *file_contents(test_modules() + "/small.beam");
  DamagedModules modules;
  std::size_t refused = 0, ran = 0;
  for (std::size_t at = 12; at < file.size(); ++at) {
    for (Byte flip : {Byte{0x01}, Byte{0x08}, Byte{0x10}, Byte{0x40}, Byte{0xFF}}) {
      auto damaged = file;
      damaged[at] ^= flip;
      INFO("byte " << at << " flipped by " << int{flip});
      modules.try_one(damaged) ? ++ran : ++refused;
    }
  }
  CHECK(refused > file.size());
  CHECK(ran > file.size());
}

TEST_CASE("damage: a module whose code has bytes replaced by one another is refused, or harms nobody",
          "[machine]") {
  auto file = *file_contents(test_modules() + "/small.beam");
  auto text = as_text(file);
  std::size_t begin = text.find("Code") + 28;
  REQUIRE(begin < file.size());
  DamagedModules modules;
  std::size_t ran = 0;
  std::uint32_t chance = 1;
  for (std::size_t at = begin; at < std::min(file.size(), begin + 300); ++at) {
    for (int i = 0; i < 6; ++i) {
      chance = chance * 1664525 + 1013904223;
      auto damaged = file;
      damaged[at] = file[begin + (chance >> 8) % 300];
      if (modules.try_one(damaged)) ++ran;
    }
  }
  CHECK(ran > 100);
}
