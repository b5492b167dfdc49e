// Claims about recorded connections between real nodes: every message is decoded, in both directions and in
// pieces of any size.
#include "test/unit/catch.h"

#include "noderuntime/term/order.h"
#include "test/unit/cuts.h"
#include "test/unit/distribution/captures.h"
#include "test/unit/distribution/support.h"

namespace noderuntime::distribution {
namespace {

using namespace test;

// One message as the .tsv file has it: "NAME {Opcode,...}".
struct Expected {
  unsigned opcode = 0;        // 0 if the row is cut before it
  std::string name, control;  // `control` is empty if the row is cut within it
};

std::string balanced_tuple(const std::string& text, std::size_t from) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return text.substr(from, i - from + 1);
  }
  return {};
}

// Finds the first "NAME {Opcode" of a row. The atoms of the header, which stand before it, are in brackets
// and are not followed by a brace.
std::optional<Expected> message_of(const std::string& text) {
  for (auto brace = text.find(" {"); brace != std::string::npos; brace = text.find(" {", brace + 1)) {
    auto start = text.find_last_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", brace - 1) + 1;
    if (start == brace || !std::isdigit(static_cast<unsigned char>(text[brace + 2]))) continue;
    auto opcode = static_cast<unsigned>(std::stoul(text.substr(brace + 2)));
    return Expected{opcode, text.substr(start, brace - start), balanced_tuple(text, brace + 1)};
  }
  return std::nullopt;
}

std::vector<Expected> expected_messages(const Capture& capture, bool from_a) {
  std::vector<Expected> all;
  for (const auto& row : capture.rows) {
    if (row.from_a != from_a) continue;
    if (!row.text.starts_with("HDR") && !row.text.starts_with("FRAGLAST")) continue;
    auto message = message_of(row.text);
    if (!message) REQUIRE(row.text.size() >= 1300);  // the row is cut within the atoms of the header
    all.push_back(message.value_or(Expected{}));
  }
  return all;
}

// The index of the alternative of SignalBody for an opcode. A second table on purpose, independent of
// control.cpp.
std::size_t kind_of(unsigned opcode) {
  switch (opcode) {
    case 2:
    case 6:
    case 12:
    case 16:
    case 22:
    case 23:
    case 33:
    case 34:
    case 37: return 0;
    case 1: return 1;
    case 4:
    case 35: return 2;
    case 36: return 3;
    case 3:
    case 13:
    case 24:
    case 25: return 4;
    case 8:
    case 18:
    case 26:
    case 27: return 5;
    case 19: return 6;
    case 20: return 7;
    case 21:
    case 28: return 8;
    case 7: return 9;
    case 29:
    case 30: return 10;
    case 31:
    case 32: return 11;
  }
  return 99;
}

struct Direction {
  NodeIdentity sender, receiver;
  Flags flags;
  Bytes bytes;  // after the handshake
};

Direction direction(const Capture& capture, bool from_a) {
  auto recorded = recorded_handshake(capture);
  if (auto at = recorded.status.find("named:"); at == 0) recorded.name_a = "dynamic@127.0.0.1";
  NodeIdentity a{Atom::of(recorded.name_a), recorded.creation_a},
      b{Atom::of(recorded.name_b), recorded.creation_b};
  auto flags = recorded.flags_a & recorded.flags_b;
  return from_a ? Direction{a, b, flags, Bytes{capture.from_a}.subspan(recorded.length_a)}
                : Direction{b, a, flags, Bytes{capture.from_b}.subspan(recorded.length_b)};
}

Received decode(const Direction& direction, const std::vector<Bytes>& pieces) {
  Channel receiver{{.self = direction.receiver,
                    .peer = direction.sender,
                    .flags = direction.flags,
                    .atoms = &generous(),
                    .reference_words = 5},  // the receivers are nodes of OTP
                   Milliseconds{0}};
  Received received;
  for (auto piece : pieces) test::feed(receiver, piece, received);
  return received;
}

}  // namespace

TEST_CASE("recorded streams: every message is the one that was recorded", "[distribution]") {
  std::size_t messages = 0, compared = 0;
  for (const auto& capture : complete_captures()) {
    for (bool from_a : {true, false}) {
      INFO(capture.name << (from_a ? " a to b" : " b to a"));
      auto stream = direction(capture, from_a);
      auto expected = expected_messages(capture, from_a);
      auto received = decode(stream, {stream.bytes});
      if (received.error) FAIL(received.error->message());
      REQUIRE(received.signals.size() == expected.size());
      ControlContext context{stream.receiver, stream.sender, stream.flags};
      for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("message " << i << " " << expected[i].name);
        if (expected[i].opcode == 0) continue;
        CHECK(received.signals[i].body.index() == kind_of(expected[i].opcode));
        REQUIRE(control_form(expected[i].opcode));
        CHECK(control_form(expected[i].opcode)->name == expected[i].name);
        ++messages;
        Heap heap;
        auto again = spell_control(received.signals[i].body, context, heap);
        REQUIRE(again);
        if (again->form->opcode != expected[i].opcode || expected[i].control.empty()) continue;
        CHECK(spelled(again->control, stream.receiver) == expected[i].control);
        ++compared;
      }
    }
  }
  CHECK(messages > 700);
  CHECK(compared > messages * 9 / 10);
}

