// Claims about tables: after the same random changes a table has the content of a simple model, and a walk
// continues while objects come and go.
#include "test/unit/catch.h"

#include <algorithm>
#include <random>
#include <set>

#include "noderuntime/tables/match_specification.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/term/text.h"

using namespace noderuntime;
using namespace noderuntime::tables;

namespace {

Table make_table(Type type) {
  Options options;
  options.type = type;
  return Table{Reference{}, Atom::of("t"), local_pid(1, 0), std::move(options)};
}

// Keys of many types; some are equal (==) but not exactly equal (=:=).
Term random_key(std::mt19937& random, Heap& heap) {
  auto number = static_cast<std::int64_t>(random() % 40);
  switch (random() % 5) {
    case 0: return make_float(heap, static_cast<double>(number));
    case 1: return make_tuple(heap, {Term::small(number), Term::atom(Atom::of("k"))});
    case 2: return make_binary(heap, std::string(static_cast<std::size_t>(number) * 3, 'x'));
    default: return Term::small(number);
  }
}

// A simple model of a table: a list of all objects in the order of their insertion.
class Model {
 public:
  explicit Model(Type type) : type_{type} {}

  bool same_key(Term a, Term b) const {
    return type_ == Type::ordered_set ? equal(a, b) : exactly_equal(a, b);
  }

