// Claims about the history of typed lines.
#include "noderuntime/shell/history.h"
#include "test/unit/catch.h"

using noderuntime::shell::History;

TEST_CASE("history: the oldest lines go, blank and repeated ones are not added", "[shell]") {
  History history{3};
  for (auto line : {"a", "b", "b", " ", "", "c", "d"}) history.add(line);
  CHECK(history.text() == "b\nc\nd\n");
  CHECK(history.find_before(history.size(), "c") == 1u);
  CHECK(history.find_before(1, "c") == std::nullopt);
  CHECK_FALSE(History{0}.add("x"));
}

TEST_CASE("history: a damaged file gives the lines that are whole", "[shell]") {
  History history{10};
  history.add_lines("one\n\xff\xfe\n\ntwo\n" + std::string(1 << 20, 'x') + "\nthree");
  CHECK(history.text() == "one\ntwo\nthree\n");
}
