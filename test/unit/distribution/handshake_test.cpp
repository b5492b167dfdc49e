// Claims about the handshake: both roles with each other, and with scripted peers.
#include "test/unit/catch.h"

#include <algorithm>
#include <concepts>

#include "noderuntime/distribution/handshake.h"
#include "test/unit/cuts.h"

namespace noderuntime::distribution {
namespace {

constexpr Milliseconds start{1000};

NodeName name(std::string_view text) { return *NodeName::parse(text); }
Identity a() { return {name("a@127.0.0.1"), Creation{17}}; }
Identity b() { return {name("b@127.0.0.1"), Creation{99}}; }

Initiator::Config initiator_config(std::string cookie = "secret") {
  return {
      .self = a(), .host = "", .peer = name("b@127.0.0.1"), .cookie = {cookie}, .challenge = Challenge{7}};
}
Acceptor::Config acceptor_config(std::string cookie = "secret") {
  return {.self = b(),
          .cookie_of = [cookie](const NodeName&) { return Cookie{cookie}; },
          .challenge = Challenge{8}};
}

// The outcome of the handshake on one side.
struct End {
  std::optional<Peer> peer;
  std::optional<Error> error;
  int questions = 0;
};

using AnswerCaller = std::function<void(Acceptor&, const Acceptor::Caller&)>;
void say_ok(Acceptor& acceptor, const Acceptor::Caller&) { acceptor.answer(Status::ok); }

void turn(Initiator& initiator, End& end, bool old_is_dead) {
  while (!end.error && !end.peer) {
    auto event = initiator.next(start);
    if (!event) {
      end.error = event.error();
      return;
    }
    if (std::holds_alternative<NeedInput>(*event)) return;
    if (auto* peer = std::get_if<Peer>(&*event)) {
      end.peer = *peer;
      return;
    }
    ++end.questions;
    initiator.answer(old_is_dead);
  }
}

void turn(Acceptor& acceptor, End& end, const AnswerCaller& answer) {
  while (!end.error && !end.peer) {
    auto event = acceptor.next(start);
    if (!event) {
      end.error = event.error();
      return;
    }
    if (std::holds_alternative<NeedInput>(*event)) return;
    if (auto* peer = std::get_if<Peer>(&*event)) {
      end.peer = *peer;
      return;
    }
    ++end.questions;
    answer(acceptor, std::get<Acceptor::Caller>(*event));
  }
}

struct Conversation {
  End initiator, acceptor;
  Buffer from_initiator, from_acceptor;
};

// Passes the output of each side to the other, `step` bytes at a time, until both have none.
Conversation talk(Initiator initiator, Acceptor acceptor, const AnswerCaller& answer = say_ok,
                  bool old_is_dead = true, std::size_t step = 1000) {
  Conversation result;
  while (true) {
    auto to_acceptor = initiator.take_output(), to_initiator = acceptor.take_output();
    if (to_acceptor.empty() && to_initiator.empty()) return result;
    append(result.from_initiator, to_acceptor);
    append(result.from_acceptor, to_initiator);
    for (std::size_t at = 0; at < to_acceptor.size(); at += step) {
      acceptor.feed(Bytes{to_acceptor}.subspan(at, std::min(step, to_acceptor.size() - at)));
      turn(acceptor, result.acceptor, answer);
    }
    for (std::size_t at = 0; at < to_initiator.size(); at += step) {
      initiator.feed(Bytes{to_initiator}.subspan(at, std::min(step, to_initiator.size() - at)));
      turn(initiator, result.initiator, old_is_dead);
    }
  }
}

Conversation talk(const AnswerCaller& answer, bool old_is_dead = true) {
  return talk(Initiator{initiator_config(), start}, Acceptor{acceptor_config(), start}, answer, old_is_dead);
}

Buffer packet(const Writer& body) {
  return Writer{}.u16(static_cast<std::uint16_t>(body.size())).bytes(body.buffer()).buffer();
}
Writer send_name(std::string_view text, Flags flags = visible_flags) {
  Writer out;
  out.u8('N').u64(flags.value()).u32(5).u16(static_cast<std::uint16_t>(text.size())).string(text);
  return out;
}

End accept(const Buffer& input, Acceptor::Config config = acceptor_config(),
           const AnswerCaller& answer = say_ok) {
  Acceptor acceptor{std::move(config), start};
  End end;
  acceptor.feed(input);
  turn(acceptor, end, answer);
  return end;
}

End initiate(const Buffer& input, Initiator::Config config = initiator_config()) {
  Initiator initiator{std::move(config), start};
  End end;
  initiator.feed(input);
  turn(initiator, end, true);
  return end;
}

}  // namespace

TEST_CASE("handshake: both sides know each other when the cookie is the same", "[distribution]") {
  auto result = talk(say_ok);
  REQUIRE(result.initiator.peer);
  REQUIRE(result.acceptor.peer);
  CHECK(result.initiator.peer->name.full() == "b@127.0.0.1");
  CHECK(result.initiator.peer->creation == Creation{99});
  CHECK(result.initiator.peer->self.name.full() == "a@127.0.0.1");
  CHECK(result.acceptor.peer->name.full() == "a@127.0.0.1");
  CHECK(result.acceptor.peer->creation == Creation{17});
  CHECK(result.acceptor.peer->flags == visible_flags);
  CHECK(result.initiator.peer->visible());
}

TEST_CASE("handshake: any size of pieces will do", "[distribution]") {
  for (std::size_t step = 1; step < 70; ++step) {
    auto result =
        talk(Initiator{initiator_config(), start}, Acceptor{acceptor_config(), start}, say_ok, true, step);
    REQUIRE(result.initiator.peer);
    REQUIRE(result.acceptor.peer);
  }
}

TEST_CASE("handshake: the acceptor knows the peer whatever way its bytes are cut", "[distribution]") {
  auto bytes = talk(say_ok).from_initiator;
  append(bytes, as_bytes("after"));
  test::for_each_cut(bytes, [](const std::vector<Bytes>& pieces) {
    Acceptor acceptor{acceptor_config(), start};
    End end;
    for (auto piece : pieces) {
      acceptor.feed(piece);
      turn(acceptor, end, say_ok);
    }
    REQUIRE(end.peer);
    CHECK(as_text(acceptor.take_rest()) == "after");
  });
}

TEST_CASE("handshake: the initiator knows the peer whatever way its bytes are cut", "[distribution]") {
  auto bytes =
      talk([](Acceptor& acceptor, const Acceptor::Caller&) { acceptor.answer(Status::alive); }).from_acceptor;
  append(bytes, as_bytes("after"));
  test::for_each_cut(bytes, [](const std::vector<Bytes>& pieces) {
    Initiator initiator{initiator_config(), start};
    End end;
    for (auto piece : pieces) {
      initiator.feed(piece);
      turn(initiator, end, true);
    }
    REQUIRE(end.peer);
    CHECK(end.questions == 1);
    CHECK(as_text(initiator.take_rest()) == "after");
  });
}

TEST_CASE("handshake: the flags of both are those that both offer", "[distribution]") {
  auto config = initiator_config();
  config.flags = hidden_flags.without(flag::FRAGMENTS);
  auto result = talk(Initiator{config, start}, Acceptor{acceptor_config(), start});
  REQUIRE(result.acceptor.peer);
  CHECK(result.acceptor.peer->flags == hidden_flags.without(flag::FRAGMENTS));
  CHECK(result.acceptor.peer->offered == hidden_flags.without(flag::FRAGMENTS));
  CHECK(result.initiator.peer->offered == visible_flags);
  CHECK(result.initiator.peer->flags == result.acceptor.peer->flags);
  CHECK_FALSE(result.acceptor.peer->visible());
}

TEST_CASE("handshake: the initiator understands every status", "[distribution]") {
  auto answer = [](Status status) {
    return [status](Acceptor& acceptor, const Acceptor::Caller&) { acceptor.answer(status); };
  };
  SECTION("ok_simultaneous goes on") {
    auto result = talk(answer(Status::ok_simultaneous));
    CHECK(result.initiator.peer);
    CHECK(result.acceptor.peer);
  }
  SECTION("nok: wait for the other connection") {
    auto result = talk(answer(Status::nok));
    REQUIRE(result.initiator.error);
    CHECK(result.initiator.error->code == Errc::other_connection);
    CHECK(result.acceptor.error->code == Errc::other_connection);
    CHECK(as_text(Bytes{result.from_acceptor}.subspan(2)) == "snok");
  }
  SECTION("not_allowed") {
    auto result = talk(answer(Status::not_allowed));
    REQUIRE(result.initiator.error);
    CHECK(result.initiator.error->code == Errc::not_allowed);
    CHECK(result.initiator.error->context == "b@127.0.0.1");
    CHECK(result.acceptor.error->code == Errc::not_allowed);
  }
  SECTION("alive: the old connection is dead") {
    auto result = talk(answer(Status::alive), true);
    CHECK(result.initiator.questions == 1);
    CHECK(result.initiator.peer);
    CHECK(result.acceptor.peer);
  }
  SECTION("alive: the old connection is in use") {
    auto result = talk(answer(Status::alive), false);
    REQUIRE(result.initiator.error);
    CHECK(result.initiator.error->code == Errc::other_connection);
    REQUIRE(result.acceptor.error);
    CHECK(result.acceptor.error->code == Errc::other_connection);
    CHECK(as_text(Bytes{result.from_acceptor}.subspan(2)) == "salive");
  }
  SECTION("another text") {
    auto end = initiate(packet(Writer{}.string("smaybe")));
    REQUIRE(end.error);
    CHECK(end.error->code == Errc::unexpected);
    CHECK(end.error->context == "b@127.0.0.1: status maybe");
  }
}

TEST_CASE("handshake: a node without a name gets one", "[distribution]") {
  auto config = initiator_config();
  config.self.reset();
  config.host = "127.0.0.1";
  auto name_it = [](Acceptor& acceptor, const Acceptor::Caller& caller) {
    REQUIRE_FALSE(caller.name);
    CHECK(caller.host == "127.0.0.1");
    acceptor.answer_named({name("x1@" + caller.host), Creation{777}});
  };
  auto result = talk(Initiator{config, start}, Acceptor{acceptor_config(), start}, name_it);
  REQUIRE(result.initiator.peer);
  CHECK(result.initiator.peer->self.name.full() == "x1@127.0.0.1");
  CHECK(result.initiator.peer->self.creation == Creation{777});
  CHECK(result.initiator.peer->name.full() == "b@127.0.0.1");
  REQUIRE(result.acceptor.peer);
  CHECK(result.acceptor.peer->name.full() == "x1@127.0.0.1");
  CHECK(result.acceptor.peer->creation == Creation{777});
  CHECK(result.acceptor.peer->flags == hidden_flags);
  CHECK(result.initiator.peer->flags == hidden_flags);
}

TEST_CASE("handshake: a name is given only to a node that asked for it", "[distribution]") {
  auto status = packet(Writer{}.string("snamed:").u16(3).string("x@y").u32(1));
  CHECK(initiate(status).error->code == Errc::unexpected);
  auto config = initiator_config();
  config.self.reset();
  config.host = "h";
  CHECK(initiate(packet(Writer{}.string("sok")), config).error->code == Errc::names_nobody);
  CHECK_FALSE(initiate(status, config).error);
  CHECK(initiate(packet(Writer{}.string("snamed:").u16(3).string("x@y")), config).error->code ==
        Errc::truncated);
  CHECK(initiate(packet(Writer{}.string("snamed:").u16(1).string("x").u32(1)), config).error->code ==
        Errc::bad_node_name);
}

TEST_CASE("handshake: a wrong cookie is named, with the peer", "[distribution]") {
  auto result = talk(Initiator{initiator_config("other"), start}, Acceptor{acceptor_config(), start});
  REQUIRE(result.acceptor.error);
  CHECK(result.acceptor.error->code == Errc::bad_cookie);
  CHECK(result.acceptor.error->context == "a@127.0.0.1");
  CHECK_FALSE(result.initiator.peer);

  // An acceptor that continues although it does not know the cookie.
  Writer challenge;
  challenge.u8('N').u64(visible_flags.value()).u32(1).u32(2).u16(11).string("b@127.0.0.1");
  auto input = packet(Writer{}.string("sok"));
  append(input, packet(challenge));
  append(input, packet(Writer{}.u8('a').bytes(Digest{})));
  CHECK(initiate(input).error->code == Errc::bad_cookie);
}

TEST_CASE("handshake: the cookie is looked up by the caller's name", "[distribution]") {
  auto config = acceptor_config();
  config.cookie_of = [](const NodeName& peer) { return Cookie{peer.name() == "a" ? "for a" : "other"}; };
  CHECK(talk(Initiator{initiator_config("for a"), start}, Acceptor{config, start}).acceptor.peer);
}

TEST_CASE("handshake: missing flags are named", "[distribution]") {
  SECTION("of the caller") {
    Acceptor acceptor{acceptor_config(), start};
    acceptor.feed(packet(send_name("c@d", visible_flags.without(flag::MAP_TAG | flag::MANDATORY_25_DIGEST))));
    auto event = acceptor.next(start);
    REQUIRE_FALSE(event);
    CHECK(event.error().code == Errc::bad_flags);
    CHECK(event.error().context == "c@d: MAP_TAG");
    CHECK(acceptor.take_output() == packet(Writer{}.string("snot_allowed")));
  }
  SECTION("of the node that we call") {
    Writer challenge;
    challenge.u8('N').u64(flag::PUBLISHED.value()).u32(1).u32(2).u16(11).string("b@127.0.0.1");
    auto input = packet(Writer{}.string("sok"));
    append(input, packet(challenge));
    auto end = initiate(input);
    REQUIRE(end.error);
    CHECK(end.error->code == Errc::bad_flags);
    CHECK(end.error->context.starts_with("b@127.0.0.1: EXTENDED_REFERENCES, FUN_TAGS"));
  }
  SECTION("the shorthand of OTP 25 stands for all that we need") {
    CHECK_FALSE(accept(packet(send_name("c@d", flag::MANDATORY_25_DIGEST))).error);
  }
}

TEST_CASE("handshake: another node than the expected one is refused", "[distribution]") {
  auto config = initiator_config();
  config.peer = name("c@127.0.0.1");
  auto result = talk(Initiator{config, start}, Acceptor{acceptor_config(), start});
  REQUIRE(result.initiator.error);
  CHECK(result.initiator.error->code == Errc::wrong_node);
  CHECK(result.initiator.error->context == "c@127.0.0.1: it is b@127.0.0.1");
}

TEST_CASE("handshake: version 5 callers are taken with their complement", "[distribution]") {
  auto low = Flags{visible_flags.value() & 0xFFFFFFFF};
  Acceptor acceptor{acceptor_config(), start};
  End end;
  acceptor.feed(packet(Writer{}.u8('n').u16(5).u32(static_cast<std::uint32_t>(low.value())).string("old@h")));
  turn(acceptor, end, say_ok);
  REQUIRE_FALSE(end.error);
  acceptor.feed(packet(Writer{}.u8('c').u32(0xD).u32(1234)));
  acceptor.feed(packet(Writer{}.u8('r').u32(1).bytes(Cookie{"secret"}.proof(Challenge{8}).bytes())));
  turn(acceptor, end, say_ok);
  REQUIRE(end.peer);
  CHECK(end.peer->name.full() == "old@h");
  CHECK(end.peer->creation == Creation{1234});
  CHECK(end.peer->offered == (low | Flags{0xD00000000}).without(flag::NAME_ME));

  SECTION("without it they are not") {
    Acceptor strict{acceptor_config(), start};
    End refused;
    strict.feed(packet(Writer{}.u8('n').u16(5).u32(static_cast<std::uint32_t>(low.value())).string("old@h")));
    strict.feed(packet(Writer{}.u8('r').u32(1).bytes(Cookie{"secret"}.proof(Challenge{8}).bytes())));
    turn(strict, refused, say_ok);
    REQUIRE(refused.error);
    CHECK(refused.error->code == Errc::unexpected);
  }
}

TEST_CASE("handshake: a proof is compared in one way only, and each of its bits counts", "[distribution]") {
  static_assert(!std::equality_comparable<Proof>);
  auto proof = Cookie{"secret"}.proof(Challenge{8});
  CHECK(proof.is(Cookie{"secret"}.proof(Challenge{8}).bytes()));
  CHECK_FALSE(proof.is(Cookie{"secret"}.proof(Challenge{9}).bytes()));
  CHECK_FALSE(proof.is(Cookie{"Secret"}.proof(Challenge{8}).bytes()));
  CHECK_FALSE(proof.is(proof.bytes().first(Proof::size - 1)));
  CHECK_FALSE(proof.is({}));
  for (std::size_t bit = 0; bit < 8 * Proof::size; ++bit) {
    Buffer other{proof.bytes().begin(), proof.bytes().end()};
    other[bit / 8] ^= static_cast<Byte>(1 << bit % 8);
    CHECK_FALSE(proof.is(other));
  }
}

TEST_CASE("handshake: names travel as Latin-1", "[distribution]") {
  Acceptor acceptor{acceptor_config(), start};
  acceptor.feed(packet(send_name("c@caf\xE9")));
  auto event = acceptor.next(start);
  REQUIRE(event);
  CHECK(std::get<Acceptor::Caller>(*event).name->full() == "c@caf\xC3\xA9");

  auto config = initiator_config();
  config.self = Identity{name("c@caf\xC3\xA9"), Creation{1}};
  Initiator initiator{config, start};
  auto sent = initiator.take_output();
  CHECK(as_text(Bytes{sent}.last(6)) == "c@caf\xE9");

  config.self = Identity{name("c@\xCE\xBB"), Creation{1}};
  Initiator unable{config, start};
  REQUIRE_FALSE(unable.next(start));
  CHECK(unable.next(start).error().code == Errc::bad_node_name);
  CHECK(unable.take_output().empty());
}

TEST_CASE("handshake: bytes after a name are ignored", "[distribution]") {
  auto longer = send_name("c@d");
  longer.string("more");
  CHECK(accept(packet(longer)).questions == 1);
}

TEST_CASE("handshake: bad input is an error and is never answered with a challenge", "[distribution]") {
  struct Case {
    Buffer input;
    Errc error;
  };
  auto name_of = [](std::string_view text) { return packet(send_name(text)); };
  auto cut = send_name("c@d");
  for (const auto& [input, error] : {
           Case{packet(Writer{}), Errc::unexpected},
           Case{packet(Writer{}.string("GET / HTTP/1.1")), Errc::unexpected},
           Case{packet(Writer{}.u8('N').u64(1)), Errc::truncated},
           Case{packet(Writer{}.u8('N').u64(visible_flags.value()).u32(1).u16(400).string("c@d")),
                Errc::truncated},
           Case{packet(Writer{}.u8('n').u16(5)), Errc::truncated},
           Case{packet(Writer{}.u8('n').u16(4).u32(0).string("c@d")), Errc::unexpected},
           Case{name_of(""), Errc::bad_node_name},
           Case{name_of("c"), Errc::bad_node_name},
           Case{name_of("@d"), Errc::bad_node_name},
           Case{name_of("c@"), Errc::bad_node_name},
           Case{name_of("c@d@e"), Errc::bad_node_name},
           Case{name_of("c.d@e"), Errc::bad_node_name},
           Case{name_of("c d@e"), Errc::bad_node_name},
           Case{name_of("\xE9@d"), Errc::bad_node_name},
           Case{Writer{}.u16(0xFFFF).buffer(), Errc::too_large},
       }) {
    Acceptor acceptor{acceptor_config(), start};
    acceptor.feed(input);
    auto event = acceptor.next(start);
    REQUIRE_FALSE(event);
    CHECK(error_name(event.error().code) == error_name(error));
    CHECK(acceptor.take_output().empty());
    CHECK_FALSE(acceptor.next(start));  // the error remains
  }
}

TEST_CASE("handshake: each step has its own limit of time", "[distribution]") {
  Acceptor acceptor{acceptor_config(), start};
  CHECK(acceptor.deadline() == start + default_step_limit);
  CHECK(acceptor.on_time(acceptor.deadline() - Milliseconds{1}));

  acceptor.feed(packet(send_name("c@d")));
  REQUIRE(acceptor.next(start + Milliseconds{5000}));
  acceptor.answer(Status::ok);
  REQUIRE(acceptor.next(start + Milliseconds{6000}));
  CHECK(acceptor.deadline() == start + Milliseconds{13000});
  auto late = acceptor.on_time(acceptor.deadline());
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::timeout);
  CHECK(late.error().context == "c@d: challenge_reply");

