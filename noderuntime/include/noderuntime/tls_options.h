// The options of distribution over TLS.
#pragma once

#include <string>

namespace noderuntime {

// Files are PEM. They are read when the node is created, and again when they change. docs/tls.md explains
// them.
struct TlsOptions {
  bool enabled = false;  // true: connections to other nodes are TLS, as with erl -proto_dist inet_tls
  // A file in the format of erl's -ssl_dist_optfile, instead of the members below. Those that are set besides
  // it take precedence.
  std::string optfile{};
  std::string certificate{};        // the node's certificate, with its chain behind it
  std::string key{};                // its key; empty: in the file of the certificate
  std::string key_password_file{};  // a file with the password of the key, readable by its owner only
  std::string authorities{};        // the certificates of the authorities that vouch for peers
  std::string crl_directory{};      // revocation lists, named by hash: HASH.r0; empty: none is checked
  std::string verify{};             // "peer", the default, or "none": peers need no certificate
  std::string versions{};           // of "1.2" and "1.3", with commas between them; empty: both
  std::string ciphers{};            // names of OpenSSL with colons between them; empty: its default
  // Whether a peer that connects must have a certificate that names the host of its node name, which OTP
  // never checks.
  bool check_names = false;
};

}  // namespace noderuntime
