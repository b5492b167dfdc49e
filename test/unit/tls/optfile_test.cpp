#include "noderuntime/tls/optfile.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "noderuntime/tls/expression.h"
#include "test/unit/catch.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::tls;

namespace {

using Lines = std::vector<std::string>;

std::string file(const std::string& name) {
  std::ifstream file{test::test_data() + "/tls/optfile/" + name, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

Settings parsed(const std::string& text) {
  auto settings = parse_optfile(text);
  INFO((settings ? std::string{} : settings.error().message()));
  REQUIRE(settings);
  return *settings;
}

std::string error(const std::string& text) {
  auto settings = parse_optfile(text);
  if (settings) return "none";
  CHECK(settings.error().code == Errc::configuration);
  return settings.error().context;
}

const std::string client = "{client, [{verify, verify_peer}]}";
std::string with_server(const std::string& options) {
  return "[{server, [{verify, verify_peer}," + options + "]},\n" + client + "].";
}

const std::string form = "the file has the form [{server, [...]}, {client, [...]}].";

}  // namespace

TEST_CASE("optfile: a file with all that a connection needs sets it, without a warning", "[tls]") {
  auto settings = parsed(file("both_versions.conf"));
  for (const auto* role : {&settings.server, &settings.client}) {
    CHECK(role->certificate_file == "/etc/dist/a.pem");
    CHECK(role->key_file == "/etc/dist/a.key");
    CHECK(role->authorities_file == "/etc/dist/ca.pem");
    CHECK((role->verify_peer && role->demand_certificate && role->version_1_2 && role->version_1_3));
    CHECK(role->depth == 10);
    CHECK(role->crl_check == CrlCheck::none);
  }
  CHECK_FALSE(settings.check_names);
  CHECK(settings.warnings.empty());
}

TEST_CASE("optfile: RabbitMQ's file has a server's option in the client section", "[tls]") {
  auto settings = parsed(file("rabbitmq.conf"));
  CHECK(settings.server.certificate_file == "/full/path/to/server_certificate.pem");
  CHECK(settings.client.key_file == "/full/path/to/client_key.pem");
  CHECK(settings.client.key_password == "password-if-keyfile-is-encrypted");
  CHECK(settings.warnings == Lines{"line 19: fail_if_no_peer_cert belongs to the server section, and has no "
                                   "effect here; with it, nodes of "
                                   "OTP 26 and later make no connection"});
}

TEST_CASE("optfile: the examples of CouchDB and EMQX", "[tls]") {
  auto couchdb = parsed(file("couchdb.conf"));
  CHECK(couchdb.server.verify_peer);
  CHECK_FALSE(couchdb.client.verify_peer);
  CHECK(couchdb.warnings.empty());
  auto emqx = parsed(file("emqx.conf"));
  CHECK(emqx.client.authorities_file == "etc/certs/cacert.pem");
  CHECK(emqx.warnings.empty());
}

TEST_CASE("optfile: a section without verify verifies, and the difference to OTP is said", "[tls]") {
  auto settings = parsed(file("otp_guide.conf"));
  CHECK((settings.server.verify_peer && settings.client.verify_peer && settings.server.demand_certificate));
  CHECK(
      settings.warnings ==
      Lines{"line 1: the server section has no verify: peers must have a certificate; on OTP they need none",
            "line 4: the client section has no verify: peers must prove themselves; on OTP 25 and earlier "
            "they need "
            "not"});
}

TEST_CASE("optfile: OTP's mark for the check of names switches the check on", "[tls]") {
  auto settings = parsed(file("otp_verify_client.conf"));
  CHECK(settings.check_names);
  REQUIRE(settings.warnings.size() == 1);
  CHECK(settings.warnings[0].find("line 8: inet_tls_dist:verify_client/3: a peer that connects must have") ==
        0);
  auto in_client = parsed(
      "[{server,[{verify,verify_peer}]},{client,[{verify,verify_peer},{verify_fun,{fun "
      "inet_tls_dist:verify_client/3,any}}]}].");
  CHECK_FALSE(in_client.check_names);
  CHECK(in_client.warnings.size() == 1);
}

TEST_CASE("optfile: certs_keys with one map, depth and revocation lists", "[tls]") {
  auto settings = parsed(file("revocation.conf"));
  CHECK(settings.server.certificate_file == "/etc/dist/a.pem");
  CHECK(settings.server.key_file == "/etc/dist/a.key");
  CHECK(settings.server.key_password == "hidden");
  CHECK(settings.server.depth == 2);
  CHECK(settings.server.crl_check == CrlCheck::all);
  CHECK(settings.client.crl_check == CrlCheck::peer);
  CHECK(settings.client.crl_directory == "/etc/dist/crls");
  CHECK(settings.warnings.empty());
}

TEST_CASE("optfile: certs_keys replaces certfile, wherever it stands", "[tls]") {
  for (std::string options :
       {R"({certs_keys,[#{certfile => "new"}]},{certfile,"old"},{keyfile,"old"},{password,"old"})",
        R"({certfile,"old"},{keyfile,"old"},{password,"old"},{certs_keys,[#{certfile => "new"}]})"}) {
    auto settings = parsed(with_server(options));
    CHECK(settings.server.certificate_file == "new");
    CHECK(settings.server.key_file.empty());
    CHECK(settings.server.key_password.empty());
    CHECK(settings.warnings == Lines{"line 1: certs_keys replaces certfile, keyfile and password"});
  }
}

TEST_CASE("optfile: algorithms in OpenSSL's notation", "[tls]") {
  auto settings = parsed(file("algorithms.conf"));
  CHECK(settings.server.ciphers_1_3 == "TLS_AES_128_GCM_SHA256");
  CHECK(settings.server.ciphers_1_2 == "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
  CHECK(settings.client.ciphers_1_2 == settings.server.ciphers_1_2);
  CHECK(settings.server.groups == "X25519:P-256:P-521:P-384");
  CHECK(settings.server.signature_algorithms == "ed25519:rsa_pss_rsae_sha256:ECDSA+SHA256");
  CHECK(settings.warnings ==
        Lines{"line 3: eccs: left out, because OpenSSL or this node does not have it: sect571r1",
              "line 5: signature_algs: left out, because OpenSSL or this node does not have it: "
              "ecdsa_brainpoolP256r1tls13_sha256",
              "line 6: honor_cipher_order has no effect here: the order of the client decides",
              "line 7: dhfile has no effect here: OpenSSL has its own parameters for DHE",
              "line 9: server_name_indication is disable: the certificate of a peer may name any host, as on "
              "OTP 27 and later"});
  CHECK_FALSE(settings.client.checks_host);
  auto ktls = parsed(file("ktls.conf"));
  CHECK_FALSE(ktls.server.version_1_2);
  CHECK(ktls.server.ciphers_1_3 == "TLS_AES_256_GCM_SHA384");
  CHECK(ktls.warnings.empty());
}

TEST_CASE("optfile: the name that servers are asked for, and must have", "[tls]") {
  auto with = [](const std::string& value) {
    return "[{client,[{verify,verify_peer},{server_name_indication," + value +
           "}]},{server,[{verify,verify_peer}]}].";
  };
  auto named = parsed(with("\"cluster.example\""));
  CHECK(named.client.host_to_check("a.example") == "cluster.example");
  CHECK(named.warnings.empty());
  CHECK(parsed(with("disable")).client.host_to_check("a.example").empty());
  CHECK(parsed(with("undefined")).client.host_to_check("a.example") == "a.example");
  for (auto* wrong : {"\"\"", "true", "<<\"a.example\">>", "42"})
    CHECK(error(with(wrong))
              .find("line 1: server_name_indication takes a host as a string, or disable, not ") == 0);
}

TEST_CASE("optfile: escape sequences, joined lists and UTF-8", "[tls]") {
  auto settings = parsed(file("encoded.conf"));
  CHECK(settings.server.certificate_file == "/etc/dist/kn\xC3\xB6te.pem");
  CHECK(settings.server.key_file == "/etc/dist/kn\xC3\xB6te.key");
  CHECK(settings.server.authorities_file == "/etc/dist/DC.pem");
  CHECK(settings.server.key_password == "a\"b\\c\td");
  CHECK(settings.server.depth == 2);
  CHECK(settings.client.authorities_file == "/etc/dist/ca.pem");
}

TEST_CASE("optfile: of options and sections with one name the last holds, as on OTP", "[tls]") {
  auto settings = parsed(with_server("{depth, 1},\n{depth, 2}"));
  CHECK(settings.server.depth == 2);
  CHECK(settings.warnings == Lines{"line 1: depth stands here and in line 2: the latter holds, as on OTP"});
  settings = parsed("[{server, [{certfile, \"a\"}]},\n{server, [{verify, verify_peer}, {depth, 3}]}," +
                    client + "].");
  CHECK(settings.server.certificate_file.empty());
  CHECK(settings.server.depth == 3);
  CHECK(settings.warnings ==
        Lines{"line 2: this section replaces the earlier one of the same name, as on OTP"});
}

TEST_CASE("optfile: a missing section takes certificate, authorities and revocation lists of the other",
          "[tls]") {
  auto settings = parsed(
      "[{client, [{certfile,\"a\"},{keyfile,\"k\"},{password,\"p\"},{cacertfile,\"c\"},{verify,verify_none},"
      "{crl_check,peer},{crl_cache,{ssl_crl_hash_dir,{internal,[{dir,\"d\"}]}}}]}].");
  CHECK(settings.server.certificate_file == "a");
  CHECK(settings.server.key_file == "k");
  CHECK(settings.server.key_password == "p");
  CHECK(settings.server.authorities_file == "c");
  CHECK(settings.server.crl_check == CrlCheck::peer);
  CHECK(settings.server.crl_directory == "d");
  CHECK(settings.server.verify_peer);
  CHECK(settings.warnings == Lines{"line 1: there is no server section: the certificate, the authorities and "
                                   "the revocation lists of the "
                                   "client section are used"});
}

TEST_CASE("optfile: a peer without a certificate is let in only where the file says so", "[tls]") {
  auto settings = parsed(with_server("\n{fail_if_no_peer_cert, false}"));
  CHECK_FALSE(settings.server.demand_certificate);
  CHECK(settings.warnings ==
        Lines{"line 2: fail_if_no_peer_cert is false: peers without a certificate are let in"});
  CHECK(error("[{server, [{verify, verify_none},\n{fail_if_no_peer_cert, true}]}].") ==
        "line 2: fail_if_no_peer_cert demands a certificate that verify_none does not check: write {verify, "
        "verify_peer}");
}

TEST_CASE("optfile: what both sections have is warned of once", "[tls]") {
  auto settings =
      parsed("[{server,[{verify,verify_peer},{tos,1}]},\n{client,[{verify,verify_peer},{tos,1}]}].");
  CHECK(settings.warnings ==
        Lines{"line 1: tos has no effect here: the node's own options set up its sockets"});
}

TEST_CASE("optfile: an option that stands there a thousand times is warned of once", "[tls]") {
  std::string options = "{depth, 1}";
  for (int i = 0; i < 1000; ++i) options += ",\n{depth, 1}";
  CHECK(parsed(with_server(options)).warnings ==
        Lines{"line 1: depth stands here and in line 1001: the latter holds, as on OTP"});
}

TEST_CASE("optfile: errors of form have their line", "[tls]") {
  CHECK(error("") == "line 1: the file is empty");
  CHECK(error("[].") == "line 1: " + form);
  CHECK(error("\n{server, []}.") == "line 2: " + form);
  CHECK(error("[{server, []},\nclient].") == "line 2: " + form);
  CHECK(error("[{1, []}].") == "line 1: " + form);
  CHECK(error("[\n{sever, []}].") == "line 2: sever is no section: did you mean server?");
  CHECK(error("[\n{listener, []}].") == "line 2: listener is no section: " + form);
  CHECK(error("[{server,\n\"abc\"}].") == "line 2: options are a list: " + form);
  CHECK(error(with_server("\nverify_peer")) ==
        "line 2: verify_peer stands alone: an option is {name, value}");
  CHECK(error(with_server("\n{verify}")) == "line 2: an option is {name, value}, not a tuple");
  CHECK(error(with_server("\n{\"verify\", verify_peer}")) ==
        "line 2: an option is {name, value}, not a tuple");
  CHECK(error(with_server("\n{verfy, 1}")) ==
        "line 2: verfy is no option of OTP's ssl: did you mean verify?");
}

TEST_CASE("optfile: each file that is cut short is an error", "[tls]") {
  for (std::string name : {"algorithms.conf", "encoded.conf", "rabbitmq.conf", "revocation.conf"}) {
    auto whole = file(name);
    auto end = whole.rfind('.');
    for (std::size_t size = 0; size <= end; ++size) CHECK(error(whole.substr(0, size)).find("line ") == 0);
    CHECK(parse_optfile(whole.substr(0, end + 1)).ok());
  }
}

TEST_CASE("optfile: each byte replaced gives settings or an error with a line", "[tls]") {
  auto whole = file("revocation.conf");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (char byte : {'\0', '\n', '"', '\'', '{', ']', '.', '%', '\\', '\xFF'}) {
      auto text = whole;
      text[at] = byte;
      auto settings = parse_optfile(text);
      if (!settings) CHECK(settings.error().context.find("line ") == 0);
    }
}
