// One TLS connection, without I/O: records in, plain bytes out, and the other way round.
// Source: RFC 8446, RFC 5246; docs/protocol/tls.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "noderuntime/tls/context.h"

struct ssl_st;
struct x509_store_ctx_st;

namespace noderuntime::tls {

struct SessionState;

// Feed records, cut anywhere, and call handshake() until it returns true; then read() after each feed() until
// it returns 0, and write(). After each call take_output() has bytes to send, also after an error: the alert.
// One thread at a time; the handshake takes milliseconds and may run on a thread of the pool.
class Session {
 public:
  // Memory of a session, nearly all of it OpenSSL's: measured after a handshake with certificates of P-256.
  static constexpr std::size_t typical_bytes = std::size_t{33} << 10;

  // `host`: of the client, the host part of the peer's node name, which the server's certificate must name,
  // unless the settings say otherwise (RoleSettings::host_to_check). Of the server: "". Error system: no memory.
  static Result<Session> create(std::shared_ptr<const Context> context, std::string host);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // The bytes are borrowed until the next call of read() or handshake() has returned 0 or false, or until
  // keep_input() has copied what is left of them.
  void feed(Bytes records);
  void keep_input();

  // True: the handshake is finished, as far as this side can tell. The client of TLS 1.3 learns by read()
  // that the server refuses its certificate. Errors: plain_peer, tls_version, tls_failed, certificate_…,
  // connection_closed. The context says whose certificate it is: "its certificate …" was refused here, "our
  // certificate …" by the peer.
  Result<bool> handshake();

  // Writes decrypted bytes to `place`, as many as there are and fit; 0: needs input.
  // Errors: connection_closed (the peer's close_notify), and those of handshake().
  Result<std::size_t> read(std::span<Byte> place);

  // Encrypts bytes in front of `plain`, and returns how many. Fewer than all of them: a renegotiation of TLS
  // 1.2 needs input first; write the rest after the next read(). Errors: as read().
  Result<std::size_t> write(Bytes plain);

  void close();  // appends close_notify to the output
  Buffer take_output();

  std::string description() const;  // "TLSv1.3, TLS_AES_256_GCM_SHA384"
  // Whether the peer has a certificate for this host. Error certificate_host, certificate_missing.
  Outcome vouches_for(const std::string& host) const;

 private:
  explicit Session(std::unique_ptr<SessionState> state);
  Error fail(int result);
  std::unique_ptr<SessionState> state_;
};

// For Context: OpenSSL calls it for each message of a handshake, also of one that changes keys later.
void count_rekeying(int written, int version, int kind, const void* message, std::size_t size,
                    ssl_st* session, void*);

// For Context: OpenSSL calls it to verify a peer's certificates.
int verify_chain(x509_store_ctx_st* verification, void*);

// What the first byte from a peer tells: a handshake or an alert of TLS begins with it.
constexpr bool begins_tls(Byte first) { return first == 0x16 || first == 0x15; }

}  // namespace noderuntime::tls
