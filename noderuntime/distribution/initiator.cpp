// The connecting side of the handshake.
#include <cassert>

#include "noderuntime/distribution/handshake_steps.h"
#include "noderuntime/distribution/names_on_wire.h"

namespace noderuntime::distribution {

Initiator::Initiator(Config config, Milliseconds now)
    : Handshake{config.length_size, config.step_limit, now}, config_{std::move(config)} {
  peer_text_ = config_.peer.full();
  await(Awaiting::status);
  send_name();
}

// 'N' Flags:64 Creation:32 Nlen:16 Name. A node without a name sends its host alone,
// creation 0, and is hidden.
void Initiator::send_name() {
  auto name = to_latin1(config_.self ? config_.self->name.full() : config_.host);
  if (!name) {
    failure_ = Error{Errc::bad_node_name, config_.self ? config_.self->name.full() : config_.host};
    return;
  }
  auto flags = config_.self ? config_.flags : config_.flags.without(flag::PUBLISHED) | flag::NAME_ME;
  auto creation = config_.self ? config_.self->creation : Creation{0};
  auto length = static_cast<std::uint16_t>(name->size());
  send(Writer{}.u8('N').u64(flags.value()).u32(creation.value()).u16(length).string(*name));
}

Result<Initiator::Event> Initiator::next(Milliseconds now) { return next_event(*this, now); }

void Initiator::await(Awaiting what) {
  awaiting_ = what;
  switch (what) {
    case Awaiting::status: step_ = "status"; break;
    case Awaiting::answer: step_ = "decision about the old connection"; break;
    case Awaiting::challenge: step_ = "challenge"; break;
    case Awaiting::challenge_ack: step_ = "challenge_ack"; break;
    case Awaiting::nothing: step_ = "nothing"; break;
  }
}

void Initiator::answer(bool old_connection_is_dead) {
  assert(awaiting_ == Awaiting::answer);
  answer_ = old_connection_is_dead;
}

Result<Initiator::Awaiting> Initiator::on_packet(Reader in) {
  switch (awaiting_) {
    case Awaiting::status: return on_status(in);
    case Awaiting::challenge: return on_challenge(in);
    case Awaiting::challenge_ack: return on_challenge_ack(in);
    case Awaiting::answer:
    case Awaiting::nothing: break;
  }
  return fail(Errc::unexpected, step_);
}

Result<Initiator::Awaiting> Initiator::on_status(Reader in) {
  if (in.u8() != 's') return fail(Errc::unexpected, "status");
  auto text = as_text(in.rest());
  if (text == "not_allowed") return fail(Errc::not_allowed, {});
  if (text == "nok") return fail(Errc::other_connection, "its own attempt goes on");
  if (text == "alive") return Awaiting::answer;
  if (text.starts_with("named:") && !config_.self) return on_named(Reader{as_bytes(text.substr(6))});
  if (text == "ok" || text == "ok_simultaneous") {
    if (config_.self) return Awaiting::challenge;
    return fail(Errc::names_nobody, "status " + std::string{text});
  }
  return fail(Errc::unexpected, "status " + std::string{text.substr(0, 40)});
}

// Nlen:16 Name (UTF-8) Creation:32; bytes after it are ignored. Source:
// erl_dist_protocol, "Dynamic Node Names".
Result<Initiator::Awaiting> Initiator::on_named(Reader in) {
  auto name = NodeName::parse(in.string(in.u16()));
  auto creation = Creation{in.u32()};
  if (!in.ok()) return fail(Errc::truncated, "status named:");
  if (!name) return fail(Errc::bad_node_name, "status named:");
  config_.self = Identity{*name, creation};
  return Awaiting::challenge;
}

Result<Initiator::Awaiting> Initiator::on_answer() {
  send_status(*answer_ ? "true" : "false");
  if (!*answer_) return fail(Errc::other_connection, "the old connection is in use");
  return Awaiting::challenge;
}

// 'N' Flags:64 Challenge:32 Creation:32 Nlen:16 Name; bytes after the name are ignored.
Result<Initiator::Awaiting> Initiator::on_challenge(Reader in) {
  auto tag = in.u8();
  auto offered = with_shorthands(Flags{in.u64()});
  auto challenge = Challenge{in.u32()};
  auto creation = Creation{in.u32()};
  auto name = node_name_from_latin1(in.string(in.u16()));
  if (tag != 'N') return fail(Errc::unexpected, "challenge");
  if (!in.ok()) return fail(Errc::truncated, "challenge");
  if (!name) return fail(Errc::bad_node_name, "challenge");
  if (*name != config_.peer) return fail(Errc::wrong_node, "it is " + name->full());
  if (auto missing = missing_flags(offered); missing != Flags{})
    return fail(Errc::bad_flags, flag_names(missing));

  auto both = config_.flags & offered;
  peer_ = Peer{*name, creation, both.without(flag::NAME_ME), offered.without(flag::NAME_ME), *config_.self};
  send(Writer{}.u8('r').u32(config_.challenge.value()).bytes(config_.cookie.proof(challenge).bytes()));
  offered_digest_ = true;
  return Awaiting::challenge_ack;
}

Result<Initiator::Awaiting> Initiator::on_challenge_ack(Reader in) {
  auto tag = in.u8();
  auto digest = in.bytes(Proof::size);
  if (tag != 'a') return fail(Errc::unexpected, "challenge_ack");
  if (!in.ok()) return fail(Errc::truncated, "challenge_ack");
  if (!config_.cookie.proof(config_.challenge).is(digest)) return fail(Errc::bad_cookie, {});
  return Awaiting::nothing;
}

}  // namespace noderuntime::distribution