  void insert(Term object) {
    for (auto& known : objects_) {
      if (!same_key(known.term().element(0), object.element(0))) continue;
      if (type_ == Type::set || type_ == Type::ordered_set) {
        known = OwnedTerm::copy_of(object);
        return;
      }
      if (type_ == Type::bag && exactly_equal(known.term(), object)) return;
    }
    objects_.push_back(OwnedTerm::copy_of(object));
  }
  void erase(Term key) {
    std::erase_if(objects_, [&](auto& known) { return same_key(known.term().element(0), key); });
  }
  void erase_object(Term object) {
    std::erase_if(objects_, [&](auto& known) { return exactly_equal(known.term(), object); });
  }
  std::vector<std::string> objects(Term key) const {
    std::vector<std::string> found;
    for (auto& known : objects_)
      if (same_key(known.term().element(0), key)) found.push_back(to_text(known.term()));
    return found;
  }
  std::size_t size() const { return objects_.size(); }
  std::vector<std::string> all() const {
    std::vector<std::string> found;
    for (auto& known : objects_) found.push_back(to_text(known.term()));
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  Type type_;
  std::vector<OwnedTerm> objects_;
};

std::vector<std::string> objects(const Table& table, Term key) {
  std::vector<std::string> found;
  for (auto* row = table.find(key); row; row = row->next) found.push_back(to_text(row->object()));
  return found;
}

const Keys all;

std::vector<std::string> walked(Table& table, bool backwards) {
  std::vector<std::string> found;
  Walk walk{table, all, backwards};
  while (auto* row = walk.next()) found.push_back(to_text(row->object()));
  return found;
}

}  // namespace

TEST_CASE("tables: random changes leave what a simple model has", "[tables]") {
  auto type = GENERATE(Type::set, Type::ordered_set, Type::bag, Type::duplicate_bag);
  std::mt19937 random{7};
  Table table = make_table(type);
  Model model{type};
  for (int i = 0; i < 3000; ++i) {
    Heap heap;
    Term key = random_key(random, heap);
    Term object = make_tuple(heap, {key, Term::small(static_cast<std::int64_t>(random() % 4))});
    switch (random() % 6) {
      case 0: table.erase(key), model.erase(key); break;
      case 1: table.erase_object(object), model.erase_object(object); break;
      default: table.insert(object), model.insert(object);
    }
    REQUIRE(objects(table, key) == model.objects(key));
    REQUIRE(table.size() == model.size());
  }
  auto forwards = walked(table, false);
  if (type == Type::ordered_set) {
    auto backwards = walked(table, true);
    std::reverse(backwards.begin(), backwards.end());
    CHECK(forwards == backwards);
  }
  std::sort(forwards.begin(), forwards.end());
  CHECK(forwards == model.all());
  table.clear();
  CHECK(table.words() == 0);
}

TEST_CASE("tables: a walk that is left and taken up sees each object that stays, once", "[tables]") {
  auto type = GENERATE(Type::set, Type::ordered_set, Type::duplicate_bag);
  std::mt19937 random{11};
  Table table = make_table(type);
  constexpr std::int64_t stays = 500;
  for (std::int64_t i = 0; i < 2 * stays; ++i) {
    Heap heap;
    table.insert(make_tuple(heap, {Term::small(i)}));
  }
  std::vector<int> seen(stays);
  OwnedTerm key;
  std::optional<Walk::Position> position;
  for (;;) {
    Walk walk{table, all, false};
    if (position) walk.resume(*position);
    const Row* row = nullptr;
    for (auto pieces = random() % 20 + 1; pieces > 0 && (row = walk.next()); --pieces)
      if (auto number = row->object().element(0).as_small(); number < stays)
        ++seen[static_cast<std::size_t>(number)];
    if (!row) break;
    auto at = walk.position();
    key = OwnedTerm::copy_of(at.key);
    position = Walk::Position{key.term(), at.seen};
    // Other objects come and go, so that the table grows and the object at the walk's position may have been
    // erased.
    for (int i = 0; i < 20; ++i) {
      Heap heap;
      table.erase(Term::small(stays + static_cast<std::int64_t>(random() % stays)));
      table.insert(make_tuple(heap, {Term::small(10'000 + static_cast<std::int64_t>(random() % 100'000))}));
    }
  }
  CHECK(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
}

TEST_CASE("tables: a walk over keys goes in the order of terms, and stops between keys that are not there",
          "[tables]") {
  auto type = GENERATE(Type::set, Type::ordered_set, Type::duplicate_bag);
  bool backwards = type == Type::ordered_set && GENERATE(false, true);
  Table table = make_table(type);
  std::vector<std::int64_t> expected;
  for (std::int64_t number : {5000, 1, 9999}) {
    Heap heap;
    table.insert(make_tuple(heap, {Term::small(number)}));
    expected.push_back(number);
  }
  std::ranges::sort(expected);
  if (backwards) std::ranges::reverse(expected);
  Keys keys;
  keys.begin();
  for (std::int64_t i = 0; i < 10'000; ++i) REQUIRE(keys.add(Term::small(i)));
  keys.finish();
  std::vector<std::int64_t> seen;
  std::optional<Walk::Position> position;
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    Walk walk{table, keys, backwards};
    if (position) walk.resume(*position);
    if (auto* row = walk.next()) seen.push_back(row->object().element(0).as_small());
    position = walk.position();
    more = walk.has_more_keys();
  }
  CHECK(seen == expected);
  CHECK(pieces > 3);  // no piece looked at all keys
}

TEST_CASE("tables: a walk between keys sees all objects that patterns of keys can match, and few others",
          "[tables]") {
  std::mt19937 random{31};
  Heap heap;
  Table table = make_table(Type::ordered_set);
  auto some = [&](std::uint64_t many) { return Term::small(static_cast<std::int64_t>(random() % many)); };
  for (int i = 0; i < 2000; ++i) {
    Term key = random() % 2 == 0   ? make_tuple(heap, {some(8), some(8), some(20)})
               : random() % 2 == 0 ? make_list(heap, {some(8), some(8), some(20)})
                                   : random_key(random, heap);
    table.insert(make_tuple(heap, {key}));
  }
  std::vector<OwnedTerm> sources;
  auto matches = [](const char* pattern, Term key) {
    static class : public Functions {
      Function find(std::string_view, std::size_t) override { return nullptr; }
      std::optional<Term> call(Function, Heap&, const Term*) override { return std::nullopt; }
    } none;
    auto source = parse_text(pattern);
    MatchSpecification specification;
    REQUIRE(specification.recompile(
        {.term = source->term(), .of_pattern = MatchSpecification::Wanted::object}, none));
    Heap scratch;
    return specification.run(key, scratch, none).has_value();
  };
  std::vector<const char*> patterns = {"{3,'_','_'}", "{3,4,'$1'}", "[5|'_']",        "[2,2|'_']",
                                       "{'_',1,1}",   "{0,'_',3}",  "{99,'_',1,2,3}", "[99|'_']"};
  for (int round = 0; round < 60; ++round) {
    std::vector<const char*> chosen;
    for (auto count = random() % 3 + 1; count > 0; --count)
      chosen.push_back(patterns[random() % patterns.size()]);
    Keys keys;
    sources.clear();
    keys.begin();
    for (auto* pattern : chosen) {
      sources.push_back(*parse_text(pattern));
      REQUIRE(keys.add(sources.back().term()));
    }
    keys.finish();
    REQUIRE(keys.kind == Keys::Kind::between);
    bool backwards = round % 2 == 1;
    std::size_t expected = 0, between = 0, seen = 0, matched = 0;
    Walk whole{table, all, false};
    while (auto* row = whole.next()) {
      Term key = row->object().element(0);
      between += keys.place(key) == 0;
      expected += std::ranges::any_of(chosen, [&](auto* pattern) { return matches(pattern, key); });
    }
    // The walk is left after some objects, and taken up.
    std::optional<Walk::Position> position;
    OwnedTerm left_at;
    for (bool more = true; more;) {
      Walk walk{table, keys, backwards};
      if (position) walk.resume(*position);
      for (auto left = random() % 50 + 1; left > 0 && more; --left) {
        auto* row = walk.next();
        more = row != nullptr;
        if (!row) break;
        ++seen;
        Term key = row->object().element(0);
        matched += std::ranges::any_of(chosen, [&](auto* pattern) { return matches(pattern, key); });
      }
      if (!more) break;
      left_at = OwnedTerm::copy_of(walk.position().key);
      position = Walk::Position{left_at.term(), walk.position().seen};
    }
    CHECK(seen == between);
    CHECK(matched == expected);
  }
}

TEST_CASE("tables: objects share counted binaries and let go of them", "[tables]") {
  Heap heap;
  Term binary = make_binary(heap, std::string(1000, 'b'));
  auto* bytes = box_as<SubBinary>(binary)->bytes;
  {
    Table table = make_table(Type::set);
    table.insert(make_tuple(heap, {Term::small(1), binary}));
    CHECK(bytes->count == 2);
    table.insert(make_tuple(heap, {Term::small(2), make_list(heap, {binary, binary})}));
    CHECK(bytes->count == 4);
    table.erase(Term::small(2));
    CHECK(bytes->count == 2);
  }
  CHECK(bytes->count == 1);
}

TEST_CASE("tables: a table belongs to its owner, then to its heir, and ends with the last", "[tables]") {
  Tables tables{{.tables = 3}};
  Term owner = local_pid(1, 0), heir = local_pid(2, 0);
  auto id = [](std::uint32_t number) { return Reference{{}, 3, {number, 0, 0}}; };
  auto named = [] {
    Options options;
    options.named = true;
    return options;
  };
  auto* first = tables.make(id(1), Atom::of("first"), owner, named()).table;
  REQUIRE(first);
  CHECK(tables.make(id(2), Atom::of("first"), owner, named()).problem == Tables::Problem::name_taken);
  Options inherited;
  inherited.heir = heir;
  auto* second = tables.make(id(2), Atom::of("second"), owner, std::move(inherited)).table;
  REQUIRE(tables.make(id(3), Atom::of("third"), heir, {}).table);
  CHECK(tables.make(id(4), Atom::of("fourth"), heir, {}).problem == Tables::Problem::too_many);

  auto given = tables.owner_ends(owner, [](Term) { return true; });
  REQUIRE(given.size() == 1);
  CHECK(given[0].table == second);
  CHECK(second->owner == heir);
  CHECK(tables.find(Atom::of("first")) == nullptr);
  CHECK(tables.count() == 2);
  CHECK(tables.owner_ends(heir, [](Term) { return true; }).empty());
  CHECK(tables.count() == 0);
}

TEST_CASE("tables: keys chosen to collide do not share a bucket", "[tables]") {
  // All these keys have the same value under a hash without a secret key that folds one word after the other.
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u, other = 0xA0761D6478BD642Fu, many = 3000;
  auto mix = [](std::uint64_t hash, std::uint64_t word) {
    auto product = static_cast<unsigned __int128>(hash ^ word) * other;
    return (static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64)) + golden;
  };
  Heap heap;
  HashIndex index{0};
  for (std::uint64_t i = 0; i < many; ++i) {
    std::uint64_t words[2] = {i, mix(mix(mix(0, 2), 128), i) ^ 4711};
    std::string_view bytes{reinterpret_cast<const char*>(words), sizeof words};
    index.add(Row::create(make_tuple(heap, {make_binary(heap, bytes)})));
  }
  std::size_t longest = 0, all = 0;
  std::vector<Entry*> entries;
  for (std::size_t i = 0; index.slot(i, entries); ++i, entries.clear()) {
    longest = std::max(longest, entries.size());
    all += entries.size();
  }
  CHECK(all == many);
  CHECK(longest <= 24);
  while (index.release_some(1000)) {}
  CHECK(index.size() == 0);
  CHECK(index.first() == nullptr);
}

