#include "noderuntime/tls/session.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>

#include "noderuntime/tls/certificate.h"
#include "noderuntime/tls/openssl.h"

namespace noderuntime::tls {

struct SessionState {
  std::shared_ptr<const Context> context;
  std::string host;
  Bytes input{};  // not read by OpenSSL yet: borrowed, or in `kept`
  Buffer kept{};
  Buffer output{};
  std::optional<Error> refusal{};  // of the peer's certificate, by verify()
  std::optional<Error> failure{};  // returned again by each later call
  Owned<SSL> ssl{};
  bool begun = false;                       // the first byte of the peer was looked at
  std::size_t rekeyings = 0, received = 0;  // that the peer began; plain bytes
};

namespace {

constexpr std::size_t record_size = 16'384;  // most plain bytes of a record
constexpr std::size_t record_overhead = 64;  // header, nonce and tag, at most

// The alert unexpected_message: also a peer without TLS then knows what is wrong.
constexpr Byte alert_to_plain_peer[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a};

// --- OpenSSL's stream of records: it reads SessionState::input and appends to SessionState::output

SessionState& state_of(BIO* bio) { return *static_cast<SessionState*>(openssl().BIO_get_data(bio)); }

int read_record(BIO* bio, char* to, std::size_t size, std::size_t* taken) {
  auto& input = state_of(bio).input;
  openssl().BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  *taken = std::min(size, input.size());
  if (*taken == 0) {
    openssl().BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    return 0;
  }
  std::memcpy(to, input.data(), *taken);
  input = input.subspan(*taken);
  return 1;
}

// No exception may pass through OpenSSL.
int write_record(BIO* bio, const char* from, std::size_t size, std::size_t* written) noexcept {
  try {
    append(state_of(bio).output, {reinterpret_cast<const Byte*>(from), size});
  } catch (const std::bad_alloc&) { return 0; }
  *written = size;
  return 1;
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* method() {
  static const BIO_METHOD* const made = [] {
    auto& ssl = openssl();
    auto* fresh = ssl.BIO_meth_new(ssl.BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
    ssl.BIO_meth_set_read_ex(fresh, read_record);
    ssl.BIO_meth_set_write_ex(fresh, write_record);
    ssl.BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return made;
}

// Whether SSL_read_ex can return something. A call that finds nothing costs a third of one that decrypts a small
// record. OpenSSL does not read ahead, so what it has not read is in `input`.
bool has_input(const SessionState& state) {
  return !state.input.empty() || openssl().SSL_has_pending(state.ssl.get()) == 1;
}

// --- errors

// SSL_get_error() takes an error that another call has left for one of its own session. To clear the queue costs
// more than to look whether it is empty, which it nearly always is.
void forget_errors() {
  if (openssl().ERR_peek_error() != 0) openssl().ERR_clear_error();
}

Errc code_of_verification(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return Errc::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return Errc::certificate_early;
    case X509_V_ERR_CERT_REVOKED: return Errc::certificate_revoked;
    case X509_V_ERR_INVALID_PURPOSE: return Errc::certificate_purpose;
    case X509_V_ERR_HOSTNAME_MISMATCH: return Errc::certificate_host;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: return Errc::certificate_untrusted;
  }
  return Errc::certificate_refused;
}

// Of an alert that the peer sent about us. RFC 8446, section 6.
Error error_of_alert(int alert) {
  static constexpr auto ours = "ours, says the peer";
  switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED: return {Errc::certificate_expired, ours};
    case SSL_AD_CERTIFICATE_REVOKED: return {Errc::certificate_revoked, ours};
    case SSL_AD_UNSUPPORTED_CERTIFICATE: return {Errc::certificate_purpose, ours};
    case SSL_AD_UNKNOWN_CA: return {Errc::certificate_untrusted, ours};
    case SSL_AD_CERTIFICATE_REQUIRED: return {Errc::certificate_missing, "says the peer"};
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_ACCESS_DENIED: return {Errc::certificate_refused, ours};
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY: return {Errc::tls_version, "says the peer"};
    case SSL_AD_UNEXPECTED_MESSAGE: return {Errc::plain_peer, "says the peer"};
    case SSL_AD_HANDSHAKE_FAILURE:
      return {
          Errc::tls_failed,
          "the peer says handshake_failure: it has no version or cipher in common with us, or refuses our "
          "certificate or that there is none"};
  }
  return {Errc::tls_failed, "the peer sent alert " + std::to_string(alert)};
}

Error error_of_reason(unsigned long code) {
  int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) {
    const char* text = openssl().ERR_reason_error_string(code);
    return {Errc::tls_failed, text ? text : std::to_string(code)};
  }
  if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
    return error_of_alert(reason - SSL_AD_REASON_OFFSET);
  switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return {Errc::certificate_missing, "the peer sends none"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SHARED_GROUPS: return {Errc::tls_version, ""};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST: return {Errc::plain_peer, ""};
  }
  const char* text = openssl().ERR_reason_error_string(code);
  return {Errc::tls_failed, text ? text : std::to_string(code)};
}

// --- new keys

// A renegotiation of TLS 1.2 takes a millisecond of the loop thread, a KeyUpdate of 1.3 some microseconds.
// OTP begins the one after 2^28 records, the other after 388 GB.
constexpr std::size_t free_rekeyings = 16, bytes_for_another = 8'192;

bool rekeys_too_often(const SessionState& state) {
  return state.rekeyings > free_rekeyings + state.received / bytes_for_another;
}

// --- the peer's certificate

SessionState& state_of(X509_STORE_CTX* verification) {
  auto& ssl = openssl();
  auto* session = static_cast<SSL*>(
      ssl.X509_STORE_CTX_get_ex_data(verification, ssl.SSL_get_ex_data_X509_STORE_CTX_idx()));
  return *static_cast<SessionState*>(ssl.SSL_get_ex_data(session, 0));
}

// Whether the peer's own certificate names the host that this side has called.
int check_host(SessionState& state, X509* certificate, X509_STORE_CTX* verification) {
  bool wildcards = state.context->settings().wildcards;
  if (state.host.empty() || names_host(certificate, state.host, wildcards)) return 1;
  openssl().X509_STORE_CTX_set_error(verification, X509_V_ERR_HOSTNAME_MISMATCH);
  state.refusal = Error{Errc::certificate_host, "not " + state.host + ": " + hosts_of(certificate)};
  return 0;
}

int check(bool accepted, X509_STORE_CTX* verification) {
  auto& ssl = openssl();
  auto& state = state_of(verification);
  int error = ssl.X509_STORE_CTX_get_error(verification);
  bool own = ssl.X509_STORE_CTX_get_error_depth(verification) == 0;
  auto rule = state.context->settings().crl_check;
  if (error == X509_V_ERR_UNABLE_TO_GET_CRL && rule == CrlCheck::best_effort) accepted = true;
  X509* certificate = ssl.X509_STORE_CTX_get_current_cert(verification);
  if (accepted) return own ? check_host(state, certificate, verification) : 1;
  state.refusal = Error{code_of_verification(error),
                        std::string{own ? "the peer's" : "an authority's, in the peer's chain"} + ": " +
                            ssl.X509_verify_cert_error_string(error)};
  return 0;
}

// OpenSSL calls it for each certificate of the chain, from the authority's to the peer's own, depth 0.
int verify(int accepted, X509_STORE_CTX* verification) noexcept {
  try {
    return check(accepted == 1, verification);
  } catch (const std::bad_alloc&) { return 0; }
}

// --- chains that have been verified before

// What the peer has sent, for VerifiedChains. nullopt: it is not remembered.
std::optional<VerifiedChains::Key> key_of(X509_STORE_CTX* verification) {
  auto& ssl = openssl();
  auto* sent = reinterpret_cast<const OPENSSL_STACK*>(ssl.X509_STORE_CTX_get0_untrusted(verification));
  auto count = sent ? static_cast<std::size_t>(ssl.OPENSSL_sk_num(sent)) : 0;
  if (count == 0 || count > VerifiedChains::longest) return std::nullopt;
  if (ssl.OPENSSL_sk_value(sent, 0) != ssl.X509_STORE_CTX_get0_cert(verification)) return std::nullopt;
  VerifiedChains::Key key(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto* certificate = static_cast<const X509*>(ssl.OPENSSL_sk_value(sent, static_cast<int>(i)));
    unsigned size = 0;
    if (ssl.X509_digest(certificate, ssl.EVP_sha256(), key[i].data(), &size) != 1 || size != key[i].size())
      return std::nullopt;
  }
  return key;
}

// The time in which all certificates of the chain that was verified are valid, up to the authority that we trust.
VerifiedChains::Validity validity_of(X509_STORE_CTX* verification, std::int64_t now) {
  auto& ssl = openssl();
  auto* chain = reinterpret_cast<const OPENSSL_STACK*>(ssl.X509_STORE_CTX_get0_chain(verification));
  int count = chain ? ssl.OPENSSL_sk_num(chain) : 0;
  if (count == 0) return {now, now};  // at no time
  VerifiedChains::Validity validity{std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max()};
  for (int i = 0; i < count; ++i) {
    auto* certificate = static_cast<const X509*>(ssl.OPENSSL_sk_value(chain, i));
    validity.from = std::max(validity.from, now + seconds_until(ssl.X509_get0_notBefore(certificate)));
    validity.until = std::min(validity.until, now + seconds_until(ssl.X509_get0_notAfter(certificate)));
  }
  return validity;
}

int verify_once(SessionState& state, X509_STORE_CTX* verification) {
  auto& ssl = openssl();
  auto& chains = state.context->verified_chains();
  std::optional<VerifiedChains::Key> key;
  if (state.context->settings().crl_check == CrlCheck::none) key = key_of(verification);
  std::int64_t now = std::time(nullptr);
  if (key && chains.has(*key, now)) {
    ssl.X509_STORE_CTX_set_error(verification, X509_V_OK);
    return check_host(state, ssl.X509_STORE_CTX_get0_cert(verification), verification);
  }
  int accepted = ssl.X509_verify_cert(verification);
  if (key && accepted == 1 && ssl.X509_STORE_CTX_get_error(verification) == X509_V_OK)
    chains.add(std::move(*key), validity_of(verification, now));
  return accepted;
}

// OpenSSL tries each certificate as the authority of each other one that names it, which takes tens of
// milliseconds for a hundred certificates of one name. So these are counted before.
int check_chain(X509_STORE_CTX* verification) {
  auto& ssl = openssl();
  auto& state = state_of(verification);
  auto* sent = reinterpret_cast<const OPENSSL_STACK*>(ssl.X509_STORE_CTX_get0_untrusted(verification));
  int most = state.context->settings().depth + 2;  // with the peer's own one and the root
  int count = sent ? ssl.OPENSSL_sk_num(sent) : 0;
  if (count <= most) return verify_once(state, verification);
  ssl.X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_CHAIN_TOO_LONG);
  state.refusal =
      Error{Errc::certificate_refused, "the peer's has a chain of " + std::to_string(count) +
                                           " certificates, of " + std::to_string(most) + " at most"};
  return 0;
}

int verify_mode(const RoleSettings& settings, Role role) {
  if (!settings.verify_peer) return SSL_VERIFY_NONE;
  bool demand = role == Role::server && settings.demand_certificate;
  return SSL_VERIFY_PEER | (demand ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

}  // namespace

Session::Session(std::unique_ptr<SessionState> state) : state_{std::move(state)} {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::create(std::shared_ptr<const Context> context, std::string host) {
  auto& ssl = openssl();
  auto role = context->role();
  if (role == Role::client) host = context->settings().host_to_check(host);
  auto state = std::make_unique<SessionState>(SessionState{std::move(context), std::move(host)});
  state->ssl.reset(ssl.SSL_new(state->context->raw()));
  BIO* bio = ssl.BIO_new(method());
  if (!state->ssl || !bio) return Error{Errc::system, take_openssl_error()};
  auto* session = state->ssl.get();
  ssl.BIO_set_data(bio, state.get());
  ssl.BIO_set_init(bio, 1);
  ssl.SSL_set_bio(session, bio, bio);
  ssl.SSL_set_ex_data(session, 0, state.get());
  ssl.SSL_set_verify(session, verify_mode(state->context->settings(), role), verify);
  if (role == Role::server) {
    ssl.SSL_set_accept_state(session);
  } else {
    ssl.SSL_set_connect_state(session);
    if (!state->host.empty())
      ssl.SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, state->host.data());
  }
  return Session{std::move(state)};
}

void Session::feed(Bytes records) {
  auto& state = *state_;
  if (state.failure) return;  // what it borrowed may be gone
  if (!state.begun && !records.empty()) {
    state.begun = true;
    if (!begins_tls(records.front())) {
      state.failure = Error{Errc::plain_peer, ""};
      append(state.output, alert_to_plain_peer);
    }
  }
  if (state.input.empty()) {
    state.input = records;
    return;
  }
  keep_input();
  append(state.kept, records);
  state.input = state.kept;
}

void Session::keep_input() {
  auto& state = *state_;
  state.kept = Buffer(state.input.begin(), state.input.end());
  state.input = state.kept;
}

Buffer Session::take_output() { return std::exchange(state_->output, {}); }

// The error of a call that returned `result`; Errc::unexpected: none, it needs input.
Error Session::fail(int result) {
  auto& state = *state_;
  int why = openssl().SSL_get_error(state.ssl.get(), result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return {Errc::unexpected, ""};
  auto code = openssl().ERR_get_error();
  openssl().ERR_clear_error();
  if (state.refusal)
    state.failure = state.refusal;
  else if (why == SSL_ERROR_ZERO_RETURN || code == 0)
    state.failure = Error{Errc::connection_closed, ""};
  else
    state.failure = error_of_reason(code);
  return *state.failure;
}

Result<bool> Session::handshake() {
  if (state_->failure) return *state_->failure;
  forget_errors();
  int result = openssl().SSL_do_handshake(state_->ssl.get());
  if (result == 1) return true;
  auto error = fail(result);
  if (error.code != Errc::unexpected) return error;
  return false;
}

Result<std::size_t> Session::read(std::span<Byte> place) {
  if (state_->failure) return *state_->failure;
  if (!has_input(*state_)) return 0;
  forget_errors();
  std::size_t total = 0;
  while (total < place.size() && has_input(*state_)) {
    std::size_t count = 0;
    int result = openssl().SSL_read_ex(state_->ssl.get(), place.data() + total, place.size() - total, &count);
    total += count;
    if (result == 1) continue;
    auto error = fail(result);
    if (error.code != Errc::unexpected && total == 0) return error;
    break;  // a later call returns the error
  }
  state_->received += total;
  if (rekeys_too_often(*state_)) {
    state_->failure = Error{Errc::tls_failed, "the peer changes keys too often"};
    if (total == 0) return *state_->failure;
  }
  return total;
}

Result<std::size_t> Session::write(Bytes plain) {
  if (state_->failure) return *state_->failure;
  forget_errors();
  auto& output = state_->output;
  if (plain.size() >= record_size)
    output.reserve(output.size() + plain.size() + (plain.size() / record_size + 1) * record_overhead);
  std::size_t total = 0;
  while (total < plain.size()) {
    std::size_t count = 0;
    int result = openssl().SSL_write_ex(state_->ssl.get(), plain.data() + total,
                                        std::min(record_size, plain.size() - total), &count);
    total += count;
    if (result == 1) continue;
    auto error = fail(result);
    if (error.code != Errc::unexpected) return error;
    break;
  }
  return total;
}

void Session::close() {
  if (state_->failure) return;
  openssl().SSL_shutdown(state_->ssl.get());
  openssl().ERR_clear_error();
}

int verify_chain(x509_store_ctx_st* verification, void*) {
  try {
    return check_chain(verification);
  } catch (const std::bad_alloc&) { return 0; }
}

void count_rekeying(int written, int, int kind, const void* message, std::size_t size, ssl_st* session,
                    void*) {
  if (written || kind != SSL3_RT_HANDSHAKE || size == 0) return;
  auto type = *static_cast<const Byte*>(message);
  if (type != SSL3_MT_HELLO_REQUEST && type != SSL3_MT_CLIENT_HELLO && type != SSL3_MT_KEY_UPDATE) return;
  ++static_cast<SessionState*>(openssl().SSL_get_ex_data(session, 0))->rekeyings;
}

std::string Session::description() const {
  auto* cipher = openssl().SSL_get_current_cipher(state_->ssl.get());
  return std::string{openssl().SSL_get_version(state_->ssl.get())} + ", " +
         openssl().SSL_CIPHER_get_name(cipher);
}

Outcome Session::vouches_for(const std::string& host) const {
  Owned<X509> certificate{openssl().SSL_get1_peer_certificate(state_->ssl.get())};
  if (!certificate) return Error{Errc::certificate_missing, host};
  if (names_host(certificate.get(), host)) return done;
  return Error{Errc::certificate_host, "not " + host + ": " + hosts_of(certificate.get())};
}

}  // namespace noderuntime::tls
