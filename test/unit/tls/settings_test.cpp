#include "noderuntime/tls/settings.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/program/secrets.h"
#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::tls;

namespace {

using Lines = std::vector<std::string>;

struct Directory {
  std::string path;
  Directory() {
    char name[] = "/tmp/settings_test_XXXXXX";
    path = mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& content, mode_t mode = 0400) const {
    std::ofstream{path + "/" + name} << content;
    chmod((path + "/" + name).c_str(), mode);
    return path + "/" + name;
  }
};

TlsOptions enough() { return {.enabled = true, .certificate = "/a.pem", .authorities = "/ca.pem"}; }

Settings settings(const TlsOptions& options) {
  auto settings = settings_of(options);
  INFO((settings ? std::string{} : settings.error().message()));
  REQUIRE(settings);
  return *settings;
}

std::string error(const TlsOptions& options) {
  auto settings = settings_of(options);
  if (settings) return "none";
  CHECK(settings.error().code == Errc::configuration);
  return settings.error().context;
}

const std::string complete =
    "[{server,[{certfile,\"/f.pem\"},{keyfile,\"/f.key\"},{password,\"of the "
    "file\"},{cacertfile,\"/fca.pem\"},"
    "{verify,verify_peer},{versions,['tlsv1.2']}]},"
    "{client,[{certfile,\"/f.pem\"},{keyfile,\"/f.key\"},{cacertfile,\"/fca.pem\"},{verify,verify_peer}]}].";

}  // namespace

TEST_CASE("settings: a certificate and authorities are enough, and peers are verified", "[tls]") {
  auto made = settings(enough());
  for (const auto* role : {&made.server, &made.client}) {
    CHECK(role->certificate_file == "/a.pem");
    CHECK(role->authorities_file == "/ca.pem");
    CHECK((role->verify_peer && role->demand_certificate && role->version_1_2 && role->version_1_3));
  }
  CHECK(made.warnings.empty());
  CHECK_FALSE(made.check_names);
}

TEST_CASE("settings: what is missing is an error that says what to give", "[tls]") {
  auto options = enough();
  options.certificate.clear();
  CHECK(settings(options).server.certificate_file.empty());  // it can call
  options.key = "/a.key";
  CHECK(error(options) == "the TLS server has a key and no certificate: give --tls-cert, or certfile");
  options = enough();
  options.authorities.clear();
  CHECK(error(options) ==
        "the TLS server is to check its peers, and has no authorities to check them by: give "
        "--tls-cacert, or cacertfile");
  options.verify = "none";
  CHECK(settings(options).warnings ==
        Lines{"the TLS server checks no certificate: whoever knows the cookie can connect",
              "the TLS client checks no certificate: whoever answers is taken for the peer"});
}

TEST_CASE("settings: words that are not known", "[tls]") {
  auto options = enough();
  options.verify = "verify_peer";
  CHECK(error(options) == "TLS verify \"verify_peer\": write peer or none");
  for (std::string versions : {"1.1", "1.2;1.3", ",", "tlsv1.3", "1.2,,1.3"}) {
    options = enough();
    options.versions = versions;
    CHECK(error(options) == "TLS versions \"" + versions + "\": write 1.2, 1.3 or 1.2,1.3");
  }
}

TEST_CASE("settings: versions and ciphers", "[tls]") {
  auto options = enough();
  options.versions = "1.3";
  CHECK_FALSE(settings(options).server.version_1_2);
  options.versions = "1.3, 1.2";
  CHECK((settings(options).client.version_1_2 && settings(options).client.version_1_3));
  options.ciphers = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
  CHECK(settings(options).client.ciphers_1_3 == "TLS_AES_128_GCM_SHA256");
  CHECK(settings(options).server.ciphers_1_2 == "ECDHE-ECDSA-AES256-GCM-SHA384");
  options.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
  auto made = settings(options);
  CHECK((made.server.version_1_2 && !made.server.version_1_3));
  CHECK(made.warnings ==
        Lines{"TLS 1.3 is not used by the server, because the list of ciphers has no suite of it",
              "TLS 1.3 is not used by the client, because the list of ciphers has no suite of it"});
  options.versions = "1.3";
  CHECK(error(options) ==
        "the list of ciphers of the server has no suite of the TLS versions that it may use: add a suite or "
        "a version");
}

TEST_CASE("settings: what is set besides the option file takes precedence", "[tls]") {
  Directory directory;
  TlsOptions options{.enabled = true, .optfile = directory.file("o", complete)};
  auto made = settings(options);
  CHECK(made.server.certificate_file == "/f.pem");
  CHECK(made.server.key_password == "of the file");
  CHECK_FALSE(made.server.version_1_3);
  options.authorities = "/ca.pem";
  options.versions = "1.2,1.3";
  options.crl_directory = "/crls";
  made = settings(options);
  CHECK(made.server.authorities_file == "/ca.pem");
  CHECK(made.server.version_1_3);
  CHECK(made.client.crl_check == CrlCheck::all);
  CHECK(made.client.crl_directory == "/crls");
  CHECK(made.server.key_file == "/f.key");
  options.certificate = "/a.pem";
  made = settings(options);
  CHECK(made.server.certificate_file == "/a.pem");
  CHECK(made.server.key_file.empty());
  CHECK(made.server.key_password.empty());
  options.key = "/a.key";
  options.key_password_file = directory.file("p", "secret word\r\nmore");
  made = settings(options);
  CHECK(made.client.key_file == "/a.key");
  CHECK(made.client.key_password == "secret word");
}