TEST_CASE("tables: a hash index keeps its order while it grows", "[tables]") {
  Heap heap;
  HashIndex index{0};
  std::vector<Term> before;
  for (std::int64_t i = 0; i < 700; ++i) {
    index.add(Row::create(make_tuple(heap, {Term::small(i)})));
    std::vector<Term> forwards, backwards, by_key;
    for (auto* entry = index.first(); entry; entry = index.next(*entry)) forwards.push_back(entry->key);
    for (auto* entry = index.last(); entry; entry = index.previous(*entry)) backwards.push_back(entry->key);
    for (auto* entry = index.first(); entry; entry = index.after(by_key.back())) by_key.push_back(entry->key);
    std::reverse(backwards.begin(), backwards.end());
    REQUIRE(forwards.size() == static_cast<std::size_t>(i) + 1);
    REQUIRE(backwards == forwards);
    REQUIRE(by_key == forwards);
    std::erase(forwards, Term::small(i));
    REQUIRE(forwards == before);
    before = by_key;
  }
  for (std::int64_t i = 0; i < 700; i += 2) {
    auto* entry = index.find(Term::small(i));
    REQUIRE(entry);
    index.remove(*entry);
    std::erase(before, Term::small(i));
  }
  std::vector<Term> left;
  for (auto* entry = index.first(); entry; entry = index.next(*entry)) left.push_back(entry->key);
  CHECK(left == before);
}

