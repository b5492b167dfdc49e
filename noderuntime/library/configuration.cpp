#include "noderuntime/library/configuration.h"

#include <algorithm>

#include "noderuntime/node/cookie.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/node/own_name.h"

namespace noderuntime {

Result<NodeConfiguration> configuration_of(const NodeOptions& options) {
  NodeConfiguration configuration;
  if (!options.name.empty()) {
    auto name = own_node_name(options.name, options.long_name ? NameKind::long_name : NameKind::short_name);
    if (!name) return name.error();
    configuration.name = *name;
  }
  auto cookie = find_cookie(options.cookie, options.cookie_file);
  if (!cookie) return cookie.error();
  auto epmd_port = options.epmd_port != 0 ? Port{options.epmd_port} : epmd_port_of_environment();
  if (!epmd_port) return epmd_port.error();
  if (options.listen_max != 0 && options.listen_max < options.listen_min)
    return Error{Errc::configuration, "listen_max lies below listen_min"};

  configuration.cookie = cookie->text;
  configuration.hidden = options.hidden;
  if (options.ipv6) configuration.family = net::Address::Family::v6;
  configuration.publish = options.publish;
  configuration.trace = options.trace;
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
  configuration.table_bytes = options.table_bytes;
  configuration.max_message = options.max_message;
  configuration.max_output = options.max_output;
  return configuration;
}

}  // namespace noderuntime
