// The options that all verbs share, and erl's spellings of them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/program/memory.h"
#include "noderuntime/node/configuration.h"

namespace CLI {
class App;
}

namespace noderuntime::command {

// The typed options about cookies and logging, which every verb has.
struct CommonOptions {
  std::string cookie, cookie_file, log_level = "info", protocol = "inet_tcp";
  void add_to(CLI::App& app);
  net::Address::Family family() const;
};

struct StartOptions {
  CommonOptions common;
  std::string short_name, long_name, name_of_instance, conf_file, peer_cookies;
  bool hidden = false, no_start_epmd = false, echo = false;
  std::string listen_address;
  std::uint16_t listen_min = 0, listen_max = 0;
  unsigned ticktime = 60, setup_time = 7, poll_time = 100;
  std::vector<std::string> code_path;
  std::string borrow_code = "peers";
  std::uint32_t max_atoms = 1'048'576, peer_atoms = 500'000, max_processes = 262'144;
  std::size_t max_message = 0x7FFFFFFF, max_output = std::size_t{256} << 20;
  std::size_t max_tables = NodeConfiguration{}.tables;
  std::size_t max_memory = program::available_memory() / 4 * 3,
              max_table_memory = program::available_memory() / 2;
  void add_to(CLI::App& app);
  Result<NodeConfiguration> configuration() const;
};

// The arguments in CLI11's syntax: erl's -sname, -name, -setcookie, -hidden and -proto_dist get two dashes, and
// [1,2] a blank in front, because CLI11 would split it into two words.
std::vector<std::string> for_cli11(int count, char** arguments);

}  // namespace noderuntime::command
