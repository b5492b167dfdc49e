// The options that all verbs share, and erl's spellings of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <noderuntime/node_options.h>
#include "common/net/address.h"
#include "common/program/memory.h"
#include "noderuntime/node/configuration.h"

namespace CLI {
class App;
}

namespace noderuntime::command {

// TLS and passwords of what is served by HTTP, as typed.
struct WebOptions {
  std::string certificate, key, password_file;
  void add_to(CLI::App& app);
};

// The typed options about cookies, addresses and logging, which every verb has.
struct CommonOptions {
  std::string cookie, cookie_file, log_level = "info", protocol = "inet_tcp";
  std::string peers_file;
  std::uint16_t common_port = 0;
  bool no_epmd = false;
  TlsOptions tls;  // but for `enabled`, which is part of `protocol`
  void add_to(CLI::App& app);
  void add_tls_to(CLI::App& app);
  net::Address::Family family() const;
  bool secure() const;  // with TLS
  // What was typed about cookies, addresses and TLS. Error configuration: the file of addresses.
  Outcome set(NodeOptions& node) const;
};

// The numbers among the options of `noderuntime start` that belong to the program, not to the node. The columns
// are those of NODERUNTIME_NODE_LIMITS (node_options.h).
#define NODERUNTIME_PROGRAM_OPTIONS(X)                                                                   \
  X(poll_time, std::uint32_t, 100, 0, 10'000, microseconds, "--poll-time",                               \
    "microseconds to look for the next question before sleeping, while somebody waits for each "         \
    "answer; 0: never")                                                                                  \
  X(metrics_peers, std::uint32_t, 100, 0, 10'000, number, "--metrics-peers",                             \
    "peers that have metrics of their own; the others are added up")                                     \
  X(max_atoms, std::uint32_t, 1'048'576, 0, UINT32_MAX, number, "--max-atoms", "atoms of the node")      \
  X(max_memory, std::size_t, program::available_memory() / 4 * 3, 16 << 20, std::size_t{1} << 60, bytes, \
    "--max-memory", "bytes that processes and peers make the node hold; the largest ends above it")

struct StartOptions {
  CommonOptions common;
  std::string short_name, long_name, name_of_instance, conf_file, peer_cookies;
  std::string metrics;  // ADDRESS:PORT; empty: nothing listens
  WebOptions web;       // of the metrics
  std::uint16_t listen_port = 0;
  bool echo = false;
  // What is typed about names and cookies, and with `common`, is set by configuration().
  NodeOptions node{.table_bytes = program::available_memory() / 2};
  NODERUNTIME_PROGRAM_OPTIONS(NODERUNTIME_OPTION_MEMBER)
  void add_to(CLI::App& app);
  void add_node_to(CLI::App& app);  // all but what belongs to the verb `start` alone
  // What was typed, completed; error usage also: there is no name.
  Result<NodeOptions> node_options() const;
  Result<NodeConfiguration> configuration() const;
};

// Calls visit(row, member) for each row of the node and each of the program.
template <class Visitor>
void for_each_row(StartOptions& options, Visitor visit) {
  for_each_row(options.node, visit);
  NODERUNTIME_PROGRAM_OPTIONS(NODERUNTIME_OPTION_VISIT)
}

// The arguments in CLI11's syntax: erl's -sname, -name, -setcookie, -hidden and -proto_dist get two dashes, and
// [1,2] a blank in front, because CLI11 would split it into two words.
std::vector<std::string> for_cli11(int count, char** arguments);

}  // namespace noderuntime::command
