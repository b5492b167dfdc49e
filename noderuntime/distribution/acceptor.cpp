// The listening side of the handshake.
#include <cassert>

#include "noderuntime/distribution/handshake_steps.h"
#include "noderuntime/distribution/names_on_wire.h"

namespace noderuntime::distribution {

Acceptor::Acceptor(Config config, Milliseconds now)
    : Handshake{config.length_size, config.step_limit, now}, config_{std::move(config)} {
  await(Awaiting::name);
}

Result<Acceptor::Event> Acceptor::next(Milliseconds now) { return next_event(*this, now); }

void Acceptor::await(Awaiting what) {
  awaiting_ = what;
  switch (what) {
    case Awaiting::name: step_ = "name"; break;
    case Awaiting::answer: step_ = "decision"; break;
    case Awaiting::alive_answer: step_ = "answer to alive"; break;
    case Awaiting::complement: step_ = "complement"; break;
    case Awaiting::challenge_reply: step_ = "challenge_reply"; break;
    case Awaiting::nothing: step_ = "nothing"; break;
  }
}

Result<Acceptor::Awaiting> Acceptor::on_packet(Reader in) {
  switch (awaiting_) {
    case Awaiting::name: return on_name(in);
    case Awaiting::alive_answer: return on_alive_answer(in);
    case Awaiting::complement: return on_complement(in);
    case Awaiting::challenge_reply: return on_challenge_reply(in);
    case Awaiting::answer:
    case Awaiting::nothing: break;
  }
  return fail(Errc::unexpected, step_);
}

Result<Acceptor::Awaiting> Acceptor::on_name(Reader in) {
  switch (in.u8()) {
    case 'N': return on_name_6(in);
    case 'n': return on_name_5(in);
  }
  return fail(Errc::unexpected, "name");
}

// 'N' Flags:64 Creation:32 Nlen:16 Name; bytes after the name are ignored.
Result<Acceptor::Awaiting> Acceptor::on_name_6(Reader in) {
  auto offered = Flags{in.u64()};
  auto creation = Creation{in.u32()};
  auto name = in.string(in.u16());
  if (!in.ok()) return fail(Errc::truncated, "name");
  return on_caller(name, offered, creation);
}

// 'n' 5:16 Flags_low:32 Name, which extends to the end. Sent by OTP 23 and 24 while they do not know that
// this node speaks version 6.
Result<Acceptor::Awaiting> Acceptor::on_name_5(Reader in) {
  auto version = in.u16();
  auto offered = Flags{in.u32()};
  auto name = as_text(in.rest());
  if (!in.ok()) return fail(Errc::truncated, "name");
  if (version != 5) return fail(Errc::unexpected, "version " + std::to_string(version));
  version_5_ = true;
  return on_caller(name, offered, Creation{0});
}

Result<Acceptor::Awaiting> Acceptor::on_caller(std::string_view latin1, Flags offered, Creation creation) {
  bool wants_name = offered.has(flag::NAME_ME);
  auto text = utf8::from_latin1(latin1);
  auto name = NodeName::parse(wants_name ? "name@" + text : text);
  if (!name) return fail(Errc::bad_node_name, text.substr(0, 300));
  peer_text_ = text;
  offered = with_shorthands(offered.without(flag::NAME_ME));
  if (auto missing = missing_flags(offered); missing != Flags{}) {
    send_status(status_text(Status::not_allowed));
    return fail(Errc::bad_flags, flag_names(missing));
  }
  caller_ =
      Caller{wants_name ? std::nullopt : std::optional{*name}, std::string{name->host()}, creation, offered};
  return Awaiting::answer;
}

void Acceptor::answer(Status status) {
  assert(awaiting_ == Awaiting::answer && status != Status::named);
  assert(caller_.name || status == Status::not_allowed);
  answer_ = status;
}

void Acceptor::answer_named(Identity invented) {
  assert(awaiting_ == Awaiting::answer && !caller_.name);
  invented_ = std::move(invented);
  answer_ = Status::named;
}

Result<Acceptor::Awaiting> Acceptor::on_answer() {
  if (*answer_ != Status::named) send_status(status_text(*answer_));
  switch (*answer_) {
    case Status::ok:
    case Status::ok_simultaneous: return send_challenge();
    case Status::alive: return Awaiting::alive_answer;
    case Status::nok: return fail(Errc::other_connection, "our own attempt goes on");
    case Status::not_allowed: return fail(Errc::not_allowed, "refused by us");
    case Status::named: break;
  }
  // "named:" Nlen:16 Name (UTF-8) Creation:32. Source: erl_dist_protocol, "Dynamic Node Names".
  const auto& name = invented_->name.full();
  auto length = static_cast<std::uint16_t>(name.size());
  send(Writer{}.string("snamed:").u16(length).string(name).u32(invented_->creation.value()));
  peer_text_ = name;
  return send_challenge();
}

Result<Acceptor::Awaiting> Acceptor::on_alive_answer(Reader in) {
  auto tag = in.u8();
  auto text = as_text(in.rest());
  if (tag == 's' && text == "true") return send_challenge();
  if (tag == 's' && text == "false") return fail(Errc::other_connection, "it keeps the old connection");
  return fail(Errc::unexpected, step_);
}

// 'N' Flags:64 Challenge:32 Creation:32 Nlen:16 Name. To a peer that we have named, OTP sets NAME_ME and
// leaves PUBLISHED out: such a connection is hidden.
Result<Acceptor::Awaiting> Acceptor::send_challenge() {
  auto name = to_latin1(config_.self.name.full());
  if (!name) return Error{Errc::bad_node_name, config_.self.name.full()};
  if (invented_) config_.flags = config_.flags.without(flag::PUBLISHED);
  auto flags = invented_ ? config_.flags | flag::NAME_ME : config_.flags;
  send(Writer{}
           .u8('N')
           .u64(flags.value())
           .u32(config_.challenge.value())
           .u32(config_.self.creation.value())
           .u16(static_cast<std::uint16_t>(name->size()))
           .string(*name));
  return version_5_ ? Awaiting::complement : Awaiting::challenge_reply;
}

// 'c' Flags_high:32 Creation:32: what does not fit in 'n'.
Result<Acceptor::Awaiting> Acceptor::on_complement(Reader in) {
  auto tag = in.u8();
  auto high = Flags{std::uint64_t{in.u32()} << 32};
  auto creation = Creation{in.u32()};
  if (tag != 'c') return fail(Errc::unexpected, "complement");
  if (!in.ok()) return fail(Errc::truncated, "complement");
  caller_.offered = caller_.offered | high.without(flag::NAME_ME);
  caller_.creation = creation;
  return Awaiting::challenge_reply;
}

Result<Acceptor::Awaiting> Acceptor::on_challenge_reply(Reader in) {
  auto tag = in.u8();
  auto theirs = Challenge{in.u32()};
  auto digest = in.bytes(Proof::size);
  if (tag != 'r') return fail(Errc::unexpected, "challenge_reply");
  if (!in.ok()) return fail(Errc::truncated, "challenge_reply");

  auto caller = invented_ ? *invented_ : Identity{*caller_.name, caller_.creation};
  auto cookie = config_.cookie_of(caller.name);
  if (!cookie.proof(config_.challenge).is(digest)) return fail(Errc::bad_cookie, {});
  send(Writer{}.u8('a').bytes(cookie.proof(theirs).bytes()));
  peer_ = Peer{caller.name, caller.creation, config_.flags & caller_.offered, caller_.offered, config_.self};
  return Awaiting::nothing;
}

}  // namespace noderuntime::distribution
