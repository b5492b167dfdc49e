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

bool add_registrars(Options& options, const std::string& list) {
  options.allow_register += (options.allow_register.empty() ? "" : ",") + list;
  return !list.empty();
}

bool set_verb(Options& options, Verb verb) {
  options.verb = verb;
  return true;
}

bool can_print_json(Verb verb) { return verb == Verb::names || verb == Verb::watch || verb == Verb::lookup; }

// One option. The usage text has the rows in their order.
struct OptionRow {
  std::string_view option;
  std::string_view value;           // the name of its value; empty: it takes none
  bool (*apply)(Options&, Values);  // false: a usage error
  std::string_view text;            // the lines of the usage; empty: those of the next row
};

constexpr OptionRow daemon_options[] = {
    {"-address", "List", [](Options& o, Values v) { return o.addresses = v[0], true; },
     "Listen on these numeric IP addresses, separated by commas, and on the\n"
     "loopback addresses. Default: all addresses.\n"
     "(environment: ERL_EPMD_ADDRESS)"},
    {"-allow_register", "List", [](Options& o, Values v) { return add_registrars(o, v[0]); },
     "Accept registrations also from these networks, for example\n"
     "172.17.0.0/16,fd00::/8; may be repeated. Default: only from this host."},
    {"-port", "No", [](Options& o, Values v) { return set_port(o, v[0]); },
     "Listen on this port instead of 4369.\n"
     "(environment: ERL_EPMD_PORT)"},
    {"-metrics", "Address:No", [](Options& o, Values v) { return !(o.metrics = v[0]).empty(); },
     "Tell metrics by HTTP at this numeric address and port, for Prometheus."},
    {"-daemon", "", [](Options& o, Values) { return o.daemon = true; },
     "Run in the background; return as soon as the port is open."},
    {"-relaxed_command_check", "", [](Options& o, Values) { return o.relaxed = true; },
     "Allow -kill while nodes are registered, and -stop.\n"
     "(environment: ERL_EPMD_RELAXED_COMMAND_CHECK)"},
    {"-systemd", "", [](Options& o, Values) { return o.systemd = true; },
     "Take the sockets that systemd passes."},
    {"-d", "", [](Options& o, Values) { return ++o.debug, true; }, ""},
    {"-debug", "", [](Options& o, Values) { return ++o.debug, true; },
     "Log what happens to standard error; remember 5 unused names only."},
    {"-packet_timeout", "Seconds", [](Options& o, Values v) { return set_seconds(o.packet_timeout, v[0]); },
     "Close connections that are silent for that long (default 60)."},
    {"-total_timeout", "Seconds", [](Options& o, Values v) { return set_seconds(o.total_timeout, v[0]); },
     "Close connections that have no name after that long, however busy\n"
     "they are (default: ten times -packet_timeout)."},
    {"-user", "Name", [](Options& o, Values v) { return !(o.user = v[0]).empty(); },
     "Become this user when the port is open, if started as root."},
};

constexpr OptionRow bound_options[] = {
    {"-max_names", "No", [](Options& o, Values v) { return set_count(o.bounds.names, v[0]); },
     "Registered names (default: as many as there are descriptors for)."},
    {"-max_unregistered", "No", [](Options& o, Values v) { return set_count(o.bounds.unregistered, v[0]); },
     "Connections without a name; the oldest gives way (default 4096)."},
    {"-max_per_address", "No", [](Options& o, Values v) { return set_count(o.bounds.per_address, v[0]); },
     "Those from one address (default 1024)."},
    {"-reserved_descriptors", "No", [](Options& o, Values v) { return set_count(o.bounds.reserved, v[0]); },
     "Descriptors that no connection takes (default 32)."},
};

constexpr OptionRow test_options[] = {
    {"-delay_accept", "Seconds", [](Options& o, Values v) { return set_seconds(o.delay_accept, v[0]); },
     "Wait before reading from a new connection."},
    {"-delay_write", "Seconds", [](Options& o, Values v) { return set_seconds(o.delay_write, v[0]); },
     "Wait before writing an answer."},
};

