#include "noderuntime/process/mailbox.h"

#include <catch2/catch.hpp>

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
