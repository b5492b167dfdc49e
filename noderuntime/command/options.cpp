#include "noderuntime/command/options.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>

#include "common/net/host.h"
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

void CommonOptions::add_to(CLI::App& app) {
  auto* itself =
      app.add_option("--setcookie", cookie, "the cookie itself (visible to other users: prefer a file)");
  app.add_option("--cookie-file", cookie_file, "a file with the cookie, readable by its owner only")
      ->excludes(itself);
  app.add_option("--proto-dist", protocol, "inet_tcp: IPv4 addresses first; inet6_tcp: IPv6 addresses first")
      ->check(CLI::IsMember({"inet_tcp", "inet6_tcp"}))
      ->capture_default_str();
  app.add_option("--log-level", log_level, "error, warning, info, debug or trace")->capture_default_str();
}

net::Address::Family CommonOptions::family() const {
  return protocol == "inet6_tcp" ? net::Address::Family::v6 : net::Address::Family::v4;
}

void StartOptions::add_to(CLI::App& app) {
  auto* by_short = app.add_option("--sname", short_name, "short name: NAME or NAME@HOST, host without dots");
  auto* by_long = app.add_option("--name", long_name, "long name: NAME@HOST.DOMAIN")->excludes(by_short);
  app.add_option("--node", name_of_instance, "a long name if its host has a dot, else a short one")
      ->excludes(by_short)
      ->excludes(by_long);
  app.add_option("--conf-file", conf_file,
                 "a file of more options, one in a line: NAME VALUE; -FILE: if it exists");
  common.add_to(app);
  app.add_option(
      "--peer-cookies", peer_cookies,
      "a file of lines NODE COOKIE, for nodes that have another cookie; readable by its owner only");
  app.add_flag("--hidden", hidden, "a hidden node: no part of the mesh and of global");
  app.add_option("--listen-address", listen_address, "numeric address to listen on (default: all)");
  auto* least = app.add_option("--listen-min", listen_min, "first port to try");
  app.add_option("--listen-max", listen_max, "last port to try (default: the first)")->needs(least);
  app.add_option("--net-ticktime", ticktime, "seconds without a sign of life after which a node is down")
      ->capture_default_str()
      ->check(CLI::Range(4u, 86'400u));
  app.add_option("--setup-time", setup_time, "seconds for each step of making a connection")
      ->capture_default_str()
      ->check(CLI::Range(1u, 120u));
  app.add_flag("--no-start-epmd", no_start_epmd, "fail when no epmd answers, instead of starting one");
  app.add_option("--code-path", code_path, "directory with .beam files (repeatable)");
  app.add_option("--borrow-code", borrow_code,
                 "peers: modules that we lack come from the peer that calls; none")
      ->check(CLI::IsMember({"peers", "none"}))
      ->capture_default_str();
  app.add_option("--poll-time", poll_time,
                 "microseconds to look for the next question before sleeping, while somebody waits for each "
                 "answer; 0: never")
      ->capture_default_str()
      ->check(CLI::Range(0u, 10'000u));
  app.add_option("--max-atoms", max_atoms, "atoms of the node")->capture_default_str();
  app.add_option("--peer-atoms", peer_atoms, "atoms that one peer may add")->capture_default_str();
  app.add_option("--max-processes", max_processes, "processes of the node")->capture_default_str();
  app.add_option("--max-message", max_message, "bytes of a message that a peer sends (64MB, 2GB …)")
      ->transform(CLI::AsSizeValue{false})
      ->check(CLI::Range(std::size_t{64} << 10, std::size_t{0x7FFFFFFF}))
      ->capture_default_str();
  app.add_option("--max-output", max_output, "bytes that a peer leaves unread before its connection ends")
      ->transform(CLI::AsSizeValue{false})
      ->check(CLI::Range(std::size_t{4} << 20, std::size_t{1} << 40))
      ->capture_default_str();
  app.add_option("--max-tables", max_tables, "ets tables of the node")->capture_default_str();
  app.add_option("--max-memory", max_memory,
                 "bytes that processes and peers make the node hold; the largest ends above it")
      ->transform(CLI::AsSizeValue{false})
      ->check(CLI::Range(std::size_t{16} << 20, std::size_t{1} << 60))
      ->capture_default_str();
  app.add_option("--max-table-memory", max_table_memory, "bytes of the objects of all ets tables")
      ->transform(CLI::AsSizeValue{false})
      ->capture_default_str();
  app.add_flag("--echo", echo, "register a native process `echo` that answers {Pid, Term} with Term");
}

Result<NodeConfiguration> StartOptions::configuration() const {
  NodeConfiguration configuration;
  auto& wanted = !long_name.empty() ? long_name : !short_name.empty() ? short_name : name_of_instance;
  if (wanted.empty()) return Error{Errc::usage, "a node needs --sname or --name"};
  auto host = net::host_name();
  if (!host) return host.error();
  bool is_long = !long_name.empty() || (short_name.empty() && has_long_host(wanted));
  auto name = own_node_name(wanted, is_long ? NameKind::long_name : NameKind::short_name, *host);
  if (!name) return name.error();
  auto cookie = find_cookie(common.cookie, common.cookie_file);
  if (!cookie) return cookie.error();
  auto epmd_port = epmd_port_of_environment();
  if (!epmd_port) return epmd_port.error();
  if (listen_max != 0 && listen_max < listen_min)
    return Error{Errc::usage, "--listen-max lies below --listen-min"};

  configuration.name = *name;
  if (common.log_level == "trace")
    configuration.trace = [](std::string_view line) { spdlog::trace("{}", line); };
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

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::duration<double>& value,
                          const std::string& text) {
  CLI::callback_t take = [&value](const CLI::results_t& typed) {
    static const std::map<std::string, double> units{{"", 1},   {"ms", 0.001}, {"s", 1},
                                                     {"m", 60}, {"min", 60},   {"h", 3600}};
    char* unit = nullptr;
    double number = std::strtod(typed[0].c_str(), &unit);
    auto found = units.find(unit);
    if (unit == typed[0].c_str() || found == units.end() || !(number >= 0) || number > 1e9) return false;
    value = std::chrono::duration<double>{number * found->second};
    return true;
  };
  auto* option = app.add_option(name, take, text)->type_name("DURATION");
  return value.count() > 0 ? option->default_str(CLI::detail::to_string(value.count()) + "s") : option;
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
