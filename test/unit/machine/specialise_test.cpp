// Claims about specialised forms of instructions, which do the same in less time.
#include "test/unit/catch.h"

#include <set>

#include "noderuntime/beam/loader.h"
#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/beam/specialise.h"
#include "test/unit/machine/library.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr const char* form_names[] = {
#define NODERUNTIME_FORM_NAME(name, parts) #name,
    NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_FORM_NAME)
#undef NODERUNTIME_FORM_NAME
};

constexpr auto plain_count = static_cast<std::uint32_t>(Operation::plain_count);

// The operation of each instruction.
std::vector<std::uint32_t> operations_of(const Image& image) {
  std::vector<std::uint32_t> operations;
  for (std::uint32_t at = 0; at < image.code.size();) {
    operations.push_back(image.code[at]);
    auto plain = plain_operation(static_cast<Operation>(image.code[at]));
    at += instruction_size(image.code.data() + at, operation_row(plain));
  }
  return operations;
}

}  // namespace

TEST_CASE("forms: specialised code is disassembled as before", "[machine]") {
  LiteralSpace space;
  auto image = load(*file_contents(test_modules() + "/basic.beam"), space);
  REQUIRE(image);
  auto before = disassemble(**image);
  specialise(**image);
  CHECK(disassemble(**image) == before);
  auto operations = operations_of(**image);
  CHECK(std::count_if(operations.begin(), operations.end(), [](auto number) {
          return number >= plain_count;
        }) > static_cast<std::ptrdiff_t>(operations.size() / 10));
}

TEST_CASE("forms: each of them occurs in modules of OTP", "[machine]") {
  auto directories = library();
  INFO(where_library_is);
  REQUIRE_FALSE(directories.empty());
  std::set<std::uint32_t> seen;
  for (auto* name : {"/erl_eval.beam", "/lists.beam", "/io_lib_pretty.beam", "/erl_lint.beam"}) {
    LiteralSpace space;
    auto image = load(*file_contents(directories[0] + name), space);
    REQUIRE(image);
    specialise(**image);
    for (auto number : operations_of(**image)) seen.insert(number);
  }
  for (std::uint32_t i = 0; i < std::size(form_names); ++i) {
    INFO(form_names[i]);
    CHECK(seen.contains(plain_count + i));
  }
}
