#include "noderuntime/tls/ssl_options.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "test/unit/catch.h"
#include "test/unit/tls/scripts.h"

using namespace noderuntime;
using namespace noderuntime::tls;

namespace {

// What OTP's ssl has: the keys of 25, and what 27 and 29 add.
constexpr std::string_view keys_of_25 =
    "alpn_advertised_protocols alpn_preferred_protocols anti_replay beast_mitigation cacertfile cacerts cert "
    "certs_keys certfile certificate_authorities ciphers client_renegotiation cookie crl_cache crl_check "
    "customize_hostname_check depth dh dhfile early_data eccs erl_dist fail_if_no_peer_cert fallback "
    "handshake "
    "hibernate_after honor_cipher_order honor_ecc_order keep_secrets key keyfile key_update_at log_level "
    "max_handshake_size middlebox_comp_mode max_fragment_length next_protocol_selector "
    "next_protocols_advertised ocsp_stapling ocsp_responder_certs ocsp_nonce padding_check partial_chain "
    "password protocol psk_identity receiver_spawn_opts renegotiate_at reuse_session reuse_sessions "
    "secure_renegotiate sender_spawn_opts server_name_indication session_tickets signature_algs "
    "signature_algs_cert sni_fun sni_hosts srp_identity supported_groups use_ticket user_lookup_fun verify "
    "verify_fun versions";
constexpr std::string_view keys_since =
    "allow_any_ca_purpose cert_policy_opts ktls stapling stateless_tickets_seed use_srtp psk_groups";

std::set<std::string> words(std::string_view text) {
  std::set<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find(' ', at), text.size());
    all.emplace(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

// The option {name, value} in a section; its error, or its warning, or "".
std::string outcome(Role role, std::string_view name, const std::string& value) {
  Section section{.role = role};
  auto option = read_expression("\n{" + std::string{name} + "," + value + "}.");
  if (!option) return option.error().context;
  if (auto applied = apply_ssl_option(section, *option); !applied) return "error: " + applied.error().context;
  return section.warnings.empty() ? "" : section.warnings.front();
}

Role home(const SslOption& row) { return row.place == Place::client ? Role::client : Role::server; }

}  // namespace

TEST_CASE("ssl options: each key of OTP 25, 27 and 29 has a row", "[tls]") {
  auto old = words(keys_of_25), added = words(keys_since);
  CHECK(old.size() == 65);
  CHECK(added.size() == 7);
  for (const auto& keys : {old, added})
    for (const auto& key : keys) {
      INFO(key);
      CHECK(find_ssl_option(key));
    }
}

TEST_CASE("ssl options: rows are sorted and complete", "[tls]") {
  auto rows = ssl_options();
  CHECK(
      std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(find_ssl_option(row.name) == &row);
    CHECK((row.meaning == Meaning::used) == (row.use != nullptr));
    CHECK((row.meaning == Meaning::used || row.harmless == "*" || !row.text.empty()));
    CHECK((row.meaning != Meaning::refused || row.harmless != "*"));
  }
}

TEST_CASE("ssl options: what has no effect is warned of with its line", "[tls]") {
  for (const auto& row : ssl_options()) {
    if (row.meaning != Meaning::without) continue;
    INFO(row.name);
    auto said = outcome(home(row), row.name, "'something else'");
    if (row.harmless == "*")
      CHECK(said.empty());
    else
      CHECK(said == "line 2: " + std::string{row.name} + " has no effect here: " + std::string{row.text});
  }
}

TEST_CASE("ssl options: what is refused says what does the same", "[tls]") {
  for (const auto& row : ssl_options()) {
    if (row.meaning != Meaning::refused) continue;
    INFO(row.name);
    for (std::string value : {"fun(_) -> ok end", "fun m:f/1", "m:f()", "[1]", "<<1,2>>"})
      CHECK(outcome(home(row), row.name, value) ==
            "error: line 2: " + std::string{row.name} + " is not supported: " + std::string{row.text});
  }
}

TEST_CASE("ssl options: values that say what the node does anyway are silent", "[tls]") {
  for (const auto& row : ssl_options()) {
    if (row.harmless == "*") continue;
    for (const auto& word : words(row.harmless)) {
      INFO(row.name);
      CHECK(outcome(home(row), row.name, word).empty());
    }
  }
  CHECK(outcome(Role::server, "secure_renegotiate", "true").empty());
  CHECK(outcome(Role::server, "reuse_sessions", "true").empty());
  CHECK(outcome(Role::client, "ktls", "true").empty());
  CHECK(outcome(Role::client, "log_level", "debug").empty());
  CHECK(outcome(Role::client, "session_tickets", "auto") ==
        "line 2: session_tickets has no effect here: each connection makes a full handshake");
}

TEST_CASE("ssl options: an option in the wrong section is tolerated with a warning", "[tls]") {
  for (const auto& row : ssl_options()) {
    if (row.place == Place::both) continue;
    INFO(row.name);
    auto wrong = row.place == Place::server ? Role::client : Role::server;
    auto said = outcome(wrong, row.name, "true");
    CHECK(said.find("line 2: " + std::string{row.name} + " belongs to the ") == 0);
    CHECK(said.find(std::string{role_name(home(row))} + " section") != std::string::npos);
  }
}

TEST_CASE("ssl options: an unknown name is an error with the nearest one", "[tls]") {
  CHECK(outcome(Role::server, "certfiel", "1") ==
        "error: line 2: certfiel is no option of OTP's ssl: did you mean certfile?");
  CHECK(outcome(Role::server, "cert_file", "1") ==
        "error: line 2: cert_file is no option of OTP's ssl: did you mean certfile?");
  CHECK(outcome(Role::server, "verfiy", "1") ==
        "error: line 2: verfiy is no option of OTP's ssl: did you mean verify?");
  CHECK(outcome(Role::server, "quite_different_from_all", "1") ==
        "error: line 2: quite_different_from_all is no option of OTP's ssl");
  auto said = outcome(Role::server, "'" + std::string(100000, 'x') + "'", "1");
  CHECK(said.size() < 200);
}

TEST_CASE("ssl options: values of a wrong kind", "[tls]") {
  auto server = [](std::string_view name, const std::string& value) {
    return outcome(Role::server, name, value);
  };
  CHECK(server("certfile", "a") == "error: line 2: certfile takes the path of a file as a string, not a");
  CHECK(server("certfile", "code:priv_dir(x)") ==
        "error: line 2: certfile takes the path of a file as a string, not a call of code:priv_dir (the file "
        "is read, "
        "and nothing in it is called)");
  CHECK(server("keyfile", "\"\"") == "error: line 2: keyfile is empty");
  CHECK(server("cacertfile", "\"a\\0b\"") == "error: line 2: cacertfile has a character with the number 0");
  CHECK(server("password", "hidden") == "error: line 2: password takes a string");
  CHECK(server("password", "fun() -> \"hidden\" end").find("error: line 2: password is a fun") == 0);
  CHECK(server("verify", "true") == "error: line 2: verify takes verify_peer or verify_none, not true");
  CHECK(server("fail_if_no_peer_cert", "1") ==
        "error: line 2: fail_if_no_peer_cert takes true or false, not 1");
  CHECK(server("depth", "256") == "error: line 2: depth takes a number from 0 to 255, not 256");
  CHECK(server("depth", "-1") == "error: line 2: depth takes a number from 0 to 255, not -1");
  CHECK(server("depth", "200") == "line 2: depth is limited to 100");
  CHECK(server("versions", "'tlsv1.3'") ==
        "error: line 2: versions takes a list such as ['tlsv1.3','tlsv1.2'], not tlsv1.3");
  CHECK(server("versions", "[]") == "error: line 2: versions needs 'tlsv1.3', 'tlsv1.2' or both");
  CHECK(server("versions", "['tlsv1.1']") == "error: line 2: versions needs 'tlsv1.3', 'tlsv1.2' or both");
  CHECK(server("versions", "['tlsv1.1','tlsv1.2']") ==
        "line 2: versions: 'tlsv1.1' is left out, because it is not secure");
  CHECK(server("versions", "[\"1.2\"]") ==
        "error: line 2: versions has 'tlsv1.3' and 'tlsv1.2', in single quotes, not \"1.2\"");
  CHECK(server("ciphers", "[#{cipher => aes_256_gcm, key_exchange => any, mac => aead, prf => sha384}]") ==
        "error: line 2: ciphers takes names in OpenSSL's notation, such as "
        "\"ECDHE-ECDSA-AES256-GCM-SHA384\", not a map; "
        "ssl:suite_to_openssl_str/1 makes names of maps");
  CHECK(server("ciphers", "[\"a b\"]") ==
        "error: line 2: a name in ciphers has a character that no cipher suite has");
  CHECK(server("eccs", "[sect571r1]") ==
        "error: line 2: eccs has no group that this node has: add x25519 or secp256r1");
  CHECK(server("supported_groups", "[1]") == "error: line 2: supported_groups takes a list of names, not 1");
  CHECK(server("signature_algs", "x") == "error: line 2: signature_algs takes a list of names, not x");
  CHECK(server("crl_check", "maybe") ==
        "error: line 2: crl_check takes true, peer, best_effort or false, not maybe");
  CHECK(server("crl_cache", "{my_cache, {internal, []}}").find("error: line 2: crl_cache names a module") ==
        0);
  CHECK(server("crl_cache", "{ssl_crl_hash_dir, {internal, []}}")
            .find("error: line 2: crl_cache has no directory") == 0);
  CHECK(server("crl_cache", "x").find("error: line 2: crl_cache takes {ssl_crl_hash_dir") == 0);
  CHECK(server("crl_cache", "{ssl_crl_cache, {internal, [{http, 5000}]}}")
            .find("line 2: crl_cache with ssl_crl_cache") == 0);
  CHECK(server("certs_keys", "[]") == "error: line 2: certs_keys takes a list with one map, not a list");
  CHECK(server("certs_keys", "[#{certfile => \"a\"}, #{certfile => \"b\"}]")
            .find("error: line 2: certs_keys has more than one certificate, and a node has one") == 0);
  CHECK(server("certs_keys", "[#{cert => <<1>>}]") ==
        "error: line 2: the map of certs_keys has certfile, keyfile and password, not cert");
  CHECK(server("verify_fun", "{fun(_, _, S) -> {valid, S} end, []}")
            .find("error: line 2: verify_fun names code") == 0);
  CHECK(
      server("verify_fun", "{fun other:verify_client/3, any}").find("error: line 2: verify_fun names code") ==
      0);
}

TEST_CASE("ssl options: names of suites go to their versions", "[tls]") {
  RoleSettings settings;
  set_ciphers(settings, "TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384::TLS_AES_128_GCM_SHA256:HIGH");
  CHECK(settings.ciphers_1_3 == "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
  CHECK(settings.ciphers_1_2 == "ECDHE-ECDSA-AES256-GCM-SHA384:HIGH");
  set_ciphers(settings, "");
  CHECK((settings.ciphers_1_2.empty() && settings.ciphers_1_3.empty()));
}

TEST_CASE("ssl options: a real OTP knows the keys that 25, 27 and 29 have, and no other rows", "[.otp]") {
  auto old = words(keys_of_25), added = words(keys_since);
  std::vector<std::string> names = {"no_option_at_all"};
  for (const auto& row : ssl_options()) names.emplace_back(row.name);
  auto lines = test::lines_of_script("known.escript", names);
  if (lines.empty()) {
    WARN("skipped: escript cannot be run, or has no ssl");
    return;
  }
  std::set<std::string> known{lines.begin(), lines.end()};
  CHECK_FALSE(known.count("no_option_at_all"));
  for (const auto& key : old) {
    INFO(key);
    CHECK((known.count(key) || key.find("ocsp_") == 0));  // since 27 "stapling"
  }
  // Options of sockets that ssl looks at, and the public name of next_protocol_selector.
  std::set<std::string> others = {"active", "client_preferred_next_protocols", "mode", "packet",
                                  "packet_size"};
  for (const auto& name : known) {
    INFO(name);
    CHECK((old.count(name) || added.count(name) || others.count(name)));
  }
}
