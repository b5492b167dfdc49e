// The options of a node.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/join_options.h>
#include <noderuntime/tls_options.h>

namespace noderuntime {

// What the number of an option counts. On a command line bytes may be typed as 64MB or 1GB.
enum class Unit { number, bytes, seconds, microseconds };

// The options that are numbers: one row each, in the order of their members in NodeOptions.
//
//   X(member, type, default, least, most, unit, option, text)
//
//   default, least, most  values of `type`, so 7'000 for 7 seconds in std::chrono::milliseconds.
//                         LocalNode::create() and the command line refuse a value below least or above most.
//   unit                  what is typed on the command line
//   option, text          of `noderuntime start`: its command line, conf files, --help and completions
//
// docs/operating.md and the manual page repeat option, default, least and most; test/documents/options
// compares them.
#define NODERUNTIME_NODE_TIMES(X)                                                          \
  X(net_ticktime, std::chrono::seconds, 60, 4, 86'400, seconds, "--net-ticktime",          \
    "seconds without a sign of life after which a node is down")                           \
  X(setup_time, std::chrono::milliseconds, 7'000, 1'000, 120'000, seconds, "--setup-time", \
    "seconds for each step of making a connection")                                        \
  X(stop_time, std::chrono::seconds, 60, 1, 86'400, seconds, "--stop-time",                \
    "seconds that applications may take to stop, when the node ends")

// peer_atoms counts for each connection; set_atom_limit() bounds the atoms of the program. max_output does not
// count the largest message that waits.
#define NODERUNTIME_NODE_LIMITS(X)                                                                      \
  X(peer_atoms, std::uint32_t, 500'000, 0, UINT32_MAX, number, "--peer-atoms",                          \
    "atoms that one peer may add")                                                                      \
  X(processes, std::uint32_t, 262'144, 16, 1 << 28, number, "--max-processes", "processes of the node") \
  X(join_wait, std::uint32_t, 0, 0, 1'000, number, "--join-wait",                                       \
    "other nodes that must be connected before the node says that it is up")                            \
  X(tables, std::size_t, 262'144, 0, SIZE_MAX, number, "--max-tables", "ets tables of the node")        \
  X(table_bytes, std::size_t, SIZE_MAX, 0, SIZE_MAX, bytes, "--max-table-memory",                       \
    "bytes of the objects of all ets tables")                                                           \
  X(open_files, std::size_t, 4'096, 1, 1 << 20, number, "--max-files",                                  \
    "files that code may have open (--files)")                                                          \
  X(file_operations, std::size_t, 10'000, 1, 1 << 28, number, "--max-file-operations",                  \
    "uses of files that run or wait")                                                                   \
  X(file_read, std::size_t, 256 << 20, 64 << 10, std::size_t{1} << 40, bytes, "--max-file-read",        \
    "bytes that one call reads from a file")                                                            \
  X(max_message, std::size_t, 0x7FFF'FFFF, 64 << 10, 0x7FFF'FFFF, bytes, "--max-message",               \
    "bytes of a message that a peer sends (64MB, 1GB …)")                                               \
  X(max_output, std::size_t, 256 << 20, 4 << 20, std::size_t{1} << 40, bytes, "--max-output",           \
    "bytes that a peer leaves unread before its connection ends")

// What becomes of a row: a member of a struct of options, and a call of a visitor.
#define NODERUNTIME_OPTION_MEMBER(member, type, value, least, most, unit, option, text) type member{value};
#define NODERUNTIME_OPTION_VISIT(member, type, value, least, most, unit, option, text)                      \
  visit(::noderuntime::OptionRow<type>{#member, type{least}, type{most}, ::noderuntime::Unit::unit, option, \
                                       text},                                                               \
        options.member);

// The options of a node, as `noderuntime start` has them (docs/operating.md). The defaults are the same, but that
// table_bytes has no bound here; of the command line it is half of the memory that the node can have.
struct NodeOptions {
  std::string name{};      // NAME or NAME@HOST; empty: the first node that it connects to names it
  bool long_name = false;  // true: the host has a dot, as with erl -name; false: none, as with erl -sname
  std::string cookie{};    // empty: from cookie_file
  // A file that only its owner may read. Empty: $HOME/.erlang.cookie, created if it does not exist.
  std::string cookie_file{};
  // The cookies of nodes that have another one, by their full names.
  std::map<std::string, std::string, std::less<>> peer_cookies{};
  bool hidden = false;  // true: not part of the mesh and of global
  bool publish = true;  // false: a node with a name does not listen, and epmd does not list it

  bool ipv6 = false;  // as erl -proto_dist inet6_tcp; IPv4 comes second
  TlsOptions tls{};   // none, unless tls.enabled
  // Numeric; all have the same port. Empty: all IPv4 addresses, with ipv6 all of both.
  std::vector<std::string> listen_addresses{};
  std::uint16_t listen_min = 0, listen_max = 0;  // host byte order; 0: any free port

  // Sockets that listen already, in place of the above; the node closes them. create() takes them also when it
  // fails.
  std::vector<int> listen_descriptors{};
  std::uint16_t advertised_port = 0;  // what epmd tells others, for port mappings; 0: the port it listens on

  NODERUNTIME_NODE_TIMES(NODERUNTIME_OPTION_MEMBER)  // net_ticktime to stop_time, as their rows say

  JoinOptions join{};                // nodes to connect to by itself
  std::vector<std::string> allow{};  // who may connect: NAME@HOST, @HOST, 10.0.0.0/8; empty: everybody

  std::uint16_t epmd_port = 0;  // 0: ERL_EPMD_PORT of the environment, or 4369
  bool start_epmd = true;       // whether to start epmd if none answers
  bool use_epmd = true;         // false: nobody is asked for ports, and the name is registered nowhere
  // As erl -erl_epmd_port: it listens there, and all other nodes are there, so no epmd is asked. It registers if an
  // epmd answers. 0: no.
  std::uint16_t common_port = 0;
  // HOST:PORT of nodes by their full names, for which no epmd is asked.
  std::map<std::string, std::string, std::less<>> addresses{};

  std::vector<std::string> code_path{};  // directories of .beam files
  bool borrow_code = true;               // fetch modules that peers call and this node lacks from these peers

  // The files that code may use: DIRECTORY or DIRECTORY:ro to read what is below it, DIRECTORY:rw to change it as well.
  // Empty: none.
  std::string files{};

  // Applications to start, and those that they need, each by its NAME.app on the code path. A node is up when they
  // run, and fails with not_started if one cannot start; if one ends later, the node ends with status 1.
  std::vector<std::string> applications{};

  NODERUNTIME_NODE_LIMITS(NODERUNTIME_OPTION_MEMBER)  // peer_atoms to max_output, as their rows say

  // Gets each signal to and from other nodes, as a line of text.
  std::function<void(std::string_view)> trace{};
};

// A row without its default, which is the member's.
template <class Type>
struct OptionRow {
  const char* member;
  Type least, most;
  Unit unit;
  const char *option, *text;

  bool allows(Type value) const { return least <= value && value <= most; }
};

// Calls visit(row, member) for each row above, with the member of `options`.
template <class Options, class Visitor>
void for_each_row(Options& options, Visitor visit) {
  NODERUNTIME_NODE_TIMES(NODERUNTIME_OPTION_VISIT)
  NODERUNTIME_NODE_LIMITS(NODERUNTIME_OPTION_VISIT)
}

}  // namespace noderuntime
