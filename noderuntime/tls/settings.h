// What each role of TLS is to use and to demand.
#pragma once

#include <string>
#include <vector>

#include <noderuntime/result.h>
#include <noderuntime/tls_options.h>

namespace noderuntime::tls {

enum class Role { server, client };

// crl_check of OTP: whether certificates are looked up in revocation lists.
enum class CrlCheck {
  none,
  peer,         // only the peer's own certificate
  best_effort,  // the whole chain; a missing list is no error
  all,          // the whole chain; a missing list is an error
};

// One role's settings. Paths are as the operator typed them.
struct RoleSettings {
  std::string certificate_file{};  // PEM, with its chain behind it; empty: no certificate (client only)
  std::string key_file{};          // PEM; empty: the key is in certificate_file
  std::string key_password{};
  std::string authorities_file{};  // PEM; trust anchors
  bool verify_peer = true;         // the peer must prove itself; if not, a server asks for no certificate
  bool demand_certificate = true;  // server: a peer without a certificate is refused
  int depth = 10;                  // most intermediate certificates of a peer, 0 to 100
  CrlCheck crl_check = CrlCheck::none;
  std::string crl_directory{};
  bool version_1_2 = true, version_1_3 = true;
  std::string ciphers_1_2{};  // in OpenSSL's notation; empty: OpenSSL's default
  std::string ciphers_1_3{};
  std::string groups{};                // of the key exchange, OpenSSL's names with colons; empty: its default
  std::string signature_algorithms{};  // likewise
  // Client: what it asks a server for, and what the server's certificate must name: nothing; or `server_host`; or,
  // where that is empty, the host of the node's name.
  bool checks_host = true;
  std::string server_host{};
  bool wildcards =
      false;  // the name *.example.org of a certificate stands for each host there, as on the web

  // Of the client: that host, for a node on `host`. Empty: none is sent, and each is accepted.
  std::string host_to_check(const std::string& host) const {
    return !checks_host ? "" : server_host.empty() ? host : server_host;
  }
};

struct Settings {
  RoleSettings server{}, client{};
  bool check_names = false;             // see TlsOptions::check_names
  std::vector<std::string> warnings{};  // for the log, once, at the start
};

// Reads the option file and the password file, if there are any. What TlsOptions names besides the option
// file holds for both roles. Later log lines do not show the passwords (program::keep_secret()).
// Without a certificate a node can call others, if they demand none, and serve nobody.
// Errors: configuration (context: the file, the line, what is wrong and what to write instead).
Result<Settings> settings_of(const TlsOptions& options);

}  // namespace noderuntime::tls
