// Claims about the table of registrations that survives a restart of epmd: whole, cut and damaged.
#include "test/unit/catch.h"

#include "epmd/table.h"

using namespace noderuntime;
using namespace noderuntime::epmd;

namespace {
constexpr Creation fresh{1000};

NodeEntry node(std::string name) {
  return {.name = std::move(name), .port = Port{7}, .extra = std::string("\0x", 2)};
}

// Everything in a registry that clients can see, as text.
std::string text_of(const Registry& registry) {
  std::string text;
  auto line = [&](const Registry::Record& record) {
    text += record.node.name + " " + std::to_string(record.counter.value()) + " " +
            std::to_string(record.descriptor) + " " + std::to_string(record.serial.value()) + " " +
            record.node.extra + " " + std::to_string(record.since);
    text += "\n";
  };
  for (const auto& record : registry.registered()) line(record);
  text += "and\n";
  for (const auto& record : registry.remembered())
    text += record.node.name + " " + std::to_string(record.counter.value()) + "\n";
  return text;
}

struct Change {
  bool begins;
  std::string name;
};
const std::vector<Change> history{{true, "a"},  {true, "b"}, {false, "a"}, {true, "c"},  {true, "a"},
                                  {false, "b"}, {true, "d"}, {false, "c"}, {false, "a"}, {true, "b"}};

// The table as a daemon writes it, with the size of the table and the text of the registry after each record.
struct Written {
  Registry registry{2};
  Buffer table = encode_table(registry, 5);
  std::vector<std::pair<std::size_t, std::string>> states{{table.size(), text_of(registry)}};

  void apply(const Change& change) {
    if (change.begins) {
      ++last_owner_;
      auto since = 1'700'000'000 + static_cast<std::int64_t>(last_owner_);
      auto* record = registry.add(node(change.name), ConnectionId{last_owner_}, 30, fresh, since);
      append(table, encode_begin(*record));
    } else {
      auto* record = registry.find(change.name);
      append(table, encode_end(record->serial));
      registry.remove(change.name, record->owner);
    }
    states.emplace_back(table.size(), text_of(registry));
  }

 private:
  std::uint64_t last_owner_ = 90;  // differs from the serials, so that the test sees a mix-up
};

Written written() {
  Written all;
  for (const auto& change : history) all.apply(change);
  return all;
}
}  // namespace

TEST_CASE("table: a registry read from it is the same, and takes new names", "[epmd]") {
  auto before = written();
  Registry after{2};
  CHECK(*replay(before.table, after));
  CHECK(text_of(after) == text_of(before.registry));
  CHECK(*generation_of(before.table) == 5);
  auto serial = after.find("d")->serial.value();
  CHECK(after.find("d")->owner == ConnectionId{serial});
  after.remove("d", ConnectionId{serial});
  CHECK(after.add(node("d"), ConnectionId{400}, 3, fresh)->counter.value() == fresh.value() + 1);
  CHECK(after.find("d")->serial.value() > serial);
}

TEST_CASE("table: a new table of the same registry says the same", "[epmd]") {
  auto before = written();
  Registry after{2};
  CHECK(*replay(encode_table(before.registry, 6), after));
  CHECK(text_of(after) == text_of(before.registry));
}

TEST_CASE("table: cut anywhere, all whole records count", "[epmd]") {
  auto all = written();
  for (std::size_t size = all.states.front().first; size <= all.table.size(); ++size) {
    Registry registry{2};
    auto whole = replay(Bytes{all.table}.first(size), registry);
    REQUIRE(whole);
    std::string expected;
    bool at_border = false;
    for (const auto& [end, text] : all.states)
      if (end <= size) expected = text, at_border = end == size;
    CHECK(*whole == at_border);
    REQUIRE(text_of(registry) == expected);
  }
}

TEST_CASE("table: without its header, or with another version, it is refused", "[epmd]") {
  auto all = written();
  for (std::size_t size = 0; size < all.states.front().first; ++size) {
    Registry registry{2};
    CHECK_FALSE(replay(Bytes{all.table}.first(size), registry));
  }
  Registry registry{2};
  all.table[7] = 2;  // another version
  CHECK(replay(all.table, registry).error().context == "version 2");
  CHECK(registry.registered().empty());
}

TEST_CASE("table: a damaged byte ends it there", "[epmd]") {
  const auto all = written();
  for (std::size_t at = all.states.front().first; at < all.table.size(); ++at)
    for (int bit : {1, 0x80}) {
      auto damaged = all.table;
      damaged[at] = static_cast<Byte>(damaged[at] ^ bit);
      Registry registry{2};
      auto whole = replay(damaged, registry);
      REQUIRE(whole);
      CHECK_FALSE(*whole);
      std::string expected;
      for (const auto& [end, text] : all.states)
        if (end <= at) expected = text;
      REQUIRE(text_of(registry) == expected);
    }
}

TEST_CASE("table: an impossible record is its end, and not a crash", "[epmd]") {
  Registry source{2};
  auto empty = encode_table(source, 1);
  auto* record = source.add(node("a"), ConnectionId{1}, 3, fresh);
  auto twice = empty;
  for (int i = 0; i < 2; ++i) append(twice, encode_begin(*record));
  Registry first{2};
  CHECK_FALSE(*replay(twice, first));
  CHECK(first.registered().size() == 1);
  auto unknown = empty;
  append(unknown, encode_end(Serial{99}));
  Registry second{2};
  CHECK_FALSE(*replay(unknown, second));
  auto forged = *record;
  forged.node.name = "a\nname b at port 1";
  auto bad = empty;
  append(bad, encode_begin(forged));
  Registry third{2};
  CHECK_FALSE(*replay(bad, third));
  CHECK(third.registered().empty());
}

TEST_CASE("table: a serial becomes a name and is parsed again", "[epmd]") {
  for (std::uint64_t value : {0ull, 1ull, 61ull, 62ull, 238'327ull, 123'456'789'012ull})
    CHECK(parse_serial(name_of(Serial{value}))->value() == value);
  CHECK(name_of(Serial{238'327}).size() == 3);
  for (auto bad : {"", "a b", "names-1", "epmd.socket", "12345678901"}) CHECK_FALSE(parse_serial(bad));
}
