#include "noderuntime/process/mailbox.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace noderuntime;

namespace {
OwnedTerm number(int value) { return OwnedTerm{Heap{}, Term::small(value)}; }
void fill(Mailbox& mailbox, int count) {
  for (int i = 1; i <= count; ++i) mailbox.push(number(i));
}
}  // namespace

TEST_CASE("mailbox: messages are seen in the order of arrival", "[process]") {
  Mailbox mailbox;
  CHECK_FALSE(mailbox.has_current());
  fill(mailbox, 3);
  for (int i = 1; i <= 3; ++i) CHECK(mailbox.take_current().term() == Term::small(i));
  CHECK_FALSE(mailbox.has_current());
  CHECK(mailbox.size() == 0);
}

TEST_CASE("mailbox: taking a later message leaves the earlier ones and starts over", "[process]") {
  Mailbox mailbox;
  fill(mailbox, 3);
  mailbox.advance();
  CHECK(mailbox.take_current().term() == Term::small(2));
  CHECK(mailbox.current() == Term::small(1));
  mailbox.advance();
  CHECK(mailbox.current() == Term::small(3));
  mailbox.advance();
  CHECK_FALSE(mailbox.has_current());
}

TEST_CASE("mailbox: a position behind the last message meets the next one that arrives", "[process]") {
  Mailbox mailbox;
  fill(mailbox, 1);
  mailbox.advance();
  REQUIRE_FALSE(mailbox.has_current());
  mailbox.push(number(5));
  REQUIRE(mailbox.has_current());
  CHECK(mailbox.current() == Term::small(5));
}

TEST_CASE("mailbox: removing by content keeps the position valid wherever it stands", "[process]") {
  for (int position = 0; position <= 3; ++position)
    for (int removed = 1; removed <= 3; ++removed) {
      Mailbox mailbox;
      fill(mailbox, 3);
      for (int i = 0; i < position; ++i) mailbox.advance();
      REQUIRE(mailbox.remove_first([&](Term term) { return term == Term::small(removed); }));
      mailbox.push(number(9));
      std::vector<std::int64_t> rest;
      for (; mailbox.has_current(); mailbox.advance()) rest.push_back(mailbox.current().as_small());
      std::vector<std::int64_t> expected;
      for (int i = position + 1; i <= 3; ++i)
        if (i != removed) expected.push_back(i);
      expected.push_back(9);
      CHECK(rest == expected);
    }
}

TEST_CASE("mailbox: a mark skips what was there before it", "[process]") {
  Mailbox mailbox;
  fill(mailbox, 2);
  auto mark = mailbox.mark();
  mailbox.push(number(7));
  mailbox.advance_to(mark);
  CHECK(mailbox.current() == Term::small(7));
  mailbox.rewind();
  CHECK(mailbox.current() == Term::small(1));
}

TEST_CASE("mailbox: a mark stays where it is when messages around it are taken", "[process]") {
  for (int taken = 1; taken <= 4; ++taken) {
    CAPTURE(taken);
    Mailbox mailbox;
    fill(mailbox, 2);
    auto mark = mailbox.mark();
    mailbox.push(number(3));
    mailbox.push(number(4));
    REQUIRE(mailbox.remove_first([&](Term term) { return term == Term::small(taken); }));
    mailbox.advance_to(mark);
    CHECK(mailbox.current() == Term::small(taken == 3 ? 4 : 3));
    mailbox.take_current();
    mailbox.advance_to(mark);
    CHECK(mailbox.has_current() == (taken < 3));
    mailbox.push(number(5));
    if (taken >= 3) CHECK(mailbox.current() == Term::small(5));
  }
}

TEST_CASE("mailbox: from a mark that was forgotten, or is one of too many, a receive starts at the front",
          "[process]") {
  Mailbox mailbox;
  fill(mailbox, 2);
  auto forgotten = mailbox.mark(), first = mailbox.mark();
  mailbox.forget(forgotten);
  for (int i = 0; i < 100; ++i) mailbox.mark();
  mailbox.push(number(7));
  for (auto mark : {forgotten, first}) {
    mailbox.advance_to(mark);
    CHECK(mailbox.current() == Term::small(1));
  }
}

TEST_CASE("mailbox: the words of its messages are counted and given back", "[process]") {
  Mailbox mailbox;
  Heap heap;
  Term tuple = make_tuple(heap, {Term::small(1), Term::small(2)});
  mailbox.push(OwnedTerm{std::move(heap), tuple});
  CHECK(mailbox.words() >= 3);
  OwnedTerm taken = mailbox.take_current();
  CHECK(taken.term().element(1) == Term::small(2));
  CHECK(mailbox.words() == 0);
}

// --- messages with priority

namespace {
std::vector<std::int64_t> waiting(Mailbox& mailbox) {
  std::vector<std::int64_t> all;
  mailbox.for_each([&](Term message) { all.push_back(message.as_small()); });
  return all;
}
using Order = std::vector<std::int64_t>;
}  // namespace

TEST_CASE("mailbox: priority goes before what waits, behind earlier priority", "[process]") {
  Mailbox mailbox;
  mailbox.push_priority(number(11));
  fill(mailbox, 2);
  mailbox.push_priority(number(12));
  mailbox.push(number(3));
  for (int i = 0; i < 100; ++i) mailbox.mark();
  mailbox.push_priority(number(13));
  CHECK(waiting(mailbox) == Order{11, 12, 13, 1, 2, 3});
  CHECK(mailbox.size() == 6);
}

