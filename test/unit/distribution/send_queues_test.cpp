// Claims about SendQueues, which cuts messages into fragments and sends the messages of several senders in
// turn.
#include "noderuntime/distribution/send_queues.h"

#include "common/wire/reader.h"
#include "noderuntime/distribution/frame_layout.h"
#include "noderuntime/term/heap.h"
#include "test/unit/catch.h"
#include "test/unit/distribution/support.h"

namespace noderuntime::distribution {
namespace {

using namespace test;

constexpr std::size_t fragment = FragmentedMessage::fragment_bytes;

Pid sender(std::uint32_t id) { return pid_of(node_a(), id); }

Segments frames(std::string_view text) {
  Segments segments;
  append(segments.own(), as_bytes(text));
  return segments;
}
// A message of `size` bytes, each of which has the value `number`.
FragmentedMessage message(std::size_t size, Byte number) {
  Segments terms;
  terms.own() = Buffer(size, number);
  Pieces pieces;
  pieces.add(std::move(terms));
  return FragmentedMessage{std::move(pieces), number};
}

// Takes frames and returns them in order: a whole frame as its text, a fragment as NUMBER:LEFT, the number of
// its message and of the fragments that follow.
std::vector<std::string> taken(SendQueues& queues, std::size_t most = SIZE_MAX) {
  std::vector<std::string> all;
  while (!queues.empty() && all.size() < most) {
    Segments out;
    queues.take_frame(out);
    auto bytes = out.flatten();
    if (bytes.size() > 6 && bytes[4] == version)
      all.push_back(std::to_string(bytes[13]) + ":" + std::to_string(bytes[21]));
    else
      all.emplace_back(bytes.begin(), bytes.end());
  }
  return all;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("cutter: every cut of segments gives the same bytes", "[distribution]") {
  auto* shared = RefcBinary::create(100);
  for (Byte i = 0; i < 100; ++i) shared->data[i] = i;
  auto make = [&] {
    Segments all;
    append(all.own(), as_bytes("aaa"));
    for (std::size_t offset : {10, 20}) {
      all.keep(shared, offset, 70);
      append(all.own(), as_bytes("cc"));
    }
    return all;
  };
  auto whole = make().flatten();
  REQUIRE(whole.size() == 3 + 2 * 72);
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    auto from = make();
    SegmentCursor cutter;
    Buffer pieces;
    for (std::size_t left = whole.size(); left > 0;) {
      Segments piece;
      auto count = std::min(size, left);
      cutter.take(from, count, piece);
      REQUIRE(piece.size() == count);
      append(pieces, piece.flatten());
      left -= count;
    }
    CHECK(pieces == whole);
  }
  CHECK(shared->count == 1);
  RefcBinary::release(shared);
}

TEST_CASE("fragments: they are numbered down to 1, and hold 64 KiB each but the last", "[distribution]") {
  for (std::size_t size : {std::size_t{1}, fragment - 1, fragment, fragment + 1, 3 * fragment}) {
    auto whole = message(size, 9);
    auto count = (size + fragment - 1) / fragment;
    std::size_t terms = 0;
    for (auto number = count; number > 0; --number) {
      Segments out;
      auto before = whole.left();
      whole.next_frame(out);
      auto bytes = out.flatten();
      Reader in{bytes};
      CHECK(in.u32() == bytes.size() - 4);
      CHECK(in.u8() == version);
      bool first = number == count;
      CHECK(in.u8() == (first ? first_fragment : next_fragment));
      CHECK(in.u64() == 9);
      CHECK(in.u64() == number);
      if (first) CHECK(in.u8() == 0);
      auto carried = bytes.size() - 4 - fragment_head - (first ? 1 : 0);
      CHECK(carried == std::min(size - terms, fragment));
      CHECK(whole.left() == before - carried);
      terms += carried;
    }
    CHECK(terms == size);
    CHECK(whole.left() == 0);
  }
}

TEST_CASE("send queues: messages of two senders are sent in turn, each in its own order", "[distribution]") {
  SendQueues queues;
  queues.add(sender(1), message(3 * fragment, 1));
  queues.add(sender(2), message(2 * fragment, 2));
  queues.add(sender(1), frames("after 1"));
  CHECK(taken(queues) == Strings{"1:3", "2:2", "1:2", "2:1", "1:1", "after 1"});
  CHECK(queues.bytes() == 0);
}

TEST_CASE("send queues: a sender is held back until its last frame is taken, the others are not",
          "[distribution]") {
  SendQueues queues;
  CHECK_FALSE(queues.hold_back(sender(1)));
  CHECK_FALSE(queues.hold_back(std::nullopt));
  queues.add(sender(1), message(2 * fragment, 1));
  CHECK(queues.hold_back(sender(1)));
  CHECK_FALSE(queues.hold_back(sender(2)));
  CHECK(queues.hold_back(std::nullopt));
  taken(queues, 1);
  CHECK(queues.hold_back(sender(1)));
  taken(queues, 1);
  CHECK(queues.empty());
  CHECK_FALSE(queues.hold_back(sender(1)));
  CHECK_FALSE(queues.hold_back(std::nullopt));
}

TEST_CASE("send queues: a signal of nobody waits behind all queues, and then all wait behind it",
          "[distribution]") {
  SendQueues queues;
  queues.add(sender(1), message(2 * fragment, 1));
  queues.add(sender(2), message(2 * fragment, 2));
  queues.add(std::nullopt, frames("of nobody"));
  CHECK(queues.hold_back(sender(3)));
  queues.add(sender(3), frames("of 3"));
  queues.add(sender(1), frames("of 1"));
  CHECK(taken(queues) == Strings{"1:2", "1:1", "2:2", "2:1", "of nobody", "of 3", "of 1"});
  CHECK_FALSE(queues.hold_back(sender(3)));
  CHECK_FALSE(queues.hold_back(sender(1)));
}

TEST_CASE("send queues: when all of them were sent, each sender has a queue of its own again",
          "[distribution]") {
  SendQueues queues;
  queues.add(std::nullopt, frames("of nobody"));
  CHECK(queues.hold_back(sender(1)));
  CHECK(taken(queues) == Strings{"of nobody"});
  queues.add(sender(1), message(2 * fragment, 1));
  queues.add(sender(2), message(2 * fragment, 2));
  CHECK_FALSE(queues.hold_back(sender(3)));
  CHECK(taken(queues) == Strings{"1:2", "2:2", "1:1", "2:1"});
}

TEST_CASE("send queues: their bytes are those of terms and whole frames that are left", "[distribution]") {
  SendQueues queues;
  queues.add(sender(1), message(fragment + 5, 1));
  queues.add(sender(2), frames("whole"));
  CHECK(queues.bytes() == fragment + 10);
  taken(queues, 1);
  CHECK(queues.bytes() == 10);
  taken(queues, 1);
  CHECK(queues.bytes() == 5);
  taken(queues, 1);
  CHECK(queues.bytes() == 0);
  CHECK(queues.empty());
}

}  // namespace noderuntime::distribution
