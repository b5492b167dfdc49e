// Claims about Mailbox: the order of messages, selective receive, marks and priority.
#include "noderuntime/process/mailbox.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>
#include "test/unit/catch.h"

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

TEST_CASE("mailbox: a receive looks at what came with priority next, then goes on where it was",
          "[process]") {
  for (int position = 0; position <= 3; ++position)
    for (bool looking : {false, true}) {
      CAPTURE(position, looking);
      Mailbox mailbox;
      fill(mailbox, 3);
      for (int i = 0; i < position; ++i) mailbox.advance();
      looking = looking && mailbox.has_current();
      if (looking) mailbox.look();
      Order seen, expected{11, 12};
      for (int value : {11, 12}) mailbox.push_priority(number(value));
      if (looking) expected.insert(expected.begin(), position + 1);
      for (int i = position + 1 + looking; i <= 3; ++i) expected.push_back(i);
      for (; mailbox.has_current(); mailbox.advance()) seen.push_back(mailbox.current().as_small());
      CHECK(seen == expected);
      mailbox.push_priority(number(13));
      CHECK(mailbox.current() == Term::small(13));
    }
}

TEST_CASE("mailbox: when a message is taken that was overtaken, the queue is seen from its front",
          "[process]") {
  Mailbox mailbox;
  fill(mailbox, 2);
  mailbox.advance();
  mailbox.look();
  mailbox.push_priority(number(11));
  CHECK(mailbox.take_current().term() == Term::small(2));
  CHECK(mailbox.current() == Term::small(11));
}

TEST_CASE("mailbox: a mark leads to what has priority, then to what came after it", "[process]") {
  for (bool before : {false, true}) {
    Mailbox mailbox;
    fill(mailbox, 2);
    if (before) mailbox.push_priority(number(11));
    auto mark = mailbox.mark();
    if (!before) mailbox.push_priority(number(11));
    mailbox.push(number(3));
    mailbox.advance_to(mark);
    Order seen;
    for (; mailbox.has_current(); mailbox.advance()) seen.push_back(mailbox.current().as_small());
    CHECK(seen == Order{11, 3});
  }
}

namespace {

// A simple model of a mailbox: a list of messages, and which of them the current receive has seen.
struct Model {
  struct Message {
    int value;
    bool priority, seen;
    std::size_t arrival;
  };
  std::vector<Message> messages;
  std::map<Mailbox::Mark, std::size_t> marks;  // the number of messages that had arrived at each mark
  std::size_t arrivals = 0;
  std::optional<int> looked_at;

  std::optional<int> current() const {
    if (looked_at) return looked_at;
    for (auto& row : messages)
      if (!row.seen) return row.value;
    return std::nullopt;
  }
  auto find(int value) {
    return std::find_if(messages.begin(), messages.end(), [=](auto& row) { return row.value == value; });
  }
  void see_none() {
    for (auto& row : messages) row.seen = false;
    looked_at.reset();
  }
  void push(int value) { messages.push_back({value, false, false, arrivals++}); }
  void push_priority(int value) {
    auto behind = std::find_if(messages.begin(), messages.end(), [](auto& row) { return !row.priority; });
    messages.insert(behind, {value, true, false, arrivals++});
  }
  void advance() {
    find(*current())->seen = true;
    looked_at.reset();
  }
  int take() {
    int value = *current();
    messages.erase(find(value));
    see_none();
    return value;
  }
  bool remove(int value) {
    auto found = find(value);
    if (found == messages.end()) return false;
    messages.erase(found);
    return true;
  }
  void advance_to(Mailbox::Mark mark) {
    see_none();
    if (auto known = marks.find(mark); known != marks.end())
      for (auto& row : messages) row.seen = !row.priority && row.arrival < known->second;
  }
};

}  // namespace

TEST_CASE("mailbox: whatever happens to it, a receive sees every message once, those with priority first",
          "[process]") {
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
          if (model.current()) mailbox.look(), model.looked_at = model.current();
          break;
        case 5:
        case 6:
          if (model.current()) mailbox.advance(), model.advance();
          break;
        case 7:
          if (model.current()) CHECK(mailbox.take_current().term().as_small() == model.take());
          break;
        case 8: {  // the message that the receive looks at is never removed
          auto size = static_cast<unsigned>(model.messages.size());
          int value = size ? model.messages[below(size)].value : 0;
          if (model.looked_at == value) break;
          auto same = [&](Term term) { return term == Term::small(value); };
          CHECK(mailbox.remove_first(same) == model.remove(value));
          break;
        }
        case 9:
          if (below(8) == 0) mailbox.rewind(), model.see_none();
          break;
        case 10:
          if (model.marks.size() == 16) break;  // one more would drop the oldest mark
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
      REQUIRE(mailbox.has_current() == model.current().has_value());
      if (model.current()) REQUIRE(mailbox.current().as_small() == *model.current());
      REQUIRE((mailbox.looked_at() != nullptr) == model.looked_at.has_value());
    }
  }
}
