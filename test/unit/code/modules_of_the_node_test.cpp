// Claims about the modules that belong to the node and are never borrowed: OTP's own, by their exact names,
// and no others.
#include "noderuntime/code/modules_of_the_node.h"

#include "test/unit/catch.h"
#include "test/unit/paths.h"

#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// The modules of OTP that data/otp_modules.tsv lists, each with its application.
std::map<std::string, std::string> otp_modules() {
  std::ifstream in{source_directory() + "/test/unit/code/data/otp_modules.tsv"};
  std::map<std::string, std::string> found;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields{line};
    std::string name, application;
    fields >> name >> application;
    found[name] = application;
  }
  return found;
}

}  // namespace

TEST_CASE("modules of the node: each is a module of OTP", "[code]") {
  auto modules = otp_modules();
  REQUIRE(modules.size() > 100);
  for (auto& row : modules_of_the_node) {
    CAPTURE(row.name);
    CHECK(modules.contains(std::string{row.name}));
    CHECK(speaks_for_the_node(row.name));
  }
}

TEST_CASE("modules of the node: a fixed list of modules of kernel and erts may be borrowed", "[code]") {
  std::set<std::string> lent;
  for (auto& [name, application] : otp_modules())
    if (!speaks_for_the_node(name)) lent.insert(name);
  const std::set<std::string> expected{"auth",
                                       "data_publisher",
                                       "disk_log",
                                       "disk_log_1",
                                       "disk_log_server",
                                       "disk_log_sup",
                                       "dist_ac",
                                       "dist_util",
                                       "erl_boot_server",
                                       "erl_compile_server",
                                       "erl_ddll",
                                       "erl_debugger",
                                       "erl_distribution",
                                       "erl_erts_errors",
                                       "erl_kernel_errors",
                                       "erl_reply",
                                       "erl_signal_handler",
                                       "erpc",
                                       "file_io_server",
                                       "gen_sctp",
                                       "gen_tcp",
                                       "gen_tcp_socket",
                                       "gen_udp",
                                       "gen_udp_socket",
                                       "group",
                                       "heart",
                                       "inet_dns",
                                       "inet_dns_tsig",
                                       "inet_parse",
                                       "kernel",
                                       "kernel_config",
                                       "kernel_refc",
                                       "local_tcp",
                                       "local_udp",
                                       "logger_formatter",
                                       "net",
                                       "pg",
                                       "pg2",
                                       "ram_file",
                                       "raw_file_io",
                                       "raw_file_io_compressed",
                                       "raw_file_io_deflate",
                                       "raw_file_io_delayed",
                                       "raw_file_io_inflate",
                                       "raw_file_io_list",
                                       "rpc",
                                       "seq_trace",
                                       "standard_error",
                                       "trace",
                                       "wrap_log_reader"};
  CHECK(lent == expected);
}

TEST_CASE("modules of the node: users' modules do not belong to it, whatever their names begin with",
          "[code]") {
  for (auto name :
       {"code_lock", "net_stats", "logger_json", "application_x", "inetutil", "prim_math", "erts_foo",
        "inets", "inets_app", "code_", "net_", "inet6", "Elixir.Logger", "timers", "users", ""})
    CHECK_FALSE(speaks_for_the_node(name));
  for (auto& row : modules_of_the_node) {
    std::string name{row.name};
    CAPTURE(name);
    CHECK_FALSE(speaks_for_the_node(name + "_of_mine"));
    CHECK_FALSE(speaks_for_the_node("my_" + name));
    CHECK_FALSE(speaks_for_the_node(name + std::string(1, '\0')));
  }
}
