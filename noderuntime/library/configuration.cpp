#include "noderuntime/library/configuration.h"

#include <charconv>

#include "common/net/host.h"
#include "common/program/environment.h"
#include "noderuntime/node/cookie.h"
#include "noderuntime/node/own_name.h"

namespace noderuntime {

namespace {

Result<std::string> find_cookie(const NodeOptions& options) {
  if (!options.cookie.empty()) return options.cookie;
  if (!options.cookie_file.empty()) return read_cookie_file(options.cookie_file, false);
  auto path = default_cookie_path();
  return path ? read_cookie_file(*path, true) : path;
}

Result<Port> find_epmd_port(const NodeOptions& options) {
  if (options.epmd_port != 0) return Port{options.epmd_port};
  auto text = program::environment("ERL_EPMD_PORT");
  if (!text || text->empty()) return epmd::default_port;
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), port);
  if (error != std::errc{} || end != text->data() + text->size() || port == 0)
    return Error{Errc::configuration, "ERL_EPMD_PORT=" + *text + " is no port"};
  return Port{port};
}

}  // namespace

Result<NodeConfiguration> configuration_of(const NodeOptions& options) {
  NodeConfiguration configuration;
  if (!options.name.empty()) {
    auto host = net::host_name();
    if (!host) return host.error();
    auto name =
        own_node_name(options.name, options.long_name ? NameKind::long_name : NameKind::short_name, *host);
    if (!name) return name.error();
    configuration.name = *name;
  }
  auto cookie = find_cookie(options);
  if (!cookie) return cookie.error();
  auto epmd_port = find_epmd_port(options);
  if (!epmd_port) return epmd_port.error();
  if (options.listen_max != 0 && options.listen_max < options.listen_min)
    return Error{Errc::configuration, "listen_max lies below listen_min"};

  configuration.cookie = *cookie;
  configuration.hidden = options.hidden;
  if (!options.listen_address.empty()) configuration.listen_address = options.listen_address;
  configuration.listen_min = Port{options.listen_min};
  configuration.listen_max = Port{std::max(options.listen_min, options.listen_max)};
  configuration.net_ticktime = options.net_ticktime;
  configuration.setup_time = options.setup_time;
  configuration.epmd_port = *epmd_port;
  configuration.start_epmd = options.start_epmd;
  configuration.code_path = options.code_path;
  configuration.borrow_code = options.borrow_code;
  configuration.peer_atoms = options.peer_atoms;
  configuration.processes = options.processes;
  configuration.tables = options.tables;
  configuration.max_message = options.max_message;
  configuration.max_output = options.max_output;
  return configuration;
}

}  // namespace noderuntime