constexpr OptionRow commands[] = {
    {"-names", "", [](Options& o, Values) { return set_verb(o, Verb::names); }, "List the registered names."},
    {"-started", "", [](Options& o, Values) { return set_verb(o, Verb::started); },
     "Exit with status 0 if a daemon runs, else 1."},
    {"-dump", "", [](Options& o, Values) { return set_verb(o, Verb::dump); },
     "List the registered names and those that were registered before."},
    {"-kill", "", [](Options& o, Values) { return set_verb(o, Verb::kill); },
     "End the daemon, if it has no names or runs with\n"
     "-relaxed_command_check."},
    {"-stop", "Name", [](Options& o, Values v) { return o.name = v[0], set_verb(o, Verb::stop); },
     "Drop a name, if the daemon runs with -relaxed_command_check."},
    {"-watch", "", [](Options& o, Values) { return set_verb(o, Verb::watch); },
     "Print the names and then each change, until interrupted."},
    {"-lookup", "Name", [](Options& o, Values v) { return o.name = v[0], set_verb(o, Verb::lookup); },
     "Print what a node has registered; status 1: it is not registered."},
    {"-long", "", [](Options& o, Values) { return (o.details = true) && o.verb == Verb::names; },
     "Behind -names: also type, creation, time, and the process and user\n"
     "that hold each name, where the system tells them."},
    {"-json", "", [](Options& o, Values) { return (o.json = true) && can_print_json(o.verb); },
     "Behind -names, -watch or -lookup: print JSON."},
};

struct Section {
  std::string_view title;
  std::span<const OptionRow> rows;
};

constexpr Section sections[] = {
    {"Options of the daemon", daemon_options},
    {"Bounds of the daemon", bound_options},
    {"Test options", test_options},
    {"Commands to a running daemon", commands},
};

bool is_command(const OptionRow& row) {
  return std::ranges::any_of(commands, [&](auto& command) { return &command == &row; });
}

// Behind a command, only the format of its output may follow.
bool is_last(const Options& options, Values rest) {
  if (!rest.empty() && rest[0] == "-long" && options.verb == Verb::names && !options.details)
    rest = rest.subspan(1);
  return rest.empty() || (rest.size() == 1 && rest[0] == "-json" && can_print_json(options.verb));
}

const OptionRow* find_row(std::string_view option) {
  for (auto& section : sections)
    for (auto& row : section.rows)
      if (row.option == option) return &row;
  return nullptr;
}

// "    -address List" and its lines.
void append_usage(std::string& text, std::span<const OptionRow> rows) {
  bool goes_on = false;
  for (auto& row : rows) {
    text.append(goes_on ? ", " : "    ").append(row.option);
    goes_on = row.text.empty();
    if (goes_on) continue;
    if (!row.value.empty()) text.append(" ").append(row.value);
    for (auto rest = row.text; !rest.empty();) {
      auto line = rest.substr(0, rest.find('\n'));
      text.append("\n        ").append(line);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    text.append("\n");
  }
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
    if (!row) return wrong;
    std::size_t values = row->value.empty() ? 0 : 1;
    if (rest.size() < values || !row->apply(options, rest.first(values))) return wrong;
    rest = rest.subspan(values);
    if (is_command(*row) && !is_last(options, rest)) return wrong;
  }
  if (options.allow_register.empty()) return options;
  auto registrars = net::parse_address_ranges(options.allow_register);
  if (!registrars) return Error{Errc::configuration, "-allow_register " + registrars.error().context};
  options.registrars = std::move(*registrars);
  return options;
}

std::string usage_text() {
  std::string text = R"(usage: epmd [-address List] [-allow_register List] [-port No] [-daemon]
            [-relaxed_command_check] [-metrics Address:No] [-systemd]
            [-d|-debug] [test options]
       epmd [-port No] [-names | -started | -dump | -kill | -stop Name]
       epmd [-port No] [-names [-long] | -watch | -lookup Name] [-json]

The Erlang port mapper daemon: it knows on which ports the nodes of this host
listen.
)";
  for (auto& section : sections) {
    text.append("\n").append(section.title).append("\n");
    append_usage(text, section.rows);
  }
  return text + R"(
A daemon that gets the signal USR2 executes its program again and keeps all
names.
)";
}

}  // namespace noderuntime::epmd
