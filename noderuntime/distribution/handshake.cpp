#include "noderuntime/distribution/handshake.h"

namespace noderuntime::distribution {

namespace {

// The alert of TLS that tells a peer at once that we do not speak it. RFC 8446, section 6.
constexpr Byte unexpected_message[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a};

// A handshake record or an alert, whose first bytes are no length that a message of ours has.
bool is_tls(Bytes input) {
  return input.size() >= 2 && (input[0] == 0x16 || input[0] == 0x15) && input[1] == 0x03;
}

}  // namespace

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
  Writer packet;
  if (length_size_ == 2)
    packet.u16(static_cast<std::uint16_t>(message.size()));
  else
    packet.u32(static_cast<std::uint32_t>(message.size()));
  append(output_, packet.bytes(message.buffer()).buffer());
}

void Handshake::send_status(std::string_view text) { send(Writer{}.u8('s').string(text)); }

Error Handshake::fail(Errc code, std::string_view detail) const {
  return Error{code, detail.empty() ? peer_text_ : peer_text_ + ": " + std::string{detail}};
}

Result<std::optional<Bytes>> Handshake::packet() {
  auto packet = packets_.next();
  if (!packet && is_tls(packets_.front())) {
    append(output_, unexpected_message);
    return fail(Errc::tls_peer, {});
  }
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
