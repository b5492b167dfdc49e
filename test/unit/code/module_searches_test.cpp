// Claims about the table of module searches: after random operations it agrees with a simple model.
#include "noderuntime/code/module_searches.h"

#include "test/unit/catch.h"

#include <algorithm>
#include <map>
#include <random>

using namespace noderuntime;

namespace {

const Atom node = Atom::of("a@host");

Reference reference(std::uint32_t number) {
  return {{Atom::of("here@host"), Creation{7}}, 3, {number, 0, 0, 0, 0}};
}

}  // namespace

TEST_CASE("module searches: there is one for each realm and module, and each of its requests finds it",
          "[code]") {
  ModuleSearches searches;
  Realm realm{Atom::of("a@host")}, other{Atom::of("b@host")};
  Atom module = Atom::of("m");
  auto& search = searches.open(realm, module);
  CHECK(&searches.open(realm, module) == &search);
  CHECK(&searches.open(other, module) != &search);
  CHECK(searches.size() == 2);
  CHECK(searches.attach(search, {reference(1), node}));
  CHECK(searches.attach(search, {reference(2), node}));
  CHECK(searches.find(reference(2)) == &search);
  CHECK(searches.detach(reference(1)));
  CHECK(searches.find(reference(1)) == nullptr);
  auto over = searches.close(search);
  REQUIRE(over);
  REQUIRE(over->requests.size() == 1);
  CHECK(over->requests[0].reference == reference(2));
  CHECK(searches.find(reference(2)) == nullptr);
  CHECK(searches.requests() == 0);
  CHECK_FALSE(searches.any(realm));
  CHECK(searches.any(other));
}

TEST_CASE("module searches: wrong operations are refused and change nothing", "[code]") {
  ModuleSearches searches;
  Realm realm{Atom::of("a@host")};
  auto& first = searches.open(realm, Atom::of("m"));
  auto& second = searches.open(realm, Atom::of("n"));
  REQUIRE(searches.attach(first, {reference(1), node}));
  CHECK_FALSE(searches.attach(second, {reference(1), node}));
  CHECK(searches.find(reference(1)) == &first);
  CHECK(second.requests.empty());
  CHECK_FALSE(searches.detach(reference(9)));
  auto over = searches.close(first);
  CHECK(searches.close(*over) == nullptr);
  CHECK(searches.size() == 1);
  ModuleSearch stranger{&realm, Atom::of("n")};
  CHECK(searches.close(stranger) == nullptr);
  CHECK(searches.find(realm, Atom::of("n")) == &second);
}

TEST_CASE("module searches: any order of opening, attaching, detaching and closing", "[code]") {
  auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  auto pick = [&](std::size_t below) { return random() % below; };
  ModuleSearches searches;
  Realm realms[] = {Realm{Atom::of("a@host")}, Realm{Atom::of("b@host")}};
  Atom modules[] = {Atom::of("m"), Atom::of("n"), Atom::of("o")};
  using Key = std::pair<std::size_t, std::size_t>;
  std::map<Key, std::vector<std::uint32_t>> model;  // open searches and their requests
  for (int step = 0; step < 20'000; ++step) {
    Key key{pick(2), pick(3)};
    Realm& realm = realms[key.first];
    Atom module = modules[key.second];
    auto request = static_cast<std::uint32_t>(pick(12));
    auto carries = std::find_if(model.begin(), model.end(), [&](auto& row) {
      return std::find(row.second.begin(), row.second.end(), request) != row.second.end();
    });
    auto* found = searches.find(realm, module);
    REQUIRE((found != nullptr) == model.contains(key));
    switch (pick(4)) {
      case 0:
        searches.open(realm, module);
        model.try_emplace(key);
        break;
      case 1:
        if (!found) break;
        REQUIRE(searches.attach(*found, {reference(request), node}) == (carries == model.end()));
        if (carries == model.end()) model[key].push_back(request);
        break;
      case 2:
        REQUIRE(searches.detach(reference(request)) == (carries != model.end()));
        if (carries != model.end()) std::erase(carries->second, request);
        break;
      case 3:
        if (!found) break;
        REQUIRE(searches.close(*found)->requests.size() == model[key].size());
        model.erase(key);
        break;
    }
    std::size_t requests = 0;
    for (auto& [at, carried] : model) {
      auto* search = searches.find(realms[at.first], modules[at.second]);
      REQUIRE(search);
      REQUIRE(search->requests.size() == carried.size());
      for (auto number : carried) REQUIRE(searches.find(reference(number)) == search);
      requests += carried.size();
    }
    REQUIRE(searches.size() == model.size());
    REQUIRE(searches.requests() == requests);
    for (std::size_t i = 0; i < 2; ++i)
      REQUIRE(searches.any(realms[i]) ==
              std::any_of(model.begin(), model.end(), [&](auto& row) { return row.first.first == i; }));
  }
}
