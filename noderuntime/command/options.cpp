#include "noderuntime/command/options.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/program/logging.h"
#include "noderuntime/library/configuration.h"
#include "noderuntime/node/cookie.h"

namespace noderuntime::command {

namespace {
bool has_long_host(std::string_view name) {
  auto at = name.find('@');
  return at != name.npos && name.find_first_of(".:", at) != name.npos;
}

// Lines NODE HOST:PORT; empty ones, and those that begin with #, are skipped.
Result<std::map<std::string, std::string, std::less<>>> read_addresses(const std::string& path) {
  std::ifstream file{path};
  if (!file) return Error{Errc::configuration, path + ": " + std::strerror(errno)};
  std::map<std::string, std::string, std::less<>> addresses;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words{line};
    std::string node, address, more;
    if (!(words >> node) || node.front() == '#') continue;
    if (!(words >> address) || words >> more || !NodeName::parse(node) || !net::HostAndPort::parse(address))
      return Error{Errc::configuration,
                   path + ", line " + std::to_string(number) + ": it is not NODE HOST:PORT"};
    addresses[node] = address;
  }
  return addresses;
}
}  // namespace

net::Address::Family CommonOptions::family() const {
  return protocol.starts_with("inet6") ? net::Address::Family::v6 : net::Address::Family::v4;
}

bool CommonOptions::secure() const { return protocol.ends_with("_tls"); }

Outcome CommonOptions::set(NodeOptions& node) const {
  node.cookie = cookie;
  node.cookie_file = cookie_file;
  node.ipv6 = family() == net::Address::Family::v6;
  node.tls = tls;
  node.tls.enabled = secure();
  node.common_port = common_port;
  node.use_epmd = !no_epmd;
  if (peers_file.empty()) return done;
  auto addresses = read_addresses(peers_file);
  if (!addresses) return addresses.error();
  node.addresses = std::move(*addresses);
  return done;
}

Result<NodeOptions> StartOptions::node_options() const {
  auto& wanted = !long_name.empty() ? long_name : !short_name.empty() ? short_name : name_of_instance;
  if (wanted.empty()) return Error{Errc::usage, "a node needs --sname or --name"};
  if (node.listen_max != 0 && node.listen_max < node.listen_min)
    return Error{Errc::usage, "--listen-max lies below --listen-min"};

  NodeOptions options = node;
  options.name = wanted;
  options.long_name = !long_name.empty() || (short_name.empty() && has_long_host(wanted));
  if (auto set = common.set(options); !set) return set.error();
  if (listen_port != 0) options.listen_min = options.listen_max = listen_port;
  if (!peer_cookies.empty()) {
    auto others = read_peer_cookies(peer_cookies);
    if (!others) return others.error();
    options.peer_cookies = std::move(*others);
  }
  if (common.log_level == "trace") options.trace = [](std::string_view line) { program::log_trace(line); };
  return options;
}

Result<NodeConfiguration> StartOptions::configuration() const {
  auto options = node_options();
  return options ? configuration_of(*options) : options.error();
}

std::vector<std::string> for_cli11(int count, char** arguments) {
  static const std::vector<std::string> of_erl{
      "-sname", "-name", "-setcookie", "-hidden", "-proto_dist", "-ssl_dist_optfile", "-erl_epmd_port"};
  std::vector<std::string> all(arguments + 1, arguments + count);
  for (auto& argument : all) {
    if (std::find(of_erl.begin(), of_erl.end(), argument) != of_erl.end())
      argument.insert(0, 1, '-');
    else if (argument.starts_with('[') && argument.ends_with(']'))
      argument.insert(0, 1, ' ');
    if (argument == "--proto_dist" || argument == "--ssl_dist_optfile" || argument == "--erl_epmd_port")
      std::replace(argument.begin(), argument.end(), '_', '-');
  }
  return all;
}

}  // namespace noderuntime::command
