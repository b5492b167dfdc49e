#include "noderuntime/tls/ssl_options.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "common/program/logging.h"

namespace noderuntime::tls {

namespace {

using Kind = Expression::Kind;

constexpr std::size_t longest_shown = 60;  // of a name, in messages
constexpr int largest_depth = 100;         // as RoleSettings::depth

// What OTP's name of an algorithm is in OpenSSL.
struct Translation {
  std::string_view otp, openssl;
};

// Groups of OpenSSL 3.0 for TLS. Others, such as those with ML-KEM, are left out.
constexpr Translation group_names[] = {
    {"x25519", "X25519"},
    {"x448", "X448"},
    {"secp256r1", "P-256"},
    {"prime256v1", "P-256"},
    {"secp384r1", "P-384"},
    {"secp521r1", "P-521"},
    {"secp256k1", "secp256k1"},
    {"secp224r1", "P-224"},
    {"brainpoolP256r1", "brainpoolP256r1"},
    {"brainpoolP384r1", "brainpoolP384r1"},
    {"brainpoolP512r1", "brainpoolP512r1"},
    {"ffdhe2048", "ffdhe2048"},
    {"ffdhe3072", "ffdhe3072"},
    {"ffdhe4096", "ffdhe4096"},
    {"ffdhe6144", "ffdhe6144"},
    {"ffdhe8192", "ffdhe8192"},
};

// Schemes of TLS 1.3, and pairs {Hash, Algorithm} of TLS 1.2 as "Hash Algorithm".
constexpr Translation signature_names[] = {
    {"eddsa_ed25519", "ed25519"},
    {"eddsa_ed448", "ed448"},
    {"ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"},
    {"ecdsa_secp384r1_sha384", "ecdsa_secp384r1_sha384"},
    {"ecdsa_secp521r1_sha512", "ecdsa_secp521r1_sha512"},
    {"rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256"},
    {"rsa_pss_rsae_sha384", "rsa_pss_rsae_sha384"},
    {"rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"},
    {"rsa_pss_pss_sha256", "rsa_pss_pss_sha256"},
    {"rsa_pss_pss_sha384", "rsa_pss_pss_sha384"},
    {"rsa_pss_pss_sha512", "rsa_pss_pss_sha512"},
    {"rsa_pkcs1_sha256", "rsa_pkcs1_sha256"},
    {"rsa_pkcs1_sha384", "rsa_pkcs1_sha384"},
    {"rsa_pkcs1_sha512", "rsa_pkcs1_sha512"},
    {"rsa_pkcs1_sha1", "RSA+SHA1"},
    {"ecdsa_sha1", "ECDSA+SHA1"},
    {"sha512 ecdsa", "ECDSA+SHA512"},
    {"sha384 ecdsa", "ECDSA+SHA384"},
    {"sha256 ecdsa", "ECDSA+SHA256"},
    {"sha224 ecdsa", "ECDSA+SHA224"},
    {"sha ecdsa", "ECDSA+SHA1"},
    {"sha512 rsa", "RSA+SHA512"},
    {"sha384 rsa", "RSA+SHA384"},
    {"sha256 rsa", "RSA+SHA256"},
    {"sha224 rsa", "RSA+SHA224"},
    {"sha rsa", "RSA+SHA1"},
};

std::string_view translated(std::span<const Translation> table, std::string_view name) {
  for (const auto& row : table)
    if (row.otp == name) return row.openssl;
  return {};
}

std::string shortened(std::string_view text) { return program::printable(text, longest_shown); }

bool belongs(Place place, Role role) {
  return place == Place::both || (place == Place::server) == (role == Role::server);
}

// An expression, as far as a message needs it.
std::string description(const Expression& value) {
  switch (value.kind) {
    case Kind::atom: return shortened(value.text);
    case Kind::integer: return std::to_string(value.number);
    case Kind::string:
    case Kind::binary: return "\"" + shortened(value.text) + "\"";
    case Kind::list: return "a list";
    case Kind::tuple: return "a tuple";
    case Kind::map: return "a map";
    case Kind::function: return "fun " + shortened(value.text);
    case Kind::call: return "a call of " + shortened(value.text);
    case Kind::code: return "a fun";
  }
  return {};
}

Error not_a(const Expression& value, const std::string& name, const std::string& wanted) {
  std::string why = value.kind == Kind::call ? " (the file is read, and nothing in it is called)" : "";
  return wrong_at(value.line, name + " takes " + wanted + ", not " + description(value) + why);
}

void join(std::string& names, std::string_view name) {
  if (!names.empty()) names += ':';
  names += name;
}

// The bytes of a string, a binary or a list of characters. nullopt: it is none of these.
std::optional<std::string> text_of(const Expression& value) {
  if (value.kind == Kind::string || value.kind == Kind::binary) return value.text;
  if (value.kind != Kind::list) return std::nullopt;
  std::string text;
  for (const auto& part : value.parts) {
    if (part.kind != Kind::integer || part.number < 0 || part.number > 0xFF) return std::nullopt;
    text += static_cast<char>(part.number);
  }
  return text;
}

// One member of the settings from a text without NUL.
Outcome set_text(std::string& member, const Expression& value, const std::string& name, const char* wanted) {
  auto text = text_of(value);
  if (!text) return not_a(value, name, wanted);
  if (text->find('\0') != std::string::npos)
    return wrong_at(value.line, name + " has a character with the number 0");
  member = std::move(*text);
  return done;
}

Outcome set_path(std::string& member, const Expression& value, const std::string& name) {
  if (auto set = set_text(member, value, name, "the path of a file as a string"); !set) return set;
  if (member.empty()) return wrong_at(value.line, name + " is empty");
  return done;
}

Outcome set_password(std::string& member, const Expression& value) {
  if (value.kind == Kind::code || value.kind == Kind::function)
    return wrong_at(value.line,
                    "password is a fun, and code is not run here: put the password into a file that only its "
                    "owner may read, and name the file in the node's options");
  // No error shows the value.
  if (!text_of(value)) return wrong_at(value.line, "password takes a string");
  return set_text(member, value, "password", "a string");
}

Result<bool> truth(const Expression& value, const std::string& name) {
  if (value.is_atom("true")) return true;
  if (value.is_atom("false")) return false;
  return not_a(value, name, "true or false");
}

Outcome use_certfile(Section& section, const Expression& value) {
  return set_path(section.settings.certificate_file, value, "certfile");
}
Outcome use_keyfile(Section& section, const Expression& value) {
  return set_path(section.settings.key_file, value, "keyfile");
}
Outcome use_cacertfile(Section& section, const Expression& value) {
  return set_path(section.settings.authorities_file, value, "cacertfile");
}
Outcome use_password(Section& section, const Expression& value) {
  return set_password(section.settings.key_password, value);
}

// [#{certfile => …, keyfile => …, password => …}]
Outcome use_certs_keys(Section& section, const Expression& value) {
  if (value.kind != Kind::list || value.parts.empty() || value.parts[0].kind != Kind::map)
    return not_a(value, "certs_keys", "a list with one map");
  if (value.parts.size() > 1)
    return wrong_at(value.parts[1].line,
                    "certs_keys has more than one certificate, and a node has one: keep the map of the "
                    "certificate that all peers accept");
  const auto& entries = value.parts[0].parts;
  auto& settings = section.settings;
  if (!settings.certificate_file.empty())
    section.warn(value.line, "certs_keys replaces certfile, keyfile and password");
  settings.certificate_file = settings.key_file = settings.key_password = {};
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const auto &key = entries[i], &entry = entries[i + 1];
    auto set = key.is_atom("certfile")   ? use_certfile(section, entry)
               : key.is_atom("keyfile")  ? use_keyfile(section, entry)
               : key.is_atom("password") ? use_password(section, entry)
                                         : wrong_at(key.line,
                                                    "the map of certs_keys has certfile, keyfile and "
                                                    "password, not " +
                                                        description(key));
    if (!set) return set;
  }
  return done;
}

Outcome use_verify(Section& section, const Expression& value) {
  bool peer = value.is_atom("verify_peer");
  if (!peer && !value.is_atom("verify_none")) return not_a(value, "verify", "verify_peer or verify_none");
  section.sets_verify = true;
  section.settings.verify_peer = peer;
  return done;
}

Outcome use_fail_if_no_peer_cert(Section& section, const Expression& value) {
  auto demands = truth(value, "fail_if_no_peer_cert");
  if (!demands) return demands.error();
  section.settings.demand_certificate = *demands;
  section.no_peer_cert_line = *demands ? value.line : 0;
  if (!*demands)
    section.warn(value.line, "fail_if_no_peer_cert is false: peers without a certificate are let in");
  return done;
}

Outcome use_depth(Section& section, const Expression& value) {
  if (value.kind != Kind::integer || value.number < 0 || value.number > 255)
    return not_a(value, "depth", "a number from 0 to 255");
  section.settings.depth = static_cast<int>(std::min<std::int64_t>(value.number, largest_depth));
  if (value.number > largest_depth)
    section.warn(value.line, "depth is limited to " + std::to_string(largest_depth));
  return done;
}

Outcome use_versions(Section& section, const Expression& value) {
  if (value.kind != Kind::list) return not_a(value, "versions", "a list such as ['tlsv1.3','tlsv1.2']");
  bool v2 = false, v3 = false;
  std::string old;
  for (const auto& version : value.parts) {
    constexpr std::string_view outdated[] = {"tlsv1.1", "tlsv1", "sslv3"};
    auto is = [&](std::string_view name) { return version.is_atom(name); };
    if (is("tlsv1.2"))
      v2 = true;
    else if (is("tlsv1.3"))
      v3 = true;
    else if (std::any_of(std::begin(outdated), std::end(outdated), is))
      old = version.text;
    else
      return wrong_at(version.line,
                      "versions has 'tlsv1.3' and 'tlsv1.2', in single quotes, not " + description(version));
  }
  if (!v2 && !v3) return wrong_at(value.line, "versions needs 'tlsv1.3', 'tlsv1.2' or both");
  if (!old.empty()) section.warn(value.line, "versions: '" + old + "' is left out, because it is not secure");
  section.settings.version_1_2 = v2;
  section.settings.version_1_3 = v3;
  return done;
}

// ["A", "B"] or "A:B"
Outcome use_ciphers(Section& section, const Expression& value) {
  std::string names;
  if (auto text = text_of(value); text && !text->empty()) {
    names = *text;
  } else {
    if (value.kind != Kind::list)
      return not_a(value, "ciphers", "a list of strings such as \"ECDHE-ECDSA-AES256-GCM-SHA384\"");
    for (const auto& suite : value.parts) {
      auto name = suite.kind == Kind::list ? std::nullopt : text_of(suite);
      if (!name || name->empty())
        return wrong_at(suite.line,
                        "ciphers takes names in OpenSSL's notation, such as "
                        "\"ECDHE-ECDSA-AES256-GCM-SHA384\", not " +
                            description(suite) + "; ssl:suite_to_openssl_str/1 makes names of maps");
      join(names, *name);
    }
  }
  if (std::any_of(names.begin(), names.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return wrong_at(value.line, "a name in ciphers has a character that no cipher suite has");
  set_ciphers(section.settings, names);
  return done;
}

// Translates a list of names and leaves out what OpenSSL 3.0 has not. `names` of one element: its name, or
// nothing if it is none.
template <class NameOf>
Outcome translate(Section& section, const Expression& value, const std::string& option,
                  std::span<const Translation> table, NameOf name, std::string& out) {
  if (value.kind != Kind::list) return not_a(value, option, "a list of names");
  std::string translations, missing;
  for (const auto& part : value.parts) {
    auto otp = name(part);
    if (otp.empty()) return wrong_at(part.line, option + " takes a list of names, not " + description(part));
    auto openssl = translated(table, otp);
    if (openssl.empty())
      missing += (missing.empty() ? "" : ", ") + otp;
    else if ((":" + translations + ":").find(":" + std::string{openssl} + ":") == std::string::npos)
      join(translations, openssl);
  }
  if (!missing.empty())
    section.warn(value.line,
                 option + ": left out, because OpenSSL or this node does not have it: " + shortened(missing));
  out = std::move(translations);
  return done;
}

std::string atom_name(const Expression& value) {
  return value.kind == Kind::atom ? value.text : std::string{};
}

Outcome use_groups(Section& section, const Expression& value, const std::string& option, std::string& out) {
  if (auto read = translate(section, value, option, group_names, atom_name, out); !read) return read;
  if (out.empty())
    return wrong_at(value.line, option + " has no group that this node has: add x25519 or secp256r1");
  return done;
}
Outcome use_eccs(Section& section, const Expression& value) {
  return use_groups(section, value, "eccs", section.groups_1_2);
}
Outcome use_supported_groups(Section& section, const Expression& value) {
  return use_groups(section, value, "supported_groups", section.groups_1_3);
}

Outcome use_signature_algs(Section& section, const Expression& value) {
  auto name = [](const Expression& part) {
    bool is_pair = part.kind == Kind::tuple && part.parts.size() == 2 && part.parts[0].kind == Kind::atom &&
                   part.parts[1].kind == Kind::atom;
    return is_pair ? part.parts[0].text + " " + part.parts[1].text : atom_name(part);
  };
  auto& out = section.settings.signature_algorithms;
  if (auto read = translate(section, value, "signature_algs", signature_names, name, out); !read) return read;
  if (out.empty()) section.warn(value.line, "signature_algs has no effect: OpenSSL's default is used");
  return done;
}

Outcome use_crl_check(Section& section, const Expression& value) {
  constexpr std::pair<std::string_view, CrlCheck> words[] = {{"false", CrlCheck::none},
                                                             {"peer", CrlCheck::peer},
                                                             {"best_effort", CrlCheck::best_effort},
                                                             {"true", CrlCheck::all}};
  for (auto [word, check] : words)
    if (value.is_atom(word)) return section.settings.crl_check = check, done;
  return not_a(value, "crl_check", "true, peer, best_effort or false");
}

// {ssl_crl_hash_dir, {internal, [{dir, Directory}]}}
Outcome use_crl_cache(Section& section, const Expression& value) {
  constexpr const char* wanted = "{ssl_crl_hash_dir, {internal, [{dir, \"DIRECTORY\"}]}}";
  bool is_pair = value.kind == Kind::tuple && value.parts.size() == 2 && value.parts[1].kind == Kind::tuple &&
                 value.parts[1].parts.size() == 2 && value.parts[1].parts[1].kind == Kind::list;
  if (!is_pair) return not_a(value, "crl_cache", wanted);
  if (value.parts[0].is_atom("ssl_crl_cache")) {
    section.warn(
        value.line,
        std::string{
            "crl_cache with ssl_crl_cache has no effect: revocation lists are read from a directory, "} +
            "not fetched; write " + wanted);
    return done;
  }
  if (!value.parts[0].is_atom("ssl_crl_hash_dir"))
    return wrong_at(value.line,
                    std::string{"crl_cache names a module, and code is not run here: write "} + wanted);
  for (const auto& part : value.parts[1].parts[1].parts)
    if (part.kind == Kind::tuple && part.parts.size() == 2 && part.parts[0].is_atom("dir"))
      return set_path(section.settings.crl_directory, part.parts[1], "the directory of crl_cache");
  return wrong_at(value.line, std::string{"crl_cache has no directory: write "} + wanted);
}

// {fun inet_tls_dist:verify_client/3, any} marks OTP's check of the client's name.
Outcome use_verify_fun(Section& section, const Expression& value) {
  if (value.is_atom("undefined")) return done;
  const auto& fun = value.kind == Kind::tuple && value.parts.size() == 2 ? value.parts[0] : value;
  if (fun.kind != Kind::function || fun.text != "inet_tls_dist:verify_client/3")
    return wrong_at(
        value.line,
        "verify_fun names code, and code is not run here: write {verify, verify_peer} with a "
        "cacertfile of the authorities that are to be trusted; {fun inet_tls_dist:verify_client/3, "
        "any} is understood");
  if (section.role == Role::client) {
    section.warn(value.line,
                 "inet_tls_dist:verify_client/3 checks clients: it has no effect in this section");
    return done;
  }
  section.marks_name_check = true;
  section.warn(
      value.line,
      "inet_tls_dist:verify_client/3: a peer that connects must have a certificate that names the host of "
      "its "
      "node name; on OTP the fun acts after net_kernel:allow/1 only");
  return done;
}

// A name in place of the host of each peer's node name, or `disable`.
Outcome use_server_name_indication(Section& section, const Expression& value) {
  auto& settings = section.settings;
  settings.checks_host = true;
  settings.server_host.clear();
  if (value.is_atom("undefined")) return done;
  if (value.is_atom("disable")) {
    section.warn(
        value.line,
        "server_name_indication is disable: the certificate of a peer may name any host, as on OTP 27 "
        "and later");
    return settings.checks_host = false, done;
  }
  auto text = value.kind == Kind::binary ? std::nullopt : text_of(value);
  if (!text || text->empty()) return not_a(value, "server_name_indication", "a host as a string, or disable");
  return set_text(settings.server_host, value, "server_name_indication", "a host as a string, or disable");
}

constexpr std::string_view no_alpn = "distribution negotiates no application protocol";
constexpr std::string_view no_tickets = "each connection makes a full handshake";
constexpr std::string_view node_sockets = "the node's own options set up its sockets";
constexpr std::string_view no_shared_keys =
    "peers prove themselves with certificates: write certfile and keyfile";

bool is_harmless(const SslOption& row, const Expression& value) {
  if (row.harmless == "*") return true;
  std::string word = value.kind == Kind::atom                          ? value.text
                     : value.kind == Kind::list && value.parts.empty() ? "[]"
                                                                       : "";
  return !word.empty() && (" " + std::string{row.harmless} + " ").find(" " + word + " ") != std::string::npos;
}

// The least number of letters to insert, delete or replace that makes b of a.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const SslOption> ssl_options() {
  using enum Place;
  using enum Meaning;
  static constexpr SslOption rows[] = {
      // clang-format off
      {"active", both, without, "*", ""},
      {"allow_any_ca_purpose", both, without, "false", "authorities must have the purpose of authorities"},
      {"alpn_advertised_protocols", client, without, "", no_alpn},
      {"alpn_preferred_protocols", server, without, "", no_alpn},
      {"anti_replay", server, without, "*", "early data is never accepted"},
      {"backlog", both, without, "", node_sockets},
      {"beast_mitigation", both, without, "*", "it is for TLS 1.0, which is never used"},
      {"buffer", both, without, "", node_sockets},
      {"cacertfile", both, used, "", "", use_cacertfile},
      {"cacerts", both, refused, "", "write the authorities into a PEM file, and name it with cacertfile"},
      {"cert", both, refused, "", "write the certificate into a PEM file, and name it with certfile"},
      {"cert_policy_opts", both, refused, "[]",
       "policies are not checked here: let an authority of its own issue the certificates of the nodes"},
      {"certfile", both, used, "", "", use_certfile},
      {"certificate_authorities", both, without, "",
       "a server sends the names of its authorities, and a client does not"},
      {"certs_keys", both, used, "", "", use_certs_keys},
      {"ciphers", both, used, "", "", use_ciphers},
      {"client_preferred_next_protocols", client, without, "", no_alpn},
      {"client_renegotiation", server, without, "true",
       "OTP's clients need it on long connections of TLS 1.2"},
      {"cookie", server, without, "*", "OpenSSL decides when a client must repeat its first message"},
      {"crl_cache", both, used, "", "", use_crl_cache},
      {"crl_check", both, used, "", "", use_crl_check},
      {"customize_hostname_check", client, refused, "[]",
       "code is not run here: the certificate of each node must name the host of its node name"},
      {"delay_send", both, without, "*", ""},
      {"depth", both, used, "", "", use_depth},
      {"dh", server, without, "", "OpenSSL has its own parameters for DHE"},
      {"dhfile", server, without, "", "OpenSSL has its own parameters for DHE"},
      {"early_data", both, without, "disabled undefined", "data is never sent before the handshake is over"},
      {"eccs", both, used, "", "", use_eccs},
      {"erl_dist", both, without, "*", ""},
      {"fail_if_no_peer_cert", server, used, "", "", use_fail_if_no_peer_cert},
      {"fallback", client, without, "false", "a client never asks for an older version after a failure"},
      {"handshake", both, without, "full", "a handshake is always made as a whole"},
      {"hibernate_after", both, without, "*", ""},
      {"high_watermark", both, without, "", node_sockets},
      {"honor_cipher_order", server, without, "false", "the order of the client decides"},
      {"honor_ecc_order", server, without, "false", "the order of the client decides"},
      {"inet_backend", both, without, "*", ""},
      {"ip", both, without, "", node_sockets},
      {"keep_secrets", both, without, "false", "the keys of a connection are not shown"},
      {"keepalive", both, without, "*", ""},
      {"key", both, refused, "", "write the key into a PEM file, and name it with keyfile"},
      {"key_update_at", both, without, "", "the node decides when it renews keys"},
      {"keyfile", both, used, "", "", use_keyfile},
      {"ktls", both, without, "*", "encryption by the kernel changes no byte on the wire"},
      {"linger", both, without, "", node_sockets},
      {"log_level", both, without, "*", ""},
      {"low_watermark", both, without, "", node_sockets},
      {"max_fragment_length", client, without, "undefined", "records have up to 16384 bytes"},
      {"max_handshake_size", both, without, "", "the limits of OpenSSL hold"},
      {"middlebox_comp_mode", both, without, "true", "OpenSSL always does it"},
      {"mode", both, without, "*", ""},
      {"next_protocol_selector", client, without, "", no_alpn},
      {"next_protocols_advertised", server, without, "", no_alpn},
      {"nodelay", both, without, "*", ""},
      {"ocsp_nonce", client, without, "*", ""},
      {"ocsp_responder_certs", client, without, "[]", "no OCSP responder is asked"},
      {"ocsp_stapling", client, refused, "false",
       "no OCSP response is checked here: use crl_check and crl_cache with a directory"},
      {"packet", both, without, "*", ""},
      {"packet_size", both, without, "*", ""},
      {"padding_check", both, without, "*", "it is for TLS 1.0, which is never used"},
      {"partial_chain", both, refused, "",
       "code is not run here: name the authorities that are to be trusted in the file of cacertfile"},
      {"password", both, used, "", "", use_password},
      {"priority", both, without, "", node_sockets},
      {"protocol", both, refused, "tls", "distribution uses TLS: leave the option out"},
      {"psk_groups", both, without, "", no_tickets},
      {"psk_identity", both, refused, "undefined", no_shared_keys},
      {"recbuf", both, without, "", node_sockets},
      {"receiver_spawn_opts", both, without, "*", ""},
      {"renegotiate_at", both, without, "*", "the node follows when its peer renegotiates"},
      {"reuse_session", both, without, "*", no_tickets},
      {"reuse_sessions", both, without, "*", no_tickets},
      {"reuseaddr", both, without, "*", ""},
      {"secure_renegotiate", both, without, "true", "renegotiation is always the secure one of RFC 5746"},
      {"send_timeout", both, without, "", node_sockets},
      {"send_timeout_close", both, without, "", node_sockets},
      {"sender_spawn_opts", both, without, "*", ""},
      {"server_name_indication", client, used, "", "", use_server_name_indication},
      {"session_tickets", both, without, "disabled", no_tickets},
      {"signature_algs", both, used, "", "", use_signature_algs},
      {"signature_algs_cert", both, without, "",
       "the security level of OpenSSL decides about signatures of certificates"},
      {"sndbuf", both, without, "", node_sockets},
      {"sni_fun", server, refused, "undefined",
       "code is not run here, and a node has one certificate: name all its hosts in that of certfile"},
      {"sni_hosts", server, refused, "[]",
       "a node has one certificate: name all its hosts in that of certfile"},
      {"srp_identity", both, refused, "undefined", no_shared_keys},
      {"stapling", client, refused, "no_staple",
       "no OCSP response is checked here: use crl_check and crl_cache with a directory"},
      {"stateless_tickets_seed", server, without, "*", no_tickets},
      {"supported_groups", both, used, "", "", use_supported_groups},
      {"tos", both, without, "", node_sockets},
      {"use_srtp", both, without, "", "it is for DTLS"},
      {"use_ticket", client, without, "", no_tickets},
      {"user_lookup_fun", both, refused, "undefined", no_shared_keys},
      {"verify", both, used, "", "", use_verify},
      {"verify_fun", both, used, "", "", use_verify_fun},
      {"versions", both, used, "", "", use_versions},
      // clang-format on
  };
  return rows;
}

void Section::warn(int line, const std::string& text) {
  warnings.push_back("line " + std::to_string(line) + ": " + text);
}

std::string_view role_name(Role role) { return role == Role::server ? "server" : "client"; }

const SslOption* find_ssl_option(std::string_view name) {
  auto rows = ssl_options();
  auto row =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const SslOption& option, std::string_view wanted) { return option.name < wanted; });
  return row != rows.end() && row->name == name ? &*row : nullptr;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> names) {
  if (name.size() > longest_shown) return {};
  std::string_view found;
  std::size_t least = name.size() / 2 + 1;
  for (auto candidate : names)
    if (auto letters = distance(name, candidate); letters < least) least = letters, found = candidate;
  return found;
}