TEST_CASE("recorded streams: the messages are the same whatever way they are cut", "[distribution]") {
  for (const auto* name :
       {"otp25/link_unlink", "otp25/trace_token", "otp29/gen_call", "otp25/tick", "otp25/atom_cache_long"}) {
    auto recorded = capture(name);
    for (bool from_a : {true, false}) {
      auto stream = direction(recorded, from_a);
      auto count = expected_messages(recorded, from_a).size();
      noderuntime::test::for_each_cut(stream.bytes, [&](const std::vector<Bytes>& pieces) {
        auto received = decode(stream, pieces);
        REQUIRE_FALSE(received.error);
        REQUIRE(received.signals.size() == count);
      });
    }
  }
}

TEST_CASE("recorded streams: large messages arrive in pieces of any size", "[distribution]") {
  for (const auto* name :
       {"otp25/fragments", "otp25/exit_big", "otp25/queued_before_connect", "otp25/atom_cache_300"}) {
    auto recorded = capture(name);
    auto stream = direction(recorded, true);
    auto whole = decode(stream, {stream.bytes});
    REQUIRE_FALSE(whole.error);
    for (std::size_t size : {1u, 7u, 1460u, 4096u, 65536u, 65541u}) {
      std::vector<Bytes> pieces;
      for (std::size_t at = 0; at < stream.bytes.size(); at += size)
        pieces.push_back(stream.bytes.subspan(at, std::min(size, stream.bytes.size() - at)));
      auto received = decode(stream, pieces);
      REQUIRE_FALSE(received.error);
      REQUIRE(received.signals.size() == whole.signals.size());
      for (std::size_t i = 0; i < whole.signals.size(); ++i) {
        auto* message = std::get_if<signal::Message>(&received.signals[i].body);
        if (message)
          CHECK(exactly_equal(message->message, std::get<signal::Message>(whole.signals[i].body).message));
      }
    }
  }
}

TEST_CASE("recorded streams: the first half of each is no error, only not enough", "[distribution]") {
  for (const auto& capture : complete_captures()) {
    auto stream = direction(capture, true);
    auto received = decode(stream, {stream.bytes.first(stream.bytes.size() / 2)});
    CHECK_FALSE(received.error);
  }
}

// A received signal is written by one channel and read by another, with several sets of flags.
TEST_CASE("recorded streams: each signal that is written again is read as the same", "[distribution]") {
  int compared = 0;
  for (auto flags :
       {visible_flags, visible_flags.without(flag::ALTACT_SIG), visible_flags.without(flag::FRAGMENTS),
        visible_flags.without(flag::DIST_HDR_ATOM_CACHE), visible_flags.without(both_header_flags)}) {
    for (const auto& capture : complete_captures()) {
      INFO(capture.name << " under " << std::hex << flags.value());
      auto stream = direction(capture, true);
      auto received = decode(stream, {stream.bytes});
      auto sender = channel(stream.sender, stream.receiver, flags);
      auto receiver = channel(stream.receiver, stream.sender, flags);
      // Decoded by a third node, so that no pid in the signals is local to the sender or the receiver.
      auto neutral = channel({Atom::of("c@d"), Creation{1}}, stream.sender, stream.flags);
      auto foreign = feed_all(neutral, stream.bytes);
      if (foreign.error) continue;  // the signal must have a pid of the receiver, which the third node is not
      ++compared;
      for (std::size_t i = 0; i < foreign.signals.size(); ++i) {
        REQUIRE(sender.write(foreign.signals[i].body));
      }
      auto again = feed_all(receiver, sender.take_output().flatten());
      if (again.error) FAIL(again.error->message());
      REQUIRE(again.signals.size() == received.signals.size());
      for (std::size_t i = 0; i < again.signals.size(); ++i) {
        const auto& ours = received.signals[i];
        REQUIRE(again.signals[i].body.index() == ours.body.index());
        auto* message = std::get_if<signal::Message>(&again.signals[i].body);
        if (message) CHECK(exactly_equal(message->message, std::get<signal::Message>(ours.body).message));
        auto* down = std::get_if<signal::Down>(&again.signals[i].body);
        if (down) CHECK(exactly_equal(down->reason, std::get<signal::Down>(ours.body).reason));
      }
    }
  }
  CHECK(compared > 200);
}

}  // namespace noderuntime::distribution
