#include "noderuntime/distribution/handshake.h"

namespace noderuntime::distribution {

Proof Cookie::proof(Challenge challenge) const {
  return Proof{md5(as_bytes(text + std::to_string(challenge.value())))};
}

bool Proof::is(Bytes received) const {
  if (received.size() != size) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < size; ++i) difference |= received[i] ^ digest_[i];
  return difference == 0;
}

void Handshake::send(const Writer& message) {
  append(output_, Writer{}.u16(static_cast<std::uint16_t>(message.size())).bytes(message.buffer()).buffer());
}

void Handshake::send_status(std::string_view text) { send(Writer{}.u8('s').string(text)); }

Error Handshake::fail(Errc code, std::string_view detail) const {
  return Error{code, detail.empty() ? peer_text_ : peer_text_ + ": " + std::string{detail}};
}

Result<std::optional<Bytes>> Handshake::packet() {
  auto packet = packets_.next();
  if (!packet)
    return fail(packet.error().code, std::string{step_} + " of " + packet.error().context + " bytes");
  return packet;
}

// OTP closes without a word when our digest is wrong. Source: docs/protocol/distribution.md, "Time-outs and
// closing".
Error Handshake::finish() const {
  if (offered_digest_)
    return fail(Errc::bad_cookie, "it closed the connection instead of accepting our digest");
  return fail(Errc::connection_closed, std::string{"while we awaited its "} + step_);
}

Outcome Handshake::on_time(Milliseconds now) const {
  if (now < deadline_) return done;
  return fail(Errc::timeout, step_);
}

}  // namespace noderuntime::distribution
