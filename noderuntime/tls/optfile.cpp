#include "noderuntime/tls/optfile.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/program/logging.h"
#include "noderuntime/tls/expression.h"
#include "noderuntime/tls/ssl_options.h"

namespace noderuntime::tls {

namespace {

using Kind = Expression::Kind;

constexpr std::size_t longest_shown_name = 60;  // of a name, in messages
constexpr const char* form = "the file has the form [{server, [...]}, {client, [...]}].";

// The name of an option, if `option` has the form of one.
const std::string* option_name(const Expression& option) {
  bool is_one = option.kind == Kind::tuple && option.parts.size() == 2 && option.parts[0].kind == Kind::atom;
  return is_one ? &option.parts[0].text : nullptr;
}

// Of options with the same name, the last one holds, as on OTP 25 to 29.
std::map<std::string, const Expression*, std::less<>> last_of_each(const Expression& options) {
  std::map<std::string, const Expression*, std::less<>> last;
  for (const auto& option : options.parts)
    if (const auto* name = option_name(option)) last[*name] = &option;
  return last;
}

Outcome read_options(Section& section, const Expression& options) {
  if (options.kind != Kind::list) return wrong_at(options.line, std::string{"options are a list: "} + form);
  auto last = last_of_each(options);
  const Expression* certs_keys = nullptr;  // applied at the end, because it replaces others
  for (const auto& option : options.parts) {
    const auto* name = option_name(option);
    if (name && last[*name] != &option) {
      section.warn(option.line, program::printable(*name, longest_shown_name) + " stands here and in line " +
                                    std::to_string(last[*name]->line) + ": the latter holds, as on OTP");
      continue;
    }
    if (name && *name == "certs_keys") {
      certs_keys = &option;
      continue;
    }
    if (auto applied = apply_ssl_option(section, option); !applied) return applied;
  }
  return certs_keys ? apply_ssl_option(section, *certs_keys) : Outcome{done};
}

// Groups of TLS 1.3, which OTP lists apart, and then the others.
std::string joined_groups(const Section& section) {
  std::string joined = section.groups_1_3;
  std::string_view rest = section.groups_1_2;
  while (!rest.empty()) {
    std::string name{rest.substr(0, rest.find(':'))};
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if ((":" + joined + ":").find(":" + name + ":") == std::string::npos)
      joined += (joined.empty() ? "" : ":") + name;
  }
  return joined;
}

// What follows from several options, or from an absent one.
Outcome complete(Section& section, int line) {
  auto& settings = section.settings;
  settings.groups = joined_groups(section);
  if (!section.sets_verify)
    section.warn(
        line,
        section.role == Role::server
            ? "the server section has no verify: peers must have a certificate; on OTP they need none"
            : "the client section has no verify: peers must prove themselves; on OTP 25 and earlier they "
              "need not");
  if (section.no_peer_cert_line != 0 && !settings.verify_peer)
    return wrong_at(
        section.no_peer_cert_line,
        "fail_if_no_peer_cert demands a certificate that verify_none does not check: write {verify, "
        "verify_peer}");
  return done;
}

std::optional<Role> role_of(const Expression& name) {
  if (name.is_atom("server")) return Role::server;
  if (name.is_atom("client")) return Role::client;
  return std::nullopt;
}

Error unknown_section(const Expression& name) {
  constexpr std::array<std::string_view, 2> names = {"server", "client"};
  std::string shown =
      name.kind == Kind::atom ? program::printable(name.text, longest_shown_name) + " is no section" : "";
  auto similar = name.kind == Kind::atom ? nearest(name.text, names) : std::string_view{};
  if (!similar.empty()) return wrong_at(name.line, shown + ": did you mean " + std::string{similar} + "?");
  return wrong_at(name.line, (shown.empty() ? "" : shown + ": ") + form);
}

struct Sections {
  std::optional<Section> server, client;
  std::vector<std::string> warnings;

  std::optional<Section>& of(Role role) { return role == Role::server ? server : client; }
};

Result<Sections> read_sections(const Expression& file) {
  if (file.kind != Kind::list) return wrong_at(file.line, form);
  Sections sections;
  for (const auto& part : file.parts) {
    if (part.kind != Kind::tuple || part.parts.size() != 2) return wrong_at(part.line, form);
    auto role = role_of(part.parts[0]);
    if (!role) return unknown_section(part.parts[0]);
    auto& section = sections.of(*role);
    if (section)
      sections.warnings.push_back("line " + std::to_string(part.line) +
                                  ": this section replaces the earlier one of "
                                  "the same name, as on OTP");
    section = Section{.role = *role};
    if (auto read = read_options(*section, part.parts[1]); !read) return read.error();
    if (auto completed = complete(*section, part.line); !completed) return completed.error();
  }
  if (!sections.server && !sections.client) return wrong_at(file.line, form);
  return sections;
}

// The section that is missing gets what the other one has to prove itself and to check peers.
void fill_missing(Sections& sections) {
  for (auto role : {Role::server, Role::client}) {
    auto &missing = sections.of(role),
         &present = sections.of(role == Role::server ? Role::client : Role::server);
    if (missing) continue;
    missing = Section{.role = role};
    auto& to = missing->settings;
    const auto& from = present->settings;
    to.certificate_file = from.certificate_file;
    to.key_file = from.key_file;
    to.key_password = from.key_password;
    to.authorities_file = from.authorities_file;
    to.crl_check = from.crl_check;
    to.crl_directory = from.crl_directory;
    missing->warn(1, "there is no " + std::string{role_name(role)} +
                         " section: the certificate, the authorities and the revocation lists of the " +
                         std::string{role_name(present->role)} + " section are used");
  }
}

// Warnings of both sections. A warning that both have stands there once.
std::vector<std::string> all_warnings(const Sections& sections) {
  std::vector<std::string> all = sections.warnings;
  std::set<std::string, std::less<>> known;
  for (const auto* section : {&*sections.server, &*sections.client})
    for (const auto& warning : section->warnings)
      if (known.insert(warning.substr(warning.find(": "))).second) all.push_back(warning);
  return all;
}

}  // namespace

Result<Settings> parse_optfile(std::string_view text) {
  auto file = read_expression(text);
  if (!file) return file.error();
  auto sections = read_sections(*file);
  if (!sections) return sections.error();
  fill_missing(*sections);
  return Settings{.server = std::move(sections->server->settings),
                  .client = std::move(sections->client->settings),
                  .check_names = sections->server->marks_name_check,
                  .warnings = all_warnings(*sections)};
}

}  // namespace noderuntime::tls