TEST_CASE("mailbox: a receive that has seen all messages meets the one with priority next", "[process]") {
  Mailbox mailbox;
  fill(mailbox, 2);
  mailbox.advance(), mailbox.advance();
  mailbox.push_priority(number(11));
  REQUIRE(mailbox.has_current());
  CHECK(mailbox.current() == Term::small(11));
}

TEST_CASE("mailbox: a message that is looked at stays the current one when priority overtakes it",
          "[process]") {
  for (int position = 0; position < 3; ++position)
    for (bool before : {false, true})
      for (bool taken : {false, true}) {
        CAPTURE(position, before, taken);
        Mailbox mailbox;
        if (before) mailbox.push_priority(number(10));
        fill(mailbox, 3 - before);
        for (int i = 0; i < position; ++i) mailbox.advance();
        Term looked_at = mailbox.look();
        mailbox.push_priority(number(11));
        REQUIRE(mailbox.current() == looked_at);
        if (taken)
          CHECK(mailbox.take_current().term() == looked_at);
        else
          mailbox.advance();
        bool first_is_there = before && (!taken || position > 0);
        CHECK(mailbox.current().as_small() == (first_is_there ? 10 : 11));
      }
}

TEST_CASE("mailbox: what came with priority after a mark is not passed over by it", "[process]") {
  Mailbox mailbox;
  fill(mailbox, 2);
  auto older = mailbox.mark();
  mailbox.push_priority(number(11));
  auto newer = mailbox.mark();
  mailbox.push(number(3));
  mailbox.advance_to(older);
  CHECK(mailbox.current() == Term::small(11));
  mailbox.advance_to(newer);
  CHECK(mailbox.current() == Term::small(3));
}

namespace {

// What a mailbox is, as plainly as it can be said: a list, and the index of the current message.
struct Model {
  struct Message {
    int value;
    bool priority;
    std::size_t arrival;
  };
  std::vector<Message> messages;
  std::map<Mailbox::Mark, std::size_t> marks;  // how many had arrived
  std::size_t at = 0, arrivals = 0;
  bool looking = false, overtaken = false;

  bool has_current() const { return at < messages.size(); }
  void rewind() { at = 0, looking = overtaken = false; }
  void push(int value) { messages.push_back({value, false, arrivals++}); }
  void push_priority(int value) {
    auto index = std::count_if(messages.begin(), messages.end(), [](auto& row) { return row.priority; });
    messages.insert(messages.begin() + index, {value, true, arrivals++});
    marks.clear();
    if (!looking) return rewind();
    if (static_cast<std::size_t>(index) <= at) ++at;
    overtaken = true;
  }
  void advance() {
    if (overtaken) return rewind();
    ++at, looking = false;
  }
  int take() {
    int value = messages[at].value;
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(at));
    rewind();
    return value;
  }
  bool remove(int value) {
    for (std::size_t i = 0; i < messages.size(); ++i)
      if (messages[i].value == value) {
        messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(i));
        if (i < at) --at;
        return true;
      }
    return false;
  }
  void advance_to(Mailbox::Mark mark) {
    rewind();
    auto known = marks.find(mark);
    if (known == marks.end()) return;
    while (has_current() && messages[at].arrival < known->second) ++at;
  }
};

}  // namespace

TEST_CASE("mailbox: whatever happens to it, it is a list with a position", "[process]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random{seed};
    auto below = [&](unsigned bound) { return random() % bound; };
    Mailbox mailbox;
    Model model;
    std::vector<Mailbox::Mark> marks;
    for (int step = 0; step < 300; ++step) {
      INFO("seed " << seed << ", step " << step);
      auto any_mark = [&] { return marks[below(static_cast<unsigned>(marks.size()))]; };
      switch (below(12)) {
        case 0:
        case 1: mailbox.push(number(step)), model.push(step); break;
        case 2: mailbox.push_priority(number(step)), model.push_priority(step); break;
        case 3:
        case 4:
          if (model.has_current()) mailbox.look(), model.looking = true;
          break;
        case 5:
        case 6:
          if (model.has_current()) mailbox.advance(), model.advance();
          break;
        case 7:
          if (model.has_current()) CHECK(mailbox.take_current().term().as_small() == model.take());
          break;
        case 8: {  // nobody takes away what is looked at
          int value = static_cast<int>(below(300));
          if (model.looking && model.messages[model.at].value == value) break;
          auto same = [&](Term term) { return term == Term::small(value); };
          CHECK(mailbox.remove_first(same) == model.remove(value));
          break;
        }
        case 9:
          if (below(8) == 0) mailbox.rewind(), model.rewind();
          break;
        case 10:
          if (model.marks.size() == 15) break;  // the oldest would be dropped
          marks.push_back(mailbox.mark());
          model.marks.emplace(marks.back(), model.arrivals);
          break;
        case 11:
          if (marks.empty()) break;
          if (auto mark = any_mark(); below(3) == 0)
            mailbox.forget(mark), model.marks.erase(mark);
          else
            mailbox.advance_to(mark), model.advance_to(mark);
          break;
      }
      std::vector<std::int64_t> expected;
      for (auto& row : model.messages) expected.push_back(row.value);
      REQUIRE(waiting(mailbox) == expected);
      REQUIRE(mailbox.size() == expected.size());
      REQUIRE(mailbox.has_current() == model.has_current());
      if (model.has_current()) REQUIRE(mailbox.current().as_small() == model.messages[model.at].value);
      REQUIRE((mailbox.looked_at() != nullptr) == (model.looking && model.has_current()));
    }
  }
}
