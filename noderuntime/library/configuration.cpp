#include "noderuntime/library/configuration.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "noderuntime/files/confined_directory.h"
#include "noderuntime/membership/hosts_file.h"
#include "noderuntime/node/cookie.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/node/own_name.h"
#include "noderuntime/tls/credentials.h"

namespace noderuntime {

namespace {

template <class Number>
std::string text_of(Number number) {
  return std::to_string(number);
}
template <class Count, class Period>
std::string text_of(std::chrono::duration<Count, Period> time) {
  return std::to_string(std::chrono::milliseconds{time}.count()) + " ms";
}

// The first option whose value its row does not allow.
std::optional<Error> out_of_bounds(const NodeOptions& options) {
  std::optional<Error> found;
  for_each_row(options, [&](const auto& row, auto& value) {
    if (!found && !row.allows(value))
      found = Error{Errc::configuration, std::string{row.member} + " is " + text_of(value) + ", not " +
                                             text_of(row.least) + " to " + text_of(row.most)};
  });
  return found;
}

constexpr std::size_t most_of_hosts_file = std::size_t{1} << 20;  // bytes
constexpr std::size_t most_hosts = 1'024;

Result<std::vector<std::string>> read_hosts_file(const std::string& file) {
  std::ifstream stream{file};
  if (!stream) return Error{Errc::configuration, file + ": it cannot be read"};
  std::string text(most_of_hosts_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  auto hosts = membership::hosts_in(text, file);
  if (hosts && (text.size() > most_of_hosts_file || hosts->size() > most_hosts))
    return Error{Errc::configuration, file + ": more than " + std::to_string(most_hosts) + " hosts"};
  return hosts;
}

// What `options` say about other nodes: which to join, and which to let in.
Outcome set_membership(NodeConfiguration& configuration, const NodeOptions& options) {
  auto allow_list = membership::AllowList::parse(options.allow);
  if (!allow_list) return allow_list.error();
  configuration.allow_list = std::move(*allow_list);
  std::vector<std::string> hosts;
  if (!options.join.hosts_file.empty()) {
    auto read = read_hosts_file(options.join.hosts_file);
    if (!read) return read.error();
    hosts = std::move(*read);
  }
  bool joins =
      !options.join.nodes.empty() || !options.join.dns.empty() || !hosts.empty() || options.join_wait > 0;
  if (!joins) return done;
  if (!configuration.full_name) return Error{Errc::configuration, "a node without a name joins no others"};
  auto plan = membership::plan_of(options.join, options.join_wait, *configuration.full_name, hosts);
  if (!plan) return plan.error();
  configuration.join_plan = std::move(*plan);
  return done;
}

Result<std::shared_ptr<FileSystem>> file_system_of(const NodeOptions& options) {
  std::string_view directory = options.files;
  bool writable = directory.ends_with(":rw");
  if (writable || directory.ends_with(":ro")) directory.remove_suffix(3);
  auto opened =
      files::ConfinedDirectory::open(std::string{directory}, writable,
                                     {.open_files = options.open_files, .most_at_once = options.file_read});
  if (!opened) return opened.error();
  return std::shared_ptr<FileSystem>{std::move(*opened)};
}

}  // namespace

Result<NodeConfiguration> configuration_of(const NodeOptions& options) {
  if (auto error = out_of_bounds(options)) return *error;
  NodeConfiguration configuration{options};
  if (!options.name.empty()) {
    auto name = own_node_name(options.name, options.long_name ? NameKind::long_name : NameKind::short_name);
    if (!name) return name.error();
    configuration.full_name = *name;
  }
  if (auto outcome = set_membership(configuration, options); !outcome) return outcome.error();
  auto cookie = find_cookie(options.cookie, options.cookie_file);
  if (!cookie) return cookie.error();
  configuration.cookie = cookie->text;
  if (options.epmd_port == 0) {
    auto port = epmd_port_of_environment();
    if (!port) return port.error();
    configuration.epmd_port = port->value();
  }
  if (options.listen_max != 0 && options.listen_max < options.listen_min)
    return Error{Errc::configuration, "listen_max lies below listen_min"};
  if (options.tls.enabled) {
    auto credentials = tls::Credentials::load(options.tls);
    if (!credentials) return credentials.error();
    bool serves = options.publish && !options.name.empty();
    if (serves && (*credentials)->settings().server.certificate_file.empty())
      return Error{Errc::configuration,
                   "a node that others connect to over TLS needs a certificate: --tls-cert"};
    configuration.credentials = std::move(*credentials);
  }
  if (!options.files.empty()) {
    auto files = file_system_of(options);
    if (!files) return files.error();
    configuration.file_system = std::move(*files);
  }
  configuration.listen_max = std::max(options.listen_min, options.listen_max);
  if (options.common_port != 0) {
    if (options.listen_min != 0 && options.listen_min != options.common_port)
      return Error{Errc::configuration,
                   "a node that is found at the port of all listens there, and nowhere else"};
    configuration.listen_min = configuration.listen_max = options.common_port;
    configuration.start_epmd = false;
  }
  for (auto& [node, address] : options.addresses) {
    if (auto name = NodeName::parse(node); !name) return name.error();
    if (auto at = net::HostAndPort::parse(address); !at) return at.error();
  }
  return configuration;
}

}  // namespace noderuntime