TEST_CASE("tables: an ordered index remembers where it was, whatever comes and goes", "[tables]") {
  Heap heap;
  OrderedIndex index{0};
  std::set<std::int64_t> model;
  std::mt19937 random{4711};
  auto some_key = [&] { return static_cast<std::int64_t>(random() % 200); };
  auto key_of = [](const Entry* entry) { return entry ? entry->key.as_small() : -1; };
  for (int step = 0; step < 20'000; ++step) {
    auto key = some_key();
    Entry* known = index.find(Term::small(key));
    REQUIRE((known != nullptr) == model.contains(key));
    if (random() % 3 == 0) {
      known ? index.remove(*known) : index.add(Row::create(make_tuple(heap, {Term::small(key)})));
      known ? static_cast<void>(model.erase(key)) : static_cast<void>(model.insert(key));
    }
    // From key to key, each time from where the last step led to, and from elsewhere.
    for (auto from = some_key(), left = std::int64_t{3}; left > 0 && from >= 0; --left) {
      auto after = model.upper_bound(from);
      auto next = key_of(index.after(Term::small(from)));
      REQUIRE(next == (after == model.end() ? -1 : *after));
      from = next;
    }
    for (auto from = some_key(), left = std::int64_t{3}; left > 0 && from >= 0; --left) {
      auto place = model.lower_bound(from);
      auto previous = key_of(index.before(Term::small(from)));
      REQUIRE(previous == (place == model.begin() ? -1 : *std::prev(place)));
      from = previous;
    }
    std::vector<Entry*> entries;
    auto number = random() % 210;
    REQUIRE(index.slot(number, entries) == (number < model.size()));
    if (!entries.empty())
      REQUIRE(key_of(entries[0]) == *std::next(model.begin(), static_cast<std::ptrdiff_t>(number)));
  }
}

TEST_CASE("tables: a batch is stored piece by piece, or not at all", "[tables]") {
  Heap heap;
  Tables tables{{}};
  auto* table = tables.make(Reference{}, Atom::of("t"), Term::nil(), {}).table;
  auto batch_of = [&](std::int64_t from, std::int64_t to, bool only_new) {
    auto batch = std::make_shared<Batch>(only_new);
    for (auto i = from; i < to; ++i) batch->add(Row::create(make_tuple(heap, {Term::small(i)})));
    return batch;
  };
  auto first = batch_of(0, 100, false), second = batch_of(90, 200, true), third = batch_of(100, 150, true);
  for (auto& batch : {first, second, third}) table->start(batch);
  while (table->has_batch()) table->store_some(7);
  CHECK(table->size() == 150);
  CHECK_FALSE(first->is_refused());
  CHECK(second->is_refused());
  CHECK_FALSE(third->is_refused());
  CHECK_FALSE(table->contains(Term::small(199)));
  auto held = table->words();
  CHECK(held > 0);
  tables.bury(*table);
  CHECK(tables.count() == 0);
  int pieces = 1;
  while (tables.sweep(20)) ++pieces;
  CHECK(pieces >= 150 / 20);
}

TEST_CASE("tables: a bag compares a new object with the many of its key piece by piece", "[tables]") {
  Heap heap;
  Tables tables{{}};
  auto* table = tables.make(Reference{}, Atom::of("t"), Term::nil(), {.type = Type::bag}).table;
  constexpr std::int64_t many = 10'000;
  auto object = [&](std::int64_t value) { return make_tuple(heap, {Term::small(1), Term::small(value)}); };
  CHECK_FALSE(table->compares_many(object(0)));
  for (std::int64_t i = 0; i < many; ++i) table->insert(object(i));
  CHECK(table->compares_many(object(-1)));
  CHECK_FALSE(table->compares_many(make_tuple(heap, {Term::small(2), Term::small(1)})));
  auto batch = std::make_shared<Batch>(false);
  for (std::int64_t value : {many - 1, many, std::int64_t{0}, many, many + 1})
    batch->add(Row::create(object(value)));
  table->start(batch);
  int pieces = 0;
  for (; table->has_batch(); ++pieces) table->store_some(16);
  CHECK(pieces > 4 * many / (16 * 16));
  CHECK(pieces < 6 * many / (16 * 16));
  CHECK(table->size() == many + 2);
  std::int64_t expected = 0;
  for (auto* row = table->find(Term::small(1)); row; row = row->next)
    CHECK(row->object().element(1) == Term::small(expected++));
}