TEST_CASE("settings: errors and warnings of the option file name it", "[tls]") {
  Directory directory;
  auto path = directory.file("o", "[{server,\n[{verfy, 1}]}].");
  CHECK(error({.optfile = path}) ==
        "option file " + path + " line 2: verfy is no option of OTP's ssl: did you mean verify?");
  CHECK(error({.optfile = directory.path + "/absent"}) ==
        "option file " + directory.path + "/absent cannot be read: No such file or directory");
  CHECK(error({.optfile = directory.path}).find("option file " + directory.path + " cannot be read") == 0);
  CHECK(error({.optfile = "/dev/zero"}) ==
        "option file /dev/zero line 1: the file has more than 262144 bytes");
  path = directory.file("w", "[{server,[{certfile,\"a\"},{cacertfile,\"c\"},{verify,verify_peer}]}].");
  CHECK(settings({.optfile = path}).warnings == Lines{"option file " + path +
                                                      " line 1: there is no client section: the certificate, "
                                                      "the authorities and the revocation lists of the "
                                                      "server section are used"});
}

TEST_CASE("settings: a password in a file that others can read is warned of", "[tls]") {
  Directory directory;
  auto path = directory.file("o", complete, 0644);
  CHECK(settings({.optfile = path}).warnings ==
        Lines{"option file " + path + " has a password, and others can read it (chmod 400)"});
}

TEST_CASE("settings: a password file is for its owner only", "[tls]") {
  Directory directory;
  auto options = enough();
  options.key_password_file = directory.file("p", "secret", 0440);
  CHECK(error(options) ==
        "password file " + options.key_password_file + " must be accessible by owner only (chmod 400)");
  options.key_password_file = directory.file("q", "");
  CHECK(error(options) == "password file " + options.key_password_file + " is empty");
  options.key_password_file = directory.file("r", std::string(1025, 'x'));
  CHECK(error(options) == "password file " + options.key_password_file + " is too long");
  options.key_password_file = directory.path + "/absent";
  CHECK(error(options) ==
        "password file " + options.key_password_file + " cannot be read: No such file or directory");
}

TEST_CASE("settings: systemd protects the password that it passes", "[tls]") {
  Directory directory;
  auto options = enough();
  options.key_password_file = directory.file("p", "secret", 0440);
  setenv("CREDENTIALS_DIRECTORY", directory.path.c_str(), 1);
  auto made = settings(options);
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(made.server.key_password == "secret");
}

TEST_CASE("settings: log lines do not show passwords", "[tls]") {
  Directory directory;
  TlsOptions options{.optfile = directory.file("o", complete)};
  CHECK(settings(options).server.key_password == "of the file");
  CHECK(program::without_secrets("it is of the file.") == "it is ***.");
  options = enough();
  options.key_password_file = directory.file("p", "of another file");
  CHECK(settings(options).server.key_password == "of another file");
  CHECK(program::without_secrets("it is of another file.") == "it is ***.");
}

TEST_CASE("settings: a check of revocation needs a directory", "[tls]") {
  Directory directory;
  auto with = [&](const std::string& check) {
    return TlsOptions{.optfile = directory.file(check,
                                                "[{server,[{certfile,\"a\"},{cacertfile,\"c\"},"
                                                "{verify,verify_peer},{crl_check," +
                                                    check +
                                                    "}]},"
                                                    "{client,[{cacertfile,\"c\"},{verify,verify_peer}]}].")};
  };
  for (std::string check : {"true", "peer"})
    CHECK(error(with(check)) ==
          "the server is to check revocation lists, and has no directory of them: give crl_cache "
          "{ssl_crl_hash_dir, "
          "{internal, [{dir, \"DIRECTORY\"}]}}, or no crl_check");
  CHECK(settings(with("best_effort")).warnings ==
        Lines{"the server is to check revocation lists, and has no directory of them: none is checked"});
}

TEST_CASE("settings: the check of names needs a certificate of each peer", "[tls]") {
  auto options = enough();
  options.check_names = true;
  CHECK(settings(options).check_names);
  options.verify = "none";
  CHECK(error(options) ==
        "the names of peers are to be checked, and the TLS server checks no certificate: let it verify");
  Directory directory;
  options = {.optfile = directory.file("o",
                                       "[{server,[{certfile,\"a\"},{cacertfile,\"c\"},{verify,verify_peer},"
                                       "{fail_if_no_peer_cert,false}]}]."),
             .check_names = true};
  auto made = settings(options);
  CHECK(made.server.demand_certificate);
  CHECK(made.warnings.back() == "peers must have a certificate, because their names are to be checked");
}
