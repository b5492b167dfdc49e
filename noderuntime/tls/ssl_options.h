// The options of OTP's ssl application: what each of them does here.
// Source: OTP's ssl of releases 25, 27 and 29 (ssl.erl, ssl_internal.hrl, ssl_config.erl).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/tls/expression.h"
#include "noderuntime/tls/settings.h"

namespace noderuntime::tls {

// One section of an option file while it is read.
struct Section {
  Role role = Role::server;
  RoleSettings settings{};
  bool sets_verify = false;                // the section has the option "verify"
  bool marks_name_check = false;           // it has OTP's mark for the check of the client's name
  int no_peer_cert_line = 0;               // of {fail_if_no_peer_cert, true}; 0: there is none
  std::string groups_1_2{}, groups_1_3{};  // of eccs and supported_groups
  std::vector<std::string> warnings{};

  void warn(int line, const std::string& text);
};

enum class Place { server, client, both };

enum class Meaning {
  used,     // sets a member of Section
  without,  // has no effect here; a warning says so
  refused,  // the node does not start with it
};

struct SslOption {
  // Checks `value` and puts it into `section`.
  using Use = Outcome (*)(Section& section, const Expression& value);

  std::string_view name;
  Place place;
  Meaning meaning;
  // Of options that are not used: the values that say what this node does anyway, with spaces between them;
  // "*": all. They cause neither a warning nor an error.
  std::string_view harmless;
  std::string_view text;  // without: why; refused: what to write instead
  Use use = nullptr;
};

std::string_view role_name(Role role);

std::span<const SslOption> ssl_options();                 // sorted by name
const SslOption* find_ssl_option(std::string_view name);  // nullptr: unknown
// The name in `names` that differs from `name` by the fewest letters. Empty: none is similar.
std::string_view nearest(std::string_view name, std::span<const std::string_view> names);
std::string_view nearest_ssl_option(std::string_view name);

// Puts the names of cipher suites into ciphers_1_2 and ciphers_1_3 of the settings. `names` has OpenSSL's
// notation, with colons.
void set_ciphers(RoleSettings& settings, std::string_view names);

// Applies one option {Name, Value} to the section it stands in. Errors: configuration.
Outcome apply_ssl_option(Section& section, const Expression& option);

}  // namespace noderuntime::tls
