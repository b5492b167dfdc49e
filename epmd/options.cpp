#include "epmd/options.h"

#include <cstdlib>
#include <span>

namespace noderuntime::epmd {
namespace {
using Values = std::span<const std::string>;  // what follows the option

// C's atoi, of which scripts know the leniency: "4369x" is 4369, garbage is 0.
int number(const std::string& text) { return static_cast<int>(std::strtol(text.c_str(), nullptr, 10)); }

bool set_seconds(Milliseconds& to, const std::string& text) {
  to = std::chrono::seconds{number(text)};
  return to.count() != 0;
}

bool set_port(Options& options, const std::string& text) {
  options.port = static_cast<std::uint32_t>(number(text));
  return options.port != 0;
}

bool set_verb(Options& options, Verb verb) {
  options.verb = verb;
  return true;
}

struct Row {
  std::string_view option;
  std::size_t values;
  bool last;                        // nothing may follow
  bool (*apply)(Options&, Values);  // false: a usage error
};

constexpr Row rows[] = {
    {"-address", 1, false, [](Options& o, Values v) { return o.addresses = v[0], true; }},
    {"-d", 0, false, [](Options& o, Values) { return ++o.debug, true; }},
    {"-daemon", 0, false, [](Options& o, Values) { return o.daemon = true; }},
    {"-debug", 0, false, [](Options& o, Values) { return ++o.debug, true; }},
    {"-delay_accept", 1, false, [](Options& o, Values v) { return set_seconds(o.delay_accept, v[0]); }},
    {"-delay_write", 1, false, [](Options& o, Values v) { return set_seconds(o.delay_write, v[0]); }},
    {"-packet_timeout", 1, false, [](Options& o, Values v) { return set_seconds(o.packet_timeout, v[0]); }},
    {"-port", 1, false, [](Options& o, Values v) { return set_port(o, v[0]); }},
    {"-relaxed_command_check", 0, false, [](Options& o, Values) { return o.relaxed = true; }},
    {"-systemd", 0, false, [](Options& o, Values) { return o.systemd = true; }},
    {"-dump", 0, true, [](Options& o, Values) { return set_verb(o, Verb::dump); }},
    {"-kill", 0, true, [](Options& o, Values) { return set_verb(o, Verb::kill); }},
    {"-names", 0, true, [](Options& o, Values) { return set_verb(o, Verb::names); }},
    {"-started", 0, true, [](Options& o, Values) { return set_verb(o, Verb::started); }},
    {"-stop", 1, true, [](Options& o, Values v) { return o.name = v[0], set_verb(o, Verb::stop); }},
};

const Row* find_row(std::string_view option) {
  for (const auto& row : rows)
    if (row.option == option) return &row;
  return nullptr;
}

Options defaults(const Environment& environment) {
  Options options;
  if (environment.port) options.port = static_cast<std::uint32_t>(number(*environment.port));
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
    if (!row || rest.size() < row->values || (row->last && rest.size() > row->values)) return wrong;
    if (!row->apply(options, rest.first(row->values))) return wrong;
    rest = rest.subspan(row->values);
  }
  return options;
}

std::string_view usage_text() {
  return R"(usage: epmd [-address List] [-port No] [-daemon] [-relaxed_command_check]
            [-systemd] [-d|-debug] [test options]
       epmd [-port No] [-names | -started | -dump | -kill | -stop Name]

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
)";
}

}  // namespace noderuntime::epmd
