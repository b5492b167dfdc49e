#include "noderuntime/tls/settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/program/secret_file.h"
#include "common/program/secrets.h"
#include "noderuntime/tls/expression.h"
#include "noderuntime/tls/optfile.h"
#include "noderuntime/tls/ssl_options.h"

namespace noderuntime::tls {

namespace {

constexpr std::size_t max_password = 1024;  // bytes, as in OpenSSL
constexpr const char* password_file = "password file";

Error wrong_setting(const std::string& what) { return Error{Errc::configuration, what}; }

// At most one byte more than read_expression() accepts.
Result<std::string> content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return wrong_setting("option file " + path + " cannot be read: " + std::strerror(errno));
  std::string text(max_optfile_bytes + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof())
    return wrong_setting("option file " + path + " cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool others_can_read(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & 044) != 0;
}

Result<Settings> from_optfile(const std::string& path) {
  auto text = content_of(path);
  if (!text) return text.error();
  auto settings = parse_optfile(*text);
  if (!settings) return wrong_setting("option file " + path + " " + settings.error().context);
  for (auto& warning : settings->warnings) warning = "option file " + path + " " + warning;
  bool has_password = !settings->server.key_password.empty() || !settings->client.key_password.empty();
  if (has_password && others_can_read(path))
    settings->warnings.push_back("option file " + path +
                                 " has a password, and others can read it (chmod 400)");
  return settings;
}

// Where nothing is said about certificates, those are used that the service manager has passed.
TlsOptions with_credentials(TlsOptions options) {
  if (!options.optfile.empty() || !options.certificate.empty()) return options;
  options.certificate = program::credential("tls-cert").value_or("");
  if (options.key.empty()) options.key = program::credential("tls-key").value_or("");
  if (options.authorities.empty()) options.authorities = program::credential("tls-cacert").value_or("");
  return options;
}

Result<std::string> password_in(const std::string& path) {
  if (auto readable = program::only_its_owners(password_file, path); !readable) return readable.error();
  return program::first_line(password_file, path, max_password);
}

Outcome set_versions(RoleSettings& role, const std::string& names) {
  bool v2 = false, v3 = false;
  for (std::string_view rest = names; !rest.empty();) {
    auto name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name == "1.2")
      v2 = true;
    else if (name == "1.3")
      v3 = true;
    else
      return wrong_setting("TLS versions \"" + names + "\": write 1.2, 1.3 or 1.2,1.3");
  }
  if (!v2 && !v3) return wrong_setting("TLS versions \"" + names + "\": write 1.2, 1.3 or 1.2,1.3");
  role.version_1_2 = v2;
  role.version_1_3 = v3;
  return done;
}

// What is set besides the option file takes precedence.
Outcome override_role(RoleSettings& role, const TlsOptions& options, const std::string& password) {
  if (!options.certificate.empty()) {
    role.certificate_file = options.certificate;
    role.key_file.clear();  // these belong to the other certificate
    role.key_password.clear();
  }
  if (!options.key.empty()) {
    role.key_file = options.key;
    role.key_password.clear();
  }
  if (!password.empty()) role.key_password = password;
  if (!options.authorities.empty()) role.authorities_file = options.authorities;
  if (!options.crl_directory.empty()) {
    role.crl_directory = options.crl_directory;
    if (role.crl_check == CrlCheck::none) role.crl_check = CrlCheck::all;
  }
  if (!options.verify.empty()) role.verify_peer = options.verify == "peer";
  if (!options.versions.empty())
    if (auto set = set_versions(role, options.versions); !set) return set;
  if (!options.ciphers.empty()) set_ciphers(role, options.ciphers);
  return done;
}

// A version of which no cipher suite is named is not used, as on OTP.
Outcome match_versions_and_ciphers(RoleSettings& settings, Role role, std::vector<std::string>& warnings) {
  if (settings.ciphers_1_2.empty() && settings.ciphers_1_3.empty()) return done;
  for (auto [version, names, number] : {std::tuple{&settings.version_1_2, &settings.ciphers_1_2, "1.2"},
                                        std::tuple{&settings.version_1_3, &settings.ciphers_1_3, "1.3"}}) {
    if (!*version || !names->empty()) continue;
    *version = false;
    warnings.push_back(std::string{"TLS "} + number + " is not used by the " + std::string{role_name(role)} +
                       ", because the list of ciphers has no suite of it");
  }
  if (settings.version_1_2 || settings.version_1_3) return done;
  return wrong_setting(std::string{"the list of ciphers of the "} + std::string{role_name(role)} +
                       " has no suite of the TLS versions that it may use: add a suite or a version");
}

Outcome check_revocation(const RoleSettings& settings, Role role, std::vector<std::string>& warnings) {
  if (settings.crl_check == CrlCheck::none || !settings.crl_directory.empty()) return done;
  std::string what = std::string{"the "} + std::string{role_name(role)} +
                     " is to check revocation lists, and has no directory of them";
  if (settings.crl_check != CrlCheck::best_effort)
    return wrong_setting(
        what + ": give crl_cache {ssl_crl_hash_dir, {internal, [{dir, \"DIRECTORY\"}]}}, or no crl_check");
  warnings.push_back(what + ": none is checked");
  return done;
}

// The settings of one role, when all sources are merged.
Outcome check_role(RoleSettings& settings, Role role, std::vector<std::string>& warnings) {
  std::string name = std::string{role_name(role)};
  if (settings.certificate_file.empty() && !settings.key_file.empty())
    return wrong_setting("the TLS " + name + " has a key and no certificate: give --tls-cert, or certfile");
  if (settings.verify_peer && settings.authorities_file.empty())
    return wrong_setting(
        "the TLS " + name +
        " is to check its peers, and has no authorities to check them by: give --tls-cacert, or cacertfile");
  if (!settings.verify_peer)
    warnings.push_back(role == Role::server
                           ? "the TLS server checks no certificate: whoever knows the cookie can connect"
                           : "the TLS client checks no certificate: whoever answers is taken for the peer");
  if (auto matched = match_versions_and_ciphers(settings, role, warnings); !matched) return matched;
  if (!settings.verify_peer) return done;  // then nothing is to be revoked
  return check_revocation(settings, role, warnings);
}

Outcome apply_name_check(Settings& settings) {
  if (!settings.check_names) return done;
  if (!settings.server.verify_peer)
    return wrong_setting(
        "the names of peers are to be checked, and the TLS server checks no certificate: let it verify");
  if (!settings.server.demand_certificate) {
    settings.server.demand_certificate = true;
    settings.warnings.push_back("peers must have a certificate, because their names are to be checked");
  }
  return done;
}

}  // namespace

Result<Settings> settings_of(const TlsOptions& given) {
  auto options = with_credentials(given);
  if (!options.verify.empty() && options.verify != "peer" && options.verify != "none")
    return wrong_setting("TLS verify \"" + options.verify + "\": write peer or none");
  Settings settings;
  if (!options.optfile.empty()) {
    auto read = from_optfile(options.optfile);
    if (!read) return read;
    settings = std::move(*read);
  }
  std::string password;
  if (!options.key_password_file.empty()) {
    auto read = password_in(options.key_password_file);
    if (!read) return read.error();
    password = std::move(*read);
  }
  for (auto role : {Role::server, Role::client}) {
    auto& its = role == Role::server ? settings.server : settings.client;
    program::keep_secret(its.key_password);
    if (auto merged = override_role(its, options, password); !merged) return merged.error();
    if (auto checked = check_role(its, role, settings.warnings); !checked) return checked.error();
  }
  program::keep_secret(password);
  settings.check_names |= options.check_names;
  if (auto checked = apply_name_check(settings); !checked) return checked.error();
  return settings;
}

}  // namespace noderuntime::tls