  // Bytes that complete no message do not extend the time limit.
  Initiator initiator{initiator_config(), start};
  initiator.feed(Writer{}.u8(0).buffer());
  REQUIRE(initiator.next(start + Milliseconds{100}));
  CHECK(initiator.deadline() == start + default_step_limit);
}

TEST_CASE("handshake: a peer that closes before the end is an error that depends on the step",
          "[distribution]") {
  Initiator initiator{initiator_config(), start};
  CHECK(initiator.finish().code == Errc::connection_closed);
  CHECK(initiator.finish().context == "b@127.0.0.1: while we awaited its status");
  auto acceptor = Acceptor{acceptor_config(), start};
  acceptor.feed(initiator.take_output());
  End end;
  turn(acceptor, end, say_ok);
  initiator.feed(acceptor.take_output());
  turn(initiator, end, true);
  CHECK(initiator.finish().code == Errc::bad_cookie);  // the peer closed after it had received our digest
  CHECK(acceptor.finish().code == Errc::connection_closed);
}

TEST_CASE("connections: of two simultaneous attempts the one of the greater name stays", "[distribution]") {
  auto low = name("a@h"), high = name("b@h");
  CHECK(answer_to(low, high, ExistingConnection::none) == Status::ok);
  CHECK(answer_to(high, low, ExistingConnection::connecting) == Status::nok);
  CHECK(answer_to(low, high, ExistingConnection::connecting) == Status::ok_simultaneous);
  CHECK(answer_to(low, high, ExistingConnection::accepting) == Status::ok);
  CHECK(answer_to(low, high, ExistingConnection::up) == Status::alive);
  CHECK(answer_to(low, low, ExistingConnection::none) == Status::nok);
  CHECK(answer_to(name("A@h"), name("a@h"), ExistingConnection::connecting) ==
        Status::ok_simultaneous);  // names are compared byte by byte
  CHECK(answer_to(name("z@\xC3\xA9"), name("z@h"), ExistingConnection::connecting) == Status::nok);
}

TEST_CASE("flags: our sets have fixed values, and those of OTP lack no mandatory flag", "[distribution]") {
  CHECK(visible_flags.value() == 0x6D07DF7FBD);
  CHECK(hidden_flags.value() == 0x6D07DF7FBC);
  CHECK(needed_flags.value() == 0x1070F94);  // the mandatory flags of OTP 25
  for (auto otp : {0xD07DF7FBCu, 0x6D07DF7FBCu, 0x406000000u}) CHECK(missing_flags(Flags{otp}) == Flags{});
  CHECK(missing_flags(Flags{0x1050F94}) == flag::MAP_TAG);
}

TEST_CASE("flags: their names as text", "[distribution]") {
  CHECK(flag_names(flag::MAP_TAG | flag::BIG_CREATION) == "MAP_TAG, BIG_CREATION");
  CHECK(flag_names(Flags{}) == "");
  CHECK(flag_names(Flags{std::uint64_t{1} << 40} | flag::ALIAS) == "ALIAS, bit 40");
}

}  // namespace noderuntime::distribution