std::string_view nearest_ssl_option(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& row : ssl_options()) names.push_back(row.name);
  return nearest(name, names);
}

void set_ciphers(RoleSettings& settings, std::string_view names) {
  // The suites of TLS 1.3. OpenSSL gives the suites of TLS 1.2 other names.
  constexpr std::string_view suites_1_3[] = {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
                                             "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
                                             "TLS_AES_128_CCM_8_SHA256"};
  settings.ciphers_1_2.clear();
  settings.ciphers_1_3.clear();
  while (!names.empty()) {
    auto name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (name.empty()) continue;
    bool is_1_3 = std::find(std::begin(suites_1_3), std::end(suites_1_3), name) != std::end(suites_1_3);
    join(is_1_3 ? settings.ciphers_1_3 : settings.ciphers_1_2, name);
  }
}

Outcome apply_ssl_option(Section& section, const Expression& option) {
  if (option.kind == Kind::atom)
    return wrong_at(option.line, shortened(option.text) + " stands alone: an option is {name, value}");
  if (option.kind != Kind::tuple || option.parts.size() != 2 || option.parts[0].kind != Kind::atom)
    return wrong_at(option.line, "an option is {name, value}, not " + description(option));
  const std::string& name = option.parts[0].text;
  const Expression& value = option.parts[1];
  int line = option.parts[0].line;
  const auto* row = find_ssl_option(name);
  if (!row) {
    auto similar = nearest_ssl_option(name);
    return wrong_at(line, shortened(name) + " is no option of OTP's ssl" +
                              (similar.empty() ? "" : ": did you mean " + std::string{similar} + "?"));
  }
  if (!belongs(row->place, section.role)) {
    auto other = role_name(section.role == Role::server ? Role::client : Role::server);
    section.warn(
        line, name + " belongs to the " + std::string{other} +
                  " section, and has no effect here; with it, nodes of OTP 26 and later make no connection");
    return done;
  }
  if (row->meaning == Meaning::used) return row->use(section, value);
  if (is_harmless(*row, value)) return done;
  if (row->meaning == Meaning::refused)
    return wrong_at(line, name + " is not supported: " + std::string{row->text});
  section.warn(line, name + " has no effect here: " + std::string{row->text});
  return done;
}

}  // namespace noderuntime::tls
