#include "epmd/options.h"

#include <algorithm>
#include <cstdlib>
#include <span>

namespace noderuntime::epmd {
namespace {
using Values = std::span<const std::string>;  // the words behind the option

// C's atoi, whose leniency scripts rely on: "4369x" is 4369, garbage is 0.
int number(const std::string& text) { return static_cast<int>(std::strtol(text.c_str(), nullptr, 10)); }

bool set_seconds(Milliseconds& to, const std::string& text) {
  to = std::chrono::seconds{number(text)};
  return to.count() != 0;
}

bool set_count(std::size_t& to, const std::string& text) {
  auto count = number(text);
  to = static_cast<std::size_t>(std::max(count, 0));
  return count > 0;
}

bool set_port(Options& options, const std::string& text) {
  options.port = static_cast<std::uint32_t>(number(text));
  options.port_given = true;
  return options.port != 0;
}

bool set_verb(Options& options, Verb verb) {
  options.verb = verb;
  return true;
}

bool can_print_json(Verb verb) { return verb == Verb::names || verb == Verb::watch || verb == Verb::lookup; }

struct OptionRow {
  std::string_view option;
  std::size_t values;
  bool last;                        // only -json may follow
  bool (*apply)(Options&, Values);  // false: a usage error
};

constexpr OptionRow option_rows[] = {
    {"-address", 1, false, [](Options& o, Values v) { return o.addresses = v[0], true; }},
    {"-d", 0, false, [](Options& o, Values) { return ++o.debug, true; }},
    {"-daemon", 0, false, [](Options& o, Values) { return o.daemon = true; }},
    {"-debug", 0, false, [](Options& o, Values) { return ++o.debug, true; }},
    {"-delay_accept", 1, false, [](Options& o, Values v) { return set_seconds(o.delay_accept, v[0]); }},
    {"-delay_write", 1, false, [](Options& o, Values v) { return set_seconds(o.delay_write, v[0]); }},
    {"-max_names", 1, false, [](Options& o, Values v) { return set_count(o.bounds.names, v[0]); }},
    {"-max_per_address", 1, false,
     [](Options& o, Values v) { return set_count(o.bounds.per_address, v[0]); }},
    {"-max_unregistered", 1, false,
     [](Options& o, Values v) { return set_count(o.bounds.unregistered, v[0]); }},
    {"-packet_timeout", 1, false, [](Options& o, Values v) { return set_seconds(o.packet_timeout, v[0]); }},
    {"-port", 1, false, [](Options& o, Values v) { return set_port(o, v[0]); }},
    {"-relaxed_command_check", 0, false, [](Options& o, Values) { return o.relaxed = true; }},
    {"-reserved_descriptors", 1, false,
     [](Options& o, Values v) { return set_count(o.bounds.reserved, v[0]); }},
    {"-systemd", 0, false, [](Options& o, Values) { return o.systemd = true; }},
    {"-total_timeout", 1, false, [](Options& o, Values v) { return set_seconds(o.total_timeout, v[0]); }},
    {"-user", 1, false, [](Options& o, Values v) { return !(o.user = v[0]).empty(); }},
    {"-dump", 0, true, [](Options& o, Values) { return set_verb(o, Verb::dump); }},
    {"-json", 0, true, [](Options& o, Values) { return (o.json = true) && can_print_json(o.verb); }},
    {"-kill", 0, true, [](Options& o, Values) { return set_verb(o, Verb::kill); }},
    {"-lookup", 1, true, [](Options& o, Values v) { return o.name = v[0], set_verb(o, Verb::lookup); }},
    {"-names", 0, true, [](Options& o, Values) { return set_verb(o, Verb::names); }},
    {"-started", 0, true, [](Options& o, Values) { return set_verb(o, Verb::started); }},
    {"-stop", 1, true, [](Options& o, Values v) { return o.name = v[0], set_verb(o, Verb::stop); }},
    {"-watch", 0, true, [](Options& o, Values) { return set_verb(o, Verb::watch); }},
};

// Behind a verb, only the format of its output may follow.
bool is_last(const Options& options, Values rest) {
  return rest.empty() || (rest.size() == 1 && rest[0] == "-json" && can_print_json(options.verb));
}

const OptionRow* find_row(std::string_view option) {
  for (const auto& row : option_rows)
    if (row.option == option) return &row;
  return nullptr;
}

Options defaults(const Environment& environment) {
  Options options;
  if (environment.port) set_port(options, *environment.port);
  options.addresses = environment.addresses.value_or("");
  options.relaxed = environment.relaxed;
  return options;
}
}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments, const Environment& environment) {
  auto options = defaults(environment);
  Values rest{arguments};
  while (!rest.empty()) {
    auto* row = find_row(rest[0]);
    auto wrong = Error{Errc::usage, rest[0]};
    rest = rest.subspan(1);
    if (!row || rest.size() < row->values || !row->apply(options, rest.first(row->values))) return wrong;
    rest = rest.subspan(row->values);
    if (row->last && !is_last(options, rest)) return wrong;
  }
  return options;
}

std::string_view usage_text() {
  return R"(usage: epmd [-address List] [-port No] [-daemon] [-relaxed_command_check]
            [-systemd] [-d|-debug] [test options]
       epmd [-port No] [-names | -started | -dump | -kill | -stop Name]
       epmd [-port No] [-names | -watch | -lookup Name] [-json]

The Erlang port mapper daemon: it knows on which ports the nodes of this host
listen.

Options of the daemon
    -address List
        Listen on these numeric IP addresses, separated by commas, and on the
        loopback addresses. Default: all addresses.
        (environment: ERL_EPMD_ADDRESS)
    -port No
        Listen on this port instead of 4369.
        (environment: ERL_EPMD_PORT)
    -daemon
        Run in the background; return as soon as the port is open.
    -relaxed_command_check
        Allow -kill while nodes are registered, and -stop.
        (environment: ERL_EPMD_RELAXED_COMMAND_CHECK)
    -systemd
        Take the sockets that systemd passes.
    -d, -debug
        Log what happens to standard error; remember 5 unused names only.
    -packet_timeout Seconds
        Close connections that are silent for that long (default 60).
    -total_timeout Seconds
        Close connections that have no name after that long, however busy
        they are (default: ten times -packet_timeout).
    -user Name
        Become this user when the port is open, if started as root.

Bounds of the daemon
    -max_names No
        Registered names (default: as many as there are descriptors for).
    -max_unregistered No
        Connections without a name; the oldest gives way (default 4096).
    -max_per_address No
        Those from one address (default 1024).
    -reserved_descriptors No
        Descriptors that no connection takes (default 32).

Test options
    -delay_accept Seconds
        Wait before reading from a new connection.
    -delay_write Seconds
        Wait before writing an answer.

Commands to a running daemon
    -names
        List the registered names.
    -started
        Exit with status 0 if a daemon runs, else 1.
    -dump
        List the registered names and those that were registered before.
    -kill
        End the daemon, if it has no names or runs with
        -relaxed_command_check.
    -stop Name
        Drop a name, if the daemon runs with -relaxed_command_check.
    -watch
        Print the names and then each change, until interrupted.
    -lookup Name
        Print what a node has registered; status 1: it is not registered.
    -json
        Behind -names, -watch or -lookup: print JSON.

A daemon that gets the signal USR2 executes its program again and keeps all
names.
)";
}

}  // namespace noderuntime::epmd
