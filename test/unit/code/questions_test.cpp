// Claims about the table of questions to peers: after random operations it agrees with a simple model.
#include "noderuntime/code/questions.h"

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

TEST_CASE("questions: there is one for each realm and module, and each of its requests finds it", "[code]") {
  Questions questions;
  Realm realm{Atom::of("a@host")}, other{Atom::of("b@host")};
  Atom module = Atom::of("m");
  auto& question = questions.open(realm, module);
  CHECK(&questions.open(realm, module) == &question);
  CHECK(&questions.open(other, module) != &question);
  CHECK(questions.size() == 2);
  CHECK(questions.attach(question, {reference(1), node}));
  CHECK(questions.attach(question, {reference(2), node}));
  CHECK(questions.find(reference(2)) == &question);
  CHECK(questions.detach(reference(1)));
  CHECK(questions.find(reference(1)) == nullptr);
  auto over = questions.close(question);
  REQUIRE(over);
  REQUIRE(over->requests.size() == 1);
  CHECK(over->requests[0].reference == reference(2));
  CHECK(questions.find(reference(2)) == nullptr);
  CHECK(questions.requests() == 0);
  CHECK_FALSE(questions.any(realm));
  CHECK(questions.any(other));
}

TEST_CASE("questions: wrong operations are refused and change nothing", "[code]") {
  Questions questions;
  Realm realm{Atom::of("a@host")};
  auto& first = questions.open(realm, Atom::of("m"));
  auto& second = questions.open(realm, Atom::of("n"));
  REQUIRE(questions.attach(first, {reference(1), node}));
  CHECK_FALSE(questions.attach(second, {reference(1), node}));
  CHECK(questions.find(reference(1)) == &first);
  CHECK(second.requests.empty());
  CHECK_FALSE(questions.detach(reference(9)));
  auto over = questions.close(first);
  CHECK(questions.close(*over) == nullptr);
  CHECK(questions.size() == 1);
  Question stranger{&realm, Atom::of("n")};
  CHECK(questions.close(stranger) == nullptr);
  CHECK(questions.find(realm, Atom::of("n")) == &second);
}

TEST_CASE("questions: any order of opening, attaching, detaching and closing", "[code]") {
  auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  auto pick = [&](std::size_t below) { return random() % below; };
  Questions questions;
  Realm realms[] = {Realm{Atom::of("a@host")}, Realm{Atom::of("b@host")}};
  Atom modules[] = {Atom::of("m"), Atom::of("n"), Atom::of("o")};
  using Key = std::pair<std::size_t, std::size_t>;
  std::map<Key, std::vector<std::uint32_t>> model;  // open questions and their requests
  for (int step = 0; step < 20'000; ++step) {
    Key key{pick(2), pick(3)};
    Realm& realm = realms[key.first];
    Atom module = modules[key.second];
    auto request = static_cast<std::uint32_t>(pick(12));
    auto carries = std::find_if(model.begin(), model.end(), [&](auto& row) {
      return std::find(row.second.begin(), row.second.end(), request) != row.second.end();
    });
    auto* found = questions.find(realm, module);
    REQUIRE((found != nullptr) == model.contains(key));
    switch (pick(4)) {
      case 0:
        questions.open(realm, module);
        model.try_emplace(key);
        break;
      case 1:
        if (!found) break;
        REQUIRE(questions.attach(*found, {reference(request), node}) == (carries == model.end()));
        if (carries == model.end()) model[key].push_back(request);
        break;
      case 2:
        REQUIRE(questions.detach(reference(request)) == (carries != model.end()));
        if (carries != model.end()) std::erase(carries->second, request);
        break;
      case 3:
        if (!found) break;
        REQUIRE(questions.close(*found)->requests.size() == model[key].size());
        model.erase(key);
        break;
    }
    std::size_t requests = 0;
    for (auto& [at, carried] : model) {
      auto* question = questions.find(realms[at.first], modules[at.second]);
      REQUIRE(question);
      REQUIRE(question->requests.size() == carried.size());
      for (auto number : carried) REQUIRE(questions.find(reference(number)) == question);
      requests += carried.size();
    }
    REQUIRE(questions.size() == model.size());
    REQUIRE(questions.requests() == requests);
    for (std::size_t i = 0; i < 2; ++i)
      REQUIRE(questions.any(realms[i]) ==
              std::any_of(model.begin(), model.end(), [&](auto& row) { return row.first.first == i; }));
  }
}
