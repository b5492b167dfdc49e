#include "noderuntime/command/options.h"

#include <unistd.h>

#include <algorithm>

#include "common/program/logging.h"
#include "noderuntime/node/cookie.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/node/own_name.h"

namespace noderuntime::command {

namespace {
bool has_long_host(std::string_view name) {
  auto at = name.find('@');
  return at != name.npos && name.find_first_of(".:", at) != name.npos;
}
}  // namespace

net::Address::Family CommonOptions::family() const {
  return protocol == "inet6_tcp" ? net::Address::Family::v6 : net::Address::Family::v4;
}

Result<NodeConfiguration> StartOptions::configuration() const {
  NodeConfiguration configuration;
  auto& wanted = !long_name.empty() ? long_name : !short_name.empty() ? short_name : name_of_instance;
  if (wanted.empty()) return Error{Errc::usage, "a node needs --sname or --name"};
  bool is_long = !long_name.empty() || (short_name.empty() && has_long_host(wanted));
  auto name = own_node_name(wanted, is_long ? NameKind::long_name : NameKind::short_name);
  if (!name) return name.error();
  auto cookie = find_cookie(common.cookie, common.cookie_file);
  if (!cookie) return cookie.error();
  auto epmd_port = epmd_port_of_environment();
  if (!epmd_port) return epmd_port.error();
  if (listen_max != 0 && listen_max < listen_min)
    return Error{Errc::usage, "--listen-max lies below --listen-min"};

  configuration.name = *name;
  if (common.log_level == "trace")
    configuration.trace = [](std::string_view line) { program::log_trace(line); };
  configuration.cookie = cookie->text;
  if (!peer_cookies.empty()) {
    auto others = read_peer_cookies(peer_cookies);
    if (!others) return others.error();
    configuration.peer_cookies = std::move(*others);
  }
  configuration.hidden = hidden;
  configuration.family = common.family();
  if (!listen_address.empty()) configuration.listen_address = listen_address;
  configuration.listen_min = Port{listen_min};
  configuration.listen_max = Port{std::max(listen_min, listen_max)};
  configuration.net_ticktime = std::chrono::seconds{ticktime};
  configuration.setup_time = std::chrono::seconds{setup_time};
  configuration.epmd_port = *epmd_port;
  configuration.start_epmd = !no_start_epmd;
  configuration.code_path = code_path;
  configuration.borrow_code = borrow_code == "peers";
  configuration.peer_atoms = peer_atoms;
  configuration.processes = max_processes;
  configuration.max_message = max_message;
  configuration.max_output = max_output;
  configuration.tables = max_tables;
  configuration.table_bytes = max_table_memory;
  return configuration;
}

std::vector<std::string> for_cli11(int count, char** arguments) {
  static const std::vector<std::string> of_erl{"-sname", "-name", "-setcookie", "-hidden", "-proto_dist"};
  std::vector<std::string> all(arguments + 1, arguments + count);
  for (auto& argument : all) {
    if (std::find(of_erl.begin(), of_erl.end(), argument) != of_erl.end())
      argument.insert(0, 1, '-');
    else if (argument.starts_with('[') && argument.ends_with(']'))
      argument.insert(0, 1, ' ');
    if (argument == "--proto_dist") argument = "--proto-dist";
  }
  return all;
}

}  // namespace noderuntime::command
