// Claims that every function that is built into OTP 25, 27 or 29 exists here, or that docs/compatibility.md
// says why it does not.
#include "test/unit/catch.h"

#include <fnmatch.h>

#include <fstream>
#include <map>
#include <set>

#include "noderuntime/code/module_registry.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr auto releases = {"25", "27", "29"};

std::set<std::string> built_in() {
  std::set<std::string> rows;
  for (std::string release : releases) {
    std::ifstream in{test_data() + "/bifs/otp-" + release + ".txt"};
    REQUIRE(in);
    for (std::string line; std::getline(in, line);) rows.insert(line);
  }
  return rows;
}

// Parses Module:Function/Arity. The name of the function may contain ':' and '/'.
FunctionName parsed(const std::string& row) {
  auto colon = row.find(':'), slash = row.rfind('/');
  return {Atom::of(row.substr(0, colon)), Atom::of(row.substr(colon + 1, slash - colon - 1)),
          static_cast<std::uint32_t>(std::stoul(row.substr(slash + 1)))};
}

// A registry without peers and code path, which finds the node's own functions only.
class Ours {
 public:
  bool have(const std::string& row) {
    CallTarget link;
    link.name = parsed(row);
    return registry_.resolve(registry_.home(), link);
  }

 private:
  MachineSurroundings surroundings_;
  ModuleRegistry registry_{surroundings_, surroundings_, surroundings_, {}};
};

// The rows of the table "not here": patterns of functions with the reasons. A pattern ends with * or is a
// whole name.
std::map<std::string, std::string> excuses() {
  std::ifstream in{source_directory() + "/docs/compatibility.md"};
  REQUIRE(in);
  std::map<std::string, std::string> found;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) inside = false;
    if (line.starts_with("| not here |")) inside = true;
    if (!inside || !line.starts_with("| `")) continue;
    auto end = line.find(" | ", 2);
    REQUIRE(end != line.npos);
    auto reason = line.substr(end + 3, line.rfind(" |") - end - 3);
    for (auto at = line.find('`'); at < end; at = line.find('`', at + 1)) {
      auto close = line.find('`', at + 1);
      auto pattern = line.substr(at + 1, close - at - 1);
      INFO(pattern << " stands twice");
      CHECK(found.emplace(pattern, reason).second);
      at = close;
    }
  }
  return found;
}

// A * in the pattern stands for any text.
bool matches(const std::string& row, const std::string& pattern) {
  return fnmatch(pattern.c_str(), row.c_str(), 0) == 0;
}

}  // namespace

TEST_CASE("built in: each row of OTP 25, 27 and 29 is callable or has a reason why not", "[functions]") {
  Ours ours;
  auto reasons = excuses();
  REQUIRE(!reasons.empty());
  for (auto& row : built_in()) {
    if (ours.have(row)) continue;
    INFO(row << " is neither implemented nor in docs/compatibility.md");
    CHECK(std::any_of(reasons.begin(), reasons.end(), [&](auto& line) { return matches(row, line.first); }));
  }
}

TEST_CASE("built in: each line of the document stands for something that is missing, and gives a reason",
          "[functions]") {
  Ours ours;
  auto rows = built_in();
  for (auto& [pattern, reason] : excuses()) {
    INFO(pattern);
    CHECK(reason.size() > 4);
    bool any = false;
    for (auto& row : rows) {
      if (!matches(row, pattern)) continue;
      any = true;
      INFO(row << " is implemented");
      CHECK(!ours.have(row));
    }
    CHECK(any);
  }
}
