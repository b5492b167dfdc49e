#include "noderuntime/tls/context.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "common/program/secret_file.h"
#include "noderuntime/tls/certificate.h"
#include "noderuntime/tls/openssl.h"
#include "noderuntime/tls/session.h"

namespace noderuntime::tls {

namespace {

constexpr long most_chain_bytes = 64 << 10;  // of a peer's certificate chain

Error wrong(const std::string& file, const std::string& what) {
  return Error{Errc::configuration, file + ": " + what};
}

Error refused(const std::string& file, const std::string& otherwise) {
  auto reason = take_openssl_error();
  return wrong(file, reason.empty() ? otherwise : reason);
}

// OpenSSL reports a file that it cannot open in words that name its own source.
Outcome can_be_read(const std::string& file) {
  if (std::FILE* opened = std::fopen(file.c_str(), "re")) return std::fclose(opened), done;
  return wrong(file, std::strerror(errno));
}

int give_password(char* to, int size, int, void* password) {
  auto& text = *static_cast<const std::string*>(password);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

}  // namespace

Result<std::shared_ptr<const Context>> Context::load(const RoleSettings& settings, Role role) {
  if (auto library = load_openssl(); !library) return library.error();
  std::shared_ptr<Context> made{new Context{settings, role}};
  openssl().ERR_clear_error();
  if (auto opened = made->open(); !opened) return opened.error();
  return std::shared_ptr<const Context>{made};
}

Context::~Context() {
  if (context_) openssl().SSL_CTX_free(context_);
}

Outcome Context::open() {
  auto& ssl = openssl();
  context_ = ssl.SSL_CTX_new(role_ == Role::server ? ssl.TLS_server_method() : ssl.TLS_client_method());
  if (!context_) return Error{Errc::system, take_openssl_error()};
  // OTP starts a renegotiation of TLS 1.2 after 2^28 records, and never sends close_notify.
  ssl.SSL_CTX_set_options(context_, SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                        SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  ssl.SSL_CTX_ctrl(context_, SSL_CTRL_MODE,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN,  // see build_chain()
                   nullptr);
  ssl.SSL_CTX_set_num_tickets(context_, 0);  // no session is resumed
  ssl.SSL_CTX_ctrl(context_, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, nullptr);
  ssl.SSL_CTX_ctrl(context_, SSL_CTRL_SET_MAX_CERT_LIST, most_chain_bytes, nullptr);
  ssl.SSL_CTX_set_msg_callback(context_, count_rekeying);
  ssl.SSL_CTX_set_cert_verify_callback(context_, verify_chain, nullptr);
  for (auto step : {&Context::take_algorithms, &Context::take_certificate, &Context::take_authorities})
    if (auto taken = (this->*step)(); !taken) return taken;
  build_chain();
  return done;
}

// A certificate file without the certificates of the authorities between: they are looked for among our
// authorities, once. OpenSSL would do it in each handshake, which takes a tenth of its time. The root is left
// out: a peer that trusts it has it, and to parse it takes a sixth of the peer's handshake.
void Context::build_chain() {
  auto& ssl = openssl();
  STACK_OF(X509)* chain = nullptr;
  if (settings_.certificate_file.empty()) return;
  ssl.SSL_CTX_ctrl(context_, SSL_CTRL_GET_CHAIN_CERTS, 0, &chain);
  if (chain) return;  // the file has them
  constexpr long flags =
      SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR;
  ssl.SSL_CTX_ctrl(context_, SSL_CTRL_BUILD_CERT_CHAIN, flags, nullptr);
  ssl.ERR_clear_error();  // without a chain the peer may know the authority
}

Outcome Context::take_algorithms() {
  auto& ssl = openssl();
  auto set = [&](int control, long number, const std::string& names) {
    return ssl.SSL_CTX_ctrl(context_, control, number,
                            names.empty() ? nullptr : const_cast<char*>(names.c_str())) == 1;
  };
  set(SSL_CTRL_SET_MIN_PROTO_VERSION, settings_.version_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION, "");
  set(SSL_CTRL_SET_MAX_PROTO_VERSION, settings_.version_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION, "");
  auto unknown = [](const char* what, const std::string& names) {
    take_openssl_error();
    return Error{Errc::configuration, std::string{"TLS has no such "} + what + ": " + names};
  };
  auto& old = settings_.ciphers_1_2;
  auto& fresh = settings_.ciphers_1_3;
  if (!old.empty() && ssl.SSL_CTX_set_cipher_list(context_, old.c_str()) != 1) return unknown("ciphers", old);
  if (!fresh.empty() && ssl.SSL_CTX_set_ciphersuites(context_, fresh.c_str()) != 1)
    return unknown("ciphers", fresh);
  if (!settings_.groups.empty() && !set(SSL_CTRL_SET_GROUPS_LIST, 0, settings_.groups))
    return unknown("groups", settings_.groups);
  auto& signatures = settings_.signature_algorithms;
  if (!signatures.empty() && !set(SSL_CTRL_SET_SIGALGS_LIST, 0, signatures))
    return unknown("signature algorithms", signatures);
  return done;
}

Outcome Context::take_certificate() {
  auto& file = settings_.certificate_file;
  if (file.empty()) return done;
  if (auto readable = can_be_read(file); !readable) return readable;
  if (openssl().SSL_CTX_use_certificate_chain_file(context_, file.c_str()) != 1)
    return refused(file, "it holds no certificate");
  if (auto key = take_key(); !key) return key;
  return check_certificate();
}

Outcome Context::take_key() {
  auto& ssl = openssl();
  auto& file = settings_.key_file.empty() ? settings_.certificate_file : settings_.key_file;
  if (auto readable = can_be_read(file); !readable) return readable;
  if (auto secret = program::only_its_owners("key file", file); !secret) return secret;
  Owned<BIO> opened{ssl.BIO_new_file(file.c_str(), "r")};
  Owned<EVP_PKEY> key{ssl.PEM_read_bio_PrivateKey(opened.get(), nullptr, give_password,
                                                  const_cast<std::string*>(&settings_.key_password))};
  if (!key) {
    auto reason = take_openssl_error();
    return wrong(file, settings_.key_password.empty()
                           ? "it holds no key, or one with a password (--tls-key-password-file): " + reason
                           : "the key cannot be read with this password: " + reason);
  }
  if (ssl.SSL_CTX_use_PrivateKey(context_, key.get()) != 1 || ssl.SSL_CTX_check_private_key(context_) != 1) {
    take_openssl_error();
    return wrong(file, "the key does not fit the certificate in " + settings_.certificate_file);
  }
  return done;
}

Outcome Context::check_certificate() const {
  auto& ssl = openssl();
  auto& file = settings_.certificate_file;
  X509* certificate = ssl.SSL_CTX_get0_certificate(context_);
  if (seconds_until(ssl.X509_get0_notBefore(certificate)) > 0)
    return wrong(file, "the certificate is not valid yet");
  if (auto left = seconds_to_expiry(); left < 0)
    return wrong(file, "the certificate has expired " + std::to_string(-left / 86'400) + " days ago");
  int purpose = role_ == Role::server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
  if (ssl.X509_check_purpose(certificate, purpose, 0) != 1)
    return wrong(file, std::string{"the certificate is not for "} +
                           (role_ == Role::server ? "servers (extendedKeyUsage has no serverAuth)"
                                                  : "clients (extendedKeyUsage has no clientAuth)"));
  return done;
}

Outcome Context::take_authorities() {
  auto& ssl = openssl();
  if (!settings_.authorities_file.empty()) {
    auto* file = settings_.authorities_file.c_str();
    if (auto readable = can_be_read(file); !readable) return readable;
    if (ssl.SSL_CTX_load_verify_file(context_, file) != 1) return refused(file, "it holds no certificate");
    if (role_ == Role::server) ssl.SSL_CTX_set_client_CA_list(context_, ssl.SSL_load_client_CA_file(file));
  }
  ssl.SSL_CTX_set_verify_depth(context_, settings_.depth);
  // OTP trusts each certificate of the file, roots or not.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (settings_.crl_check != CrlCheck::none) flags |= X509_V_FLAG_CRL_CHECK;
  if (settings_.crl_check == CrlCheck::all || settings_.crl_check == CrlCheck::best_effort)
    flags |= X509_V_FLAG_CRL_CHECK_ALL;
  ssl.X509_VERIFY_PARAM_set_flags(ssl.SSL_CTX_get0_param(context_), flags);
  if (settings_.crl_check == CrlCheck::none || settings_.crl_directory.empty()) return done;
  struct stat status {};
  auto& directory = settings_.crl_directory;
  if (stat(directory.c_str(), &status) != 0) return wrong(directory, std::strerror(errno));
  if (!S_ISDIR(status.st_mode)) return wrong(directory, "it is no directory");
  auto* lookup = ssl.X509_STORE_add_lookup(ssl.SSL_CTX_get_cert_store(context_), ssl.X509_LOOKUP_hash_dir());
  if (!lookup ||
      ssl.X509_LOOKUP_ctrl(lookup, X509_L_ADD_DIR, directory.c_str(), X509_FILETYPE_PEM, nullptr) != 1)
    return refused(directory, "revocation lists cannot be looked up there");
  return done;
}

std::string Context::serial() const { return serial_of(openssl().SSL_CTX_get0_certificate(context_)); }

std::int64_t Context::seconds_to_expiry() const {
  return seconds_until(openssl().X509_get0_notAfter(openssl().SSL_CTX_get0_certificate(context_)));
}

}  // namespace noderuntime::tls
