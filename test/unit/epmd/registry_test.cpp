// Claims about epmd's Registry: the names of nodes, their owners and creations.
#include "test/unit/catch.h"

#include "epmd/registry.h"

using namespace noderuntime;
using namespace noderuntime::epmd;

namespace {
constexpr ConnectionId first{1}, second{2};
constexpr Creation fresh{1000};

ConnectionId owner_of(std::string_view name) { return ConnectionId{static_cast<std::uint64_t>(name[0])}; }
NodeEntry node(std::string name) { return {.name = std::move(name), .port = Port{1}}; }

std::vector<std::string> names(const std::list<Registry::Record>& records) {
  std::vector<std::string> all;
  for (const auto& record : records) all.push_back(record.node.name);
  return all;
}
}  // namespace

TEST_CASE("registry: a name has one owner, who alone can end it", "[epmd]") {
  Registry registry{10};
  REQUIRE(registry.add(node("a"), first, 3, fresh));
  CHECK(registry.add(node("a"), second, 4, fresh) == nullptr);
  registry.remove("a", second);
  REQUIRE(registry.find("a"));
  CHECK(registry.find("a")->owner == first);
  registry.remove("a", first);
  CHECK_FALSE(registry.find("a"));
}

TEST_CASE("registry: an owner has one name, and is found by it", "[epmd]") {
  Registry registry{10};
  auto* record = registry.add(node("a"), first, 3, fresh);
  CHECK(registry.owned_by(first) == record);
  CHECK(registry.add(node("b"), first, 3, fresh) == nullptr);
  registry.set_descriptor(first, 9);
  CHECK(record->descriptor == 9);
  registry.remove("a", first);
  CHECK(registry.owned_by(first) == nullptr);
  CHECK(registry.add(node("b"), first, 3, fresh)->serial.value() == 2);
}

TEST_CASE("registry: names are compared by bytes", "[epmd]") {
  Registry registry{10};
  registry.add(node("a"), first, 3, fresh);
  CHECK_FALSE(registry.find("A"));
  CHECK(registry.add(node("A"), second, 4, fresh));
}

TEST_CASE("registry: registered newest first, remembered oldest first", "[epmd]") {
  Registry registry{10};
  for (auto name : {"a", "b", "c", "d"}) registry.add(node(name), owner_of(name), 3, fresh);
  CHECK(names(registry.registered()) == std::vector<std::string>{"d", "c", "b", "a"});
  registry.remove("c", owner_of("c"));
  registry.remove("a", owner_of("a"));
  CHECK(names(registry.registered()) == std::vector<std::string>{"d", "b"});
  CHECK(names(registry.remembered()) == std::vector<std::string>{"c", "a"});
  registry.add(node("c"), owner_of("c"), 3, fresh);
  CHECK(names(registry.remembered()) == std::vector<std::string>{"a"});
}

TEST_CASE("registry: each incarnation of a name gets another creation", "[epmd]") {
  Registry registry{10};
  for (std::uint32_t turn = 0; turn < 5; ++turn) {
    auto* record = registry.add(node("a"), first, 3, fresh);
    REQUIRE(record);
    CHECK(record->counter.value() == fresh.value() + turn);
    registry.remove("a", first);
  }
}

TEST_CASE("registry: a refused registration does not count", "[epmd]") {
  Registry registry{10};
  registry.add(node("a"), first, 3, fresh);
  registry.add(node("a"), second, 3, fresh);
  registry.remove("a", first);
  CHECK(registry.add(node("a"), second, 3, fresh)->counter.value() == fresh.value() + 1);
}

TEST_CASE("registry: counters are 4 or more, also after the last", "[epmd]") {
  Registry registry{10};
  CHECK(registry.add(node("low"), first, 3, Creation{0})->counter.value() == 4);
  registry.add(node("high"), second, 3, Creation{0xffffffff});
  registry.remove("high", second);
  CHECK(registry.add(node("high"), second, 3, fresh)->counter.value() == 4);
}

TEST_CASE("registry: the old form of a creation is 1 to 3 and changes too", "[epmd]") {
  CHECK(creation_for(6, Creation{1000}).value() == 1000);
  for (std::uint32_t counter = 4; counter < 20; ++counter) {
    auto creation = creation_for(5, Creation{counter}).value();
    CHECK(creation >= 1);
    CHECK(creation <= 3);
    CHECK(creation != creation_for(5, Creation{counter + 1}).value());
  }
}

TEST_CASE("registry: the oldest unused names are forgotten beyond the bound", "[epmd]") {
  Registry registry{2};
  for (auto name : {"a", "b", "c"}) registry.add(node(name), owner_of(name), 3, fresh);
  for (auto name : {"a", "b", "c"}) registry.remove(name, owner_of(name));
  CHECK(names(registry.remembered()) == std::vector<std::string>{"b", "c"});
  CHECK(registry.add(node("a"), first, 3, Creation{77})->counter.value() == 77);
}

TEST_CASE("registry: the text of NAMES is shared until a name comes or goes", "[epmd]") {
  Registry registry{10};
  registry.add(node("a"), first, 3, fresh);
  auto text = registry.names_text();
  CHECK(*text == "name a at port 1\n");
  CHECK(registry.names_text() == text);
  registry.add(node("b"), second, 3, fresh);
  CHECK(*registry.names_text() == "name b at port 1\nname a at port 1\n");
  registry.remove("a", first);
  CHECK(*registry.names_text() == "name b at port 1\n");
  CHECK(*text == "name a at port 1\n");
}

TEST_CASE("registry: nineteen thousand names", "[epmd]") {
  Registry registry{100};
  for (std::uint64_t i = 0; i < 19'000; ++i)
    REQUIRE(registry.add(node("n" + std::to_string(i)), ConnectionId{i}, 3, fresh));
  for (std::uint64_t i = 0; i < 19'000; ++i) {
    REQUIRE(registry.find("n" + std::to_string(i))->owner == ConnectionId{i});
    registry.remove("n" + std::to_string(i), ConnectionId{i});
  }
  CHECK(registry.registered().empty());
  CHECK(registry.remembered().size() == 100);
}
