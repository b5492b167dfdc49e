// Claims about recorded handshakes between real nodes: each of our roles, given the name and the challenge of
// the recorded node, writes the same bytes.
#include "test/unit/catch.h"

#include "test/unit/cuts.h"
#include "test/unit/distribution/captures.h"

namespace noderuntime::distribution {
namespace {

using test::capture;
using test::Capture;
using test::Recorded;

constexpr Milliseconds now{0};
const Cookie cookie{"capcookie"};

struct Replay {
  Buffer written;
  Buffer rest;
  std::optional<Peer> peer;
  std::optional<Error> error;
};

Replay play_b(const std::vector<Bytes>& pieces, const Recorded& recorded, Status status = Status::ok,
              std::optional<Identity> invented = {}) {
  Acceptor acceptor{{.self = {*NodeName::parse(recorded.name_b), recorded.creation_b},
                     .flags = recorded.flags_b.without(flag::NAME_ME),
                     .cookie_of = [](const NodeName&) { return cookie; },
                     .challenge = recorded.challenge_b},
                    now};
  Replay replay;
  for (auto piece : pieces) {
    acceptor.feed(piece);
    for (bool more = true; more && !replay.peer && !replay.error;) {
      auto event = acceptor.next(now);
      more = event && !std::holds_alternative<NeedInput>(*event);
      if (!event)
        replay.error = event.error();
      else if (auto* peer = std::get_if<Peer>(&*event))
        replay.peer = *peer;
      else if (more)
        invented ? acceptor.answer_named(*invented) : acceptor.answer(status);
    }
  }
  replay.written = acceptor.take_output();
  replay.rest = acceptor.take_rest();
  return replay;
}

Replay play_a(const std::vector<Bytes>& pieces, const Recorded& recorded, bool old_is_dead = true) {
  bool nameless = recorded.flags_a.has(flag::NAME_ME);
  Initiator::Config config{.peer = *NodeName::parse(recorded.name_b),
                           .flags = recorded.flags_a.without(flag::NAME_ME),
                           .cookie = cookie,
                           .challenge = recorded.challenge_a};
  if (nameless)
    config.host = recorded.name_a;
  else
    config.self = Identity{*NodeName::parse(recorded.name_a), recorded.creation_a};
  Initiator initiator{config, now};
  Replay replay;
  for (auto piece : pieces) {
    initiator.feed(piece);
    for (bool more = true; more && !replay.peer && !replay.error;) {
      auto event = initiator.next(now);
      more = event && !std::holds_alternative<NeedInput>(*event);
      if (!event)
        replay.error = event.error();
      else if (auto* peer = std::get_if<Peer>(&*event))
        replay.peer = *peer;
      else if (more)
        initiator.answer(old_is_dead);
    }
  }
  replay.written = initiator.take_output();
  replay.rest = initiator.take_rest();
  return replay;
}

Buffer head(const Buffer& all, std::size_t length) {
  return {all.begin(), all.begin() + static_cast<long>(length)};
}
Buffer tail(const Buffer& all, std::size_t length) {
  return {all.begin() + static_cast<long>(length), all.end()};
}

}  // namespace

TEST_CASE("recorded handshakes: we write what OTP wrote, in both roles", "[distribution]") {
  auto captures = test::complete_captures();
  CHECK(captures.size() >= 70);
  for (const auto& capture : captures) {
    INFO(capture.name);
    auto recorded = recorded_handshake(capture);
    if (recorded.status != "ok" || capture.from_a[2] != 'N') continue;  // the other test cases have these

    auto b = play_b({Bytes{capture.from_a}}, recorded);
    REQUIRE(b.peer);
    CHECK(b.written == head(capture.from_b, recorded.length_b));
    CHECK(b.rest == tail(capture.from_a, recorded.length_a));
    CHECK(b.peer->flags == (recorded.flags_a & recorded.flags_b));
    CHECK(b.peer->name.full() == recorded.name_a);
    CHECK(b.peer->creation == recorded.creation_a);

    auto a = play_a({Bytes{capture.from_b}}, recorded);
    REQUIRE(a.peer);
    CHECK(a.written == head(capture.from_a, recorded.length_a));
    CHECK(a.rest == tail(capture.from_b, recorded.length_b));
    CHECK(a.peer->name.full() == recorded.name_b);
    CHECK(a.peer->creation == recorded.creation_b);
  }
}

TEST_CASE("recorded handshakes: at every cut we write the same bytes", "[distribution]") {
  auto hidden = capture("handshake/hs_v6_29_to_25");
  auto recorded = recorded_handshake(hidden);
  noderuntime::test::for_each_cut(hidden.from_a, [&](const std::vector<Bytes>& pieces) {
    auto b = play_b(pieces, recorded);
    REQUIRE(b.peer);
    REQUIRE(b.written == hidden.from_b);
  });
  noderuntime::test::for_each_cut(hidden.from_b, [&](const std::vector<Bytes>& pieces) {
    auto a = play_a(pieces, recorded);
    REQUIRE(a.peer);
    REQUIRE(a.written == hidden.from_a);
  });
}

TEST_CASE("recorded handshakes: alive, answered with true and false", "[distribution]") {
  auto taken = capture("handshake/hs_alive_true");
  auto recorded = recorded_handshake(taken);
  CHECK(play_b({Bytes{taken.from_a}}, recorded, Status::alive).written == taken.from_b);
  CHECK(play_a({Bytes{taken.from_b}}, recorded).written == taken.from_a);

  auto kept = capture("handshake/hs_alive_false");
  recorded.challenge_a = Challenge{0};
  auto b = play_b({Bytes{kept.from_a}}, recorded, Status::alive);
  REQUIRE(b.error);
  CHECK(b.error->code == Errc::other_connection);
  CHECK(b.written == kept.from_b);
  auto a = play_a({Bytes{kept.from_b}}, recorded, false);
  CHECK(a.error->code == Errc::other_connection);
  CHECK(a.written == kept.from_a);
}

TEST_CASE("recorded handshakes: a name is asked for and given", "[distribution]") {
  auto dynamic = capture("handshake/hs_name_me");
  auto recorded = recorded_handshake(dynamic);
  Reader in{as_bytes(recorded.status)};
  in.string(6);
  auto invented_name = *NodeName::parse(in.string(in.u16()));
  Identity invented{invented_name, Creation{in.u32()}};
  recorded.flags_b = recorded.flags_b | flag::PUBLISHED;  // our role must remove this flag
  auto b = play_b({Bytes{dynamic.from_a}}, recorded, Status::ok, invented);
  REQUIRE(b.peer);
  CHECK(b.written == dynamic.from_b);
  auto a = play_a({Bytes{dynamic.from_b}}, recorded);
  REQUIRE(a.peer);
  CHECK(a.written == dynamic.from_a);
  CHECK(a.peer->self.name == invented.name);
  CHECK(a.peer->self.creation == invented.creation);
}

TEST_CASE("recorded handshakes: version 5 with its complement is taken", "[distribution]") {
  auto old = capture("handshake/hs_v5_to_otp27");
  auto recorded = recorded_handshake(old);
  auto b = play_b({Bytes{old.from_a}}, recorded);
  REQUIRE(b.peer);
  CHECK(b.written == old.from_b);
  CHECK(b.peer->creation == Creation{1234});
  CHECK(b.peer->flags == (recorded.flags_a & recorded.flags_b));
}

TEST_CASE("recorded handshakes: OTP's refusals are understood", "[distribution]") {
  Recorded us{.name_a = "x@y",
              .name_b = "b@127.0.0.1",
              .status = "",
              .flags_a = {},
              .flags_b = visible_flags,
              .creation_a = {},
              .creation_b = {},
              .challenge_a = {},
              .challenge_b = {}};
  auto no_maps = capture("handshake/hs_not_allowed_otp25");
  auto b = play_b({Bytes{no_maps.from_a}}, us);
  REQUIRE(b.error);
  CHECK(b.error->context == "na@127.0.0.1: MAP_TAG");
  CHECK(b.written == no_maps.from_b);

  auto bad = capture("handshake/hs_bad_cookie");
  auto recorded = recorded_handshake(bad);
  b = play_b({Bytes{bad.from_a}}, recorded);
  REQUIRE(b.error);
  CHECK(b.error->code == Errc::bad_cookie);
  CHECK(b.written == bad.from_b);
}

}  // namespace noderuntime::distribution
