// Claims that every function that is built into OTP 25, 27 or 29, and every one that a module exports which no
// peer lends, exists here, or that docs/compatibility.md says why it does not.
#include "test/unit/catch.h"

#include <fnmatch.h>

#include <fstream>
#include <map>
#include <set>

#include "noderuntime/code/module_registry.h"
#include "noderuntime/code/modules_of_the_node.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr auto releases = {"25", "27", "29"};

// The rows of test/data/FOLDER, of all releases.
std::set<std::string> rows_of(const std::string& folder) {
  std::set<std::string> rows;
  for (std::string release : releases) {
    std::ifstream in{test_data() + "/" + folder + "/otp-" + release + ".txt"};
    REQUIRE(in);
    for (std::string line; std::getline(in, line);) rows.insert(line);
  }
  return rows;
}

// What no peer can lend: what is built in, and what the modules of the node export.
std::set<std::string> never_lent() {
  auto rows = rows_of("bifs");
  rows.merge(rows_of("exports"));
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

// Adds the patterns in `text` that stand between backquotes.
void add_patterns(std::map<std::string, std::string>& found, const std::string& text,
                  const std::string& reason) {
  for (auto at = text.find('`'); at != text.npos; at = text.find('`', at + 1)) {
    auto close = text.find('`', at + 1);
    REQUIRE(close != text.npos);
    auto pattern = text.substr(at + 1, close - at - 1);
    INFO(pattern << " stands twice");
    CHECK(found.emplace(pattern, reason).second);
    at = close;
  }
}

// Patterns of functions with the reasons: of the rows of the table "not here", and of the list "Modules that are
// never lent", whose points begin with the reason. A pattern is one of fnmatch or a whole name.
std::map<std::string, std::string> excuses() {
  std::ifstream in{source_directory() + "/docs/compatibility.md"};
  REQUIRE(in);
  std::map<std::string, std::string> found;
  std::string reason;
  enum class Part { other, table, list } part = Part::other;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#") || (part == Part::table && line.empty())) part = Part::other;
    if (line.starts_with("| not here |")) part = Part::table;
    if (line == "### Modules that are never lent") part = Part::list;
    if (part == Part::table && line.starts_with("| `")) {
      auto end = line.find(" | ", 2);
      REQUIRE(end != line.npos);
      add_patterns(found, line.substr(0, end), line.substr(end + 3, line.rfind(" |") - end - 3));
    }
    bool begins = line.starts_with("* **");
    if (part != Part::list || !(begins || line.starts_with("  "))) continue;
    auto end = begins ? line.find(".**") : 0;
    REQUIRE(end != line.npos);
    if (begins) reason = line.substr(4, end - 4);
    add_patterns(found, line.substr(end), reason);
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
  for (auto& row : never_lent()) {
    if (ours.have(row)) continue;
    INFO(row << " is neither implemented nor in docs/compatibility.md");
    CHECK(std::any_of(reasons.begin(), reasons.end(), [&](auto& line) { return matches(row, line.first); }));
  }
}

TEST_CASE("exports: the lists have each module that speaks for the node", "[functions]") {
  std::set<std::string> listed;
  for (auto& row : rows_of("exports")) listed.insert(row.substr(0, row.find(':')));
  for (auto& row : modules_of_the_node) {
    CAPTURE(row.name);
    CHECK(listed.contains(std::string{row.name}));
  }
}

TEST_CASE("built in: each line of the document stands for something that is missing, and gives a reason",
          "[functions]") {
  Ours ours;
  auto rows = never_lent();
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
