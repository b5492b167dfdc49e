// What can be typed: the verbs, with the options and arguments of each. CLI11's header takes seconds to
// compile; only this file includes it.
#include "noderuntime/command/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "noderuntime/command/call.h"
#include "noderuntime/command/completion.h"
#include "noderuntime/command/conf_file.h"
#include "noderuntime/command/doctor.h"
#include "noderuntime/command/eval.h"
#include "noderuntime/command/gen_server.h"
#include "noderuntime/command/info.h"
#include "noderuntime/command/multicall.h"
#include "noderuntime/command/names.h"
#include "noderuntime/command/observe.h"
#include "noderuntime/command/options.h"
#include "noderuntime/command/ping.h"
#include "noderuntime/command/send.h"
#include "noderuntime/command/shell.h"
#include "noderuntime/command/spawn.h"
#include "noderuntime/command/start.h"
#include "noderuntime/command/term.h"
#include "noderuntime/command/watch.h"

namespace noderuntime::command {
namespace {

// An option that takes 30, 30s, 500ms, 2m, 1h. CLI::AsNumberWithUnit would take `s` for 1s (docs/decisions/0012).
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

// Adds the option of a row. The default that --help shows is the member's value.
template <class Number>
void add_row(CLI::App& app, const OptionRow<Number>& row, Number& number) {
  auto* option = app.add_option(row.option, number, row.text)->capture_default_str();
  if (row.unit == Unit::bytes) option->transform(CLI::AsSizeValue{false});
  if (row.least > 0 || row.most < std::numeric_limits<Number>::max())
    option->check(CLI::Range(row.least, row.most));
}

// A time is typed in whole seconds.
template <class Count, class Period>
void add_row(CLI::App& app, const OptionRow<std::chrono::duration<Count, Period>>& row,
             std::chrono::duration<Count, Period>& time) {
  auto whole_seconds = [](auto span) {
    return static_cast<unsigned>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  };
  auto take = [&time](const unsigned& typed) { time = std::chrono::seconds{typed}; };
  app.add_option_function<unsigned>(row.option, take, row.text)
      ->default_str(std::to_string(whole_seconds(time)))
      ->check(CLI::Range(whole_seconds(row.least), whole_seconds(row.most)));
}

// CLI11 has the values that a check allows in the name of the type: TEXT:{a,b}, TEXT:FILE.
std::vector<std::string> values_in(const std::string& type) {
  auto open = type.find('{'), close = type.find('}');
  std::vector<std::string> values;
  if (open == std::string::npos || close == std::string::npos) return values;
  for (auto at = open + 1; at < close;) {
    auto end = std::min(type.find(',', at), close);
    values.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return values;
}

Choice choice_of(const CLI::Option& option) {
  Choice choice;
  for (auto& name : option.get_lnames()) choice.names.push_back("--" + name);
  for (auto& name : option.get_snames()) choice.names.push_back("-" + name);
  choice.text = option.get_description();
  choice.takes_value = option.get_items_expected_max() > 0;
  auto type = option.get_type_name();
  choice.values = values_in(type);
  auto ends_with = [](const std::string& name, std::string_view end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  choice.takes_file = type.find("FILE") != std::string::npos ||
                      std::any_of(choice.names.begin(), choice.names.end(), [&](auto& name) {
                        return ends_with(name, "-file") || ends_with(name, "-path");
                      });
  return choice;
}

void add_places(const CLI::App& app, const std::string& path, std::vector<Place>& places) {
  Place place{path, {}, {}, {}};
  for (auto* option : app.get_options()) {
    auto choice = choice_of(*option);
    (choice.names.empty() ? place.positionals : place.options).push_back(choice);
  }
  std::vector<std::pair<const CLI::App*, std::string>> below;
  for (auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    place.verbs.push_back({{verb->get_name()}, verb->get_description()});
    below.emplace_back(verb, path.empty() ? verb->get_name() : path + ' ' + verb->get_name());
  }
  places.push_back(place);
  for (auto& [verb, inner] : below) add_places(*verb, inner, places);
}

}  // namespace

void CommonOptions::add_to(CLI::App& app) {
  auto* itself =
      app.add_option("--setcookie", cookie, "the cookie itself (visible to other users: prefer a file)");
  app.add_option("--cookie-file", cookie_file, "a file with the cookie, readable by its owner only")
      ->excludes(itself);
  app.add_option(
         "--proto-dist", protocol,
         "inet_tcp: IPv4 addresses first; inet6_tcp: IPv6 addresses first; inet_tls and inet6_tls: the "
         "same with TLS")
      ->check(CLI::IsMember({"inet_tcp", "inet6_tcp", "inet_tls", "inet6_tls"}))
      ->capture_default_str();
  add_tls_to(app);
  app.add_option("--peers-file", peers_file,
                 "a file of lines NODE HOST:PORT: these nodes are there, no epmd is asked");
  auto* common = app.add_option("--erl-epmd-port", common_port,
                                "the port of every node, ours included: no epmd is asked");
  app.add_flag("--no-epmd", no_epmd, "no epmd is asked, and none is told of us")->excludes(common);
  app.add_option("--log-level", log_level, "error, warning, info, debug or trace")->capture_default_str();
}

void CommonOptions::add_tls_to(CLI::App& app) {
  app.add_option("--ssl-dist-optfile", tls.optfile, "a file of TLS options, as erl's -ssl_dist_optfile");
  app.add_option("--tls-cert", tls.certificate, "PEM file of our certificate, its chain behind it");
  app.add_option("--tls-key", tls.key, "PEM file of its key (default: the file of the certificate)");
  app.add_option("--tls-key-password-file", tls.key_password_file, "a file with the password of the key");
  app.add_option("--tls-cacert", tls.authorities, "PEM file of the authorities that peers are checked by");
  app.add_option("--tls-verify", tls.verify, "peer (default): peers prove who they are; none: they do not")
      ->check(CLI::IsMember({"peer", "none"}));
  app.add_option("--tls-crl-dir", tls.crl_directory, "directory of revocation lists HASH.r0");
  app.add_option("--tls-versions", tls.versions, "1.2, 1.3 or 1.2,1.3 (default)");
  app.add_option("--tls-ciphers", tls.ciphers, "OpenSSL's names of ciphers, with colons between them");
  app.add_flag("--tls-check-names", tls.check_names,
               "a caller's certificate names the host of its node name");
}

void WebOptions::add_to(CLI::App& app) {
  app.add_option("--web-cert", certificate,
                 "PEM file of the certificate of what is served by HTTP, which is then TLS");
  app.add_option("--web-key", key, "PEM file of its key (default: the file of the certificate)");
  app.add_option("--web-password-file", password_file,
                 "a file of lines NAME:PASSWORD or NAME:HASH: who may read what is served by HTTP");
}

void ClientOptions::add_to(CLI::App& app) {
  common.log_level = "error";
  common.add_to(app);
  add_duration(app, "--timeout", timeout, "time for everything: 30, 30s, 500ms, 2m");
  app.add_option("--address", address, "HOST:PORT of the node, instead of asking its epmd");
  app.add_option("--as", own_name, "our own name NAME@HOST (default: the node names us)");
  app.add_option("--format", format,
                 "of terms, typed and printed: erlang, lfe, elixir, json; etf: printed only")
      ->check(CLI::IsMember({"erlang", "lfe", "elixir", "json", "etf"}))
      ->capture_default_str();
  app.add_flag("--json", json, "results as JSON objects, one in each line");
  app.add_flag("-v", verbose, "the steps of connections on stderr; twice: every signal");
}

void StartOptions::add_to(CLI::App& app) {
  app.add_option("--conf-file", conf_file,
                 "a file of more options, one in a line: NAME VALUE; -FILE: if it exists");
  add_node_to(app);
  app.add_option("--node", name_of_instance, "a long name if its host has a dot, else a short one")
      ->excludes(app.get_option("--sname"))
      ->excludes(app.get_option("--name"));
  app.add_option("--metrics", metrics, "ADDRESS:PORT where /metrics, /health and /ready are told by HTTP");
  web.add_to(app);
  app.add_flag("--echo", echo, "register a native process `echo` that answers {Pid, Term} with Term");
}

void StartOptions::add_node_to(CLI::App& app) {
  auto* by_short = app.add_option("--sname", short_name, "short name: NAME or NAME@HOST, host without dots");
  app.add_option("--name", long_name, "long name: NAME@HOST.DOMAIN")->excludes(by_short);
  common.add_to(app);
  app.add_option(
      "--peer-cookies", peer_cookies,
      "a file of lines NODE COOKIE, for nodes that have another cookie; readable by its owner only");
  app.add_flag("--hidden", node.hidden, "a hidden node: no part of the mesh and of global");
  app.add_option("--listen-address", node.listen_addresses,
                 "numeric address to listen on (repeatable; default: all)");
  auto* least = app.add_option("--listen-min", node.listen_min, "first port to try");
  auto* most = app.add_option("--listen-max", node.listen_max, "last port to try (default: the first)");
  most->needs(least);
  app.add_option("--listen-port", listen_port, "the port to listen on")->excludes(least)->excludes(most);
  app.add_option("--listen-fd", node.listen_descriptors,
                 "descriptor of a socket that listens already (repeatable)");
  app.add_option("--advertise-port", node.advertised_port,
                 "the port that epmd tells others, where it is mapped to ours");
  auto add_list = [&app](const char* name, std::vector<std::string>& list, const char* text) {
    app.add_option(name, list, text)->delimiter(',')->allow_extra_args(false);
  };
  add_list("--join", node.join.nodes, "nodes to connect to, and again when they are lost (repeatable)");
  add_list("--join-dns", node.join.dns,
           "names of DNS, NAME or NAME:PORT, whose records are nodes (repeatable)");
  app.add_option("--join-basename", node.join.base_name,
                 "name of the nodes of --join-dns (default: our own)");
  app.add_option("--join-hosts", node.join.hosts_file, "a file of hosts, as .hosts.erlang: all nodes there");
  add_list("--allow", node.allow, "who may connect: NAME@HOST, @HOST, 10.0.0.0/8 (repeatable; default: all)");
  app.add_flag_callback(
      "--no-start-epmd", [this] { node.start_epmd = false; },
      "fail when no epmd answers, instead of starting one");
  app.add_option("--code-path", node.code_path, "directory with .beam files (repeatable)");
  app.add_option(
      "--files", node.files,
      "the files that code may use: DIRECTORY, or DIRECTORY:rw to change them as well (default: none)");
  app.add_option_function<std::string>(
         "--borrow-code", [this](const std::string& from) { node.borrow_code = from == "peers"; },
         "peers: modules that we lack come from the peer that calls; none")
      ->check(CLI::IsMember({"peers", "none"}))
      ->default_str("peers");
  add_list("--application", node.applications,
           "applications to start, and those that they need (repeatable)");
  for_each_row(*this, [&app](const auto& row, auto& value) { add_row(app, row, value); });
}

void PingOptions::add_to(CLI::App& app) {
  app.add_option("node", nodes, "NAME@HOST, or NAME on this host")->required();
  app.add_option("--count", count, "pings of each node, one a second")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  add_duration(app, "--wait", wait, "for a node that is not there yet");
  client.timeout = Seconds{7};
  client.add_to(app);
}

void NamesOptions::add_to(CLI::App& app) {
  app.add_option("host", hosts, "names or addresses of hosts (default: this one)");
  auto* as_epmd = app.add_flag("--epmd-format", epmd_format, "the text of epmd -names");
  app.add_flag("--watch", watch, "go on, and print what comes and goes");
  app.add_flag("--long", details, "also the type, the creation, and since when")
      ->excludes(as_epmd)
      ->excludes("--watch");
  add_duration(app, "--interval", interval, "between two looks of --watch");
  client.timeout = Seconds{7};
  client.add_to(app);
}

void CallOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("call", words, "'Module:Function(Arguments)', or Module Function Argument…")->required();
  client.add_to(app);
}

void NodesOptions::add_to(CLI::App& app) {
  auto* typed = app.add_option("--nodes", nodes, "the nodes, with commas between them")
                    ->delimiter(',')
                    ->allow_extra_args(false);
  auto* from = app.add_option("--connected", connected, "this node and all that it is connected to");
  from->excludes(typed);
}

void MulticallOptions::add_to(CLI::App& app) {
  app.add_option("call", words, "'Module:Function(Arguments)', or Module Function Argument…")->required();
  nodes.add_to(app);
  client.add_to(app);
}

void ParallelOptions::add_to(CLI::App& app) {
  app.add_option("file", file, "a file of calls, one in each line; -: standard input")->required();
  nodes.add_to(app);
  client.add_to(app);
}

void SendOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("name", name, "the name that the process is registered under")->required();
  app.add_option("message", message, "a term; $self in it is our pid")->required();
  app.add_option("--reply", replies, "replies to wait for and to print");
  client.add_to(app);
}

void SpawnOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("call", words, "'Module:Function(Arguments)', or Module Function Argument…")->required();
  app.add_flag("--link", link, "stay until it ends; what ends us ends it");
  app.add_flag("--monitor", monitor, "stay until it ends, without a link");
  app.add_flag("--wait", wait, "the same as --monitor");
  client.add_to(app);
}

void GenServerOptions::add_to(CLI::App& app) {
  app.add_option("what", what, "call or cast")->required()->check(CLI::IsMember({"call", "cast"}));
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("name", name, "the name that the server is registered under")->required();
  app.add_option("request", request, "a term")->required();
  client.timeout = Seconds{5};
  client.add_to(app);
}

void EvalOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("text", text, "expressions")->required();
  auto* as_lfe = app.add_flag("--lfe", lfe, "the text is LFE, and so is what is printed");
  app.add_flag("--elixir", elixir, "the text is Elixir, and so is what is printed")->excludes(as_lfe);
  client.add_to(app);
}

void ShellOptions::add_to(CLI::App& app) {
  app.add_option("node", node,
                 "NAME@HOST, or NAME on this host; without it the shell runs on a node of its own (--sname)");
  auto* as_lfe = app.add_flag("--lfe", lfe, "the shell of LFE");
  app.add_flag("--elixir", elixir, "the shell of Elixir, iex")->excludes(as_lfe);
  app.add_option("--eval", texts, "what the shell reads in place of standard input (repeatable)")
      ->allow_extra_args(false);
  add_duration(app, "--timeout", timeout,
               "for the connection, and for each answer of the node to the terminal");
  app.add_option("--address", address, "HOST:PORT of the node, instead of asking its epmd");
  app.add_option("--as", own_name, "our own name NAME@HOST (default: the node names us)");
  app.add_option("--borrow-from", borrow_from,
                 "the node that lends the modules of the shell of our own node");
  app.add_option("--history-file", history_file,
                 "the lines that were typed (default: noderuntime/shell_history in $XDG_STATE_HOME or "
                 "~/.local/state); none: they are not kept");
  app.add_option("--history-lines", history_lines, "lines of the history")
      ->check(CLI::Range(0u, 100'000u))
      ->capture_default_str();
  start.common.log_level = "error";
  start.add_node_to(app);
}

void WatchOptions::add_to(CLI::App& app) {
  app.add_option("target", targets, "NODE, or NODE/NAME for a registered process")->required();
  add_duration(app, "--interval", interval, "between attempts to reach what is not there");
  app.add_flag("--names", names, "tell when a node's name goes from its port mapper daemon, and comes back");
  app.add_flag("--partitions", partitions,
               "tell when one node is connected to another that is not connected to it, and its end");
  app.add_option("--queue-above", queue_above,
                 "tell when a message queue is longer, and when it is not any more")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
  add_duration(app, "--debounce", debounce, "that a state has to last to be told");
  app.add_option("--exec", hooks.command, "a command of the shell for each event, which it reads as JSON");
  app.add_option("--webhook", hooks.url, "http://… or https://…, to which each event is posted as JSON");
  app.add_option("--webhook-ca", hooks.authorities,
                 "PEM file of the authorities that https trusts (default: SSL_CERT_FILE, or the system's)");
  add_duration(app, "--hook-timeout", hooks.limit, "for a command, and for a post");
  app.add_option("--hooks-at-once", hooks.at_once, "commands that run at the same time, and posts")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100}))
      ->capture_default_str();
  app.add_option("--hooks-waiting", hooks.waiting, "events that wait for a command, or for the server")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--webhook-attempts", hooks.attempts, "to post an event, with pauses of 1 s, 2 s, 4 s …")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str();
  client.timeout = Seconds{7};
  client.add_to(app);
}

void InfoOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  client.add_to(app);
}

void TopOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  app.add_option("--sort", order, "reductions (since the last look), memory or queue")
      ->check(CLI::IsMember({"reductions", "memory", "queue"}))
      ->capture_default_str();
  app.add_option("--rows", rows, "processes to show")->capture_default_str();
  app.add_option("--times", times, "looks (default: 1; on a terminal until interrupted)");
  add_duration(app, "--interval", interval, "between two looks");
  client.add_to(app);
}

void ObserveOptions::add_to(CLI::App& app) {
  app.add_option("node", nodes, "NAME@HOST, or NAME on this host (default: all that epmd lists)");
  app.add_option("--hosts", hosts, "hosts whose port mapper daemons are asked too (default: this one)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_flag("--once", once, "print the state once, and end");
  app.add_option("--with", with, "with --once --json: more of each node")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"applications", "mnesia", "modules", "ports", "processes", "tables"}));
  app.add_option("--listen", listen, "ADDRESS:PORT of the page; without TLS and passwords of this host alone")
      ->default_str("127.0.0.1:4040; with --metrics no page");
  app.add_option("--metrics", metrics, "ADDRESS:PORT where metrics of the nodes are told, for Prometheus");
  web.add_to(app);
  app.add_flag("--open", open, "open the page in the browser");
  app.add_flag("--allow-actions", allow_actions,
               "let the page kill and collect processes, and disconnect nodes");
  add_duration(app, "--interval", interval, "between two looks at a node");
  add_duration(app, "--answer-limit", answer_limit, "for an answer of a node");
  app.add_option("--max-nodes", most_nodes, "nodes to look at")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  client.timeout = Seconds{15};
  client.max_message = std::size_t{64} << 20;
  client.add_to(app);
}

void DoctorOptions::add_to(CLI::App& app) {
  app.add_option("node", node, "NAME@HOST, or NAME on this host")->required();
  client.timeout = Seconds{7};
  client.add_to(app);
}

// The three verbs differ in the formats that they read and write.
void TermOptions::add_verb(CLI::App& app, const char* name, const char* text, const char* from,
                           const char* to) {
  auto* verb = app.add_subcommand(name, text);
  bool reads_text = std::string{from} == "erlang", reads_bytes = std::string{from} == "etf";
  bool writes_text = std::string{to} == "erlang", converts = std::string{name} == "convert";
  verb->add_option("term", typed, "the term, or its bytes; without it --file or standard input is read");
  verb->add_option("--file", file, "where to read it")->check(CLI::ExistingFile);
  auto notations = std::vector<std::string>{"erlang", "lfe", "elixir", "json"};
  auto bytes = std::vector<std::string>{"etf", "hex", "base64"};
  auto both = notations;
  both.insert(both.end(), bytes.begin(), bytes.end());
  if (reads_text)
    verb->add_option("--from", this->from, "notation that is read (erlang)")
        ->check(CLI::IsMember(converts ? std::vector<std::string>{"erlang", "lfe", "elixir", "json", "etf"}
                                       : notations));
  if (reads_bytes || converts)
    verb->add_option("--input", input,
                     "how the bytes are spelled: raw, hex or base64 (raw; hex for an argument)")
        ->check(CLI::IsMember({"raw", "hex", "base64"}));
  verb->add_option("--to", this->to, std::string{"what is written ("} + to + ")")
      ->check(CLI::IsMember(converts      ? both
                            : writes_text ? notations
                                          : bytes));
  if (!writes_text || converts)
    verb->add_flag("--compressed", compressed, "as term_to_binary(Term, [compressed])");
  if (writes_text) verb->add_flag("--pretty", pretty, "break long lines");
  verb->add_flag("--hex", view, "the bytes of the external format, explained");
  verb->callback([this, from, to] {
    if (this->from.empty()) this->from = from;
    if (this->to.empty()) this->to = to;
  });
}

void TermOptions::add_to(CLI::App& app) {
  app.require_subcommand(1);
  add_verb(app, "encode", "a term to bytes of the external format", "erlang", "etf");
  add_verb(app, "decode", "bytes of the external format to a term", "etf", "erlang");
  add_verb(app, "convert", "a term from one notation to another", "erlang", "erlang");
}

void CompletionOptions::add_to(CLI::App& app) {
  places = [program = app.get_parent()] {
    std::vector<Place> all;
    add_places(*program, "", all);
    return all;
  };
  app.add_option("shell", shell, "whose language the script is in")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

namespace {

// Makes only the wanted verbs: describing all options takes longer than many verbs.
class Verbs {
 public:
  Verbs(CLI::App& app, int& status) : app_{app}, status_{status} {}

  // `only`: the name of one verb; empty: all.
  void add(std::string_view only) {
    only_ = only;
    one("start", "run a node in the foreground", start);
    one("ping", "ask whether nodes are there", ping);
    one("names", "what port mapper daemons know", names);
    one("call", "call a function on a node", call);
    one("multicall", "call a function on several nodes", multicall);
    one("parallel", "call the functions in a file, on several nodes in turn", parallel);
    one("send", "send a message to a registered process", send);
    one("spawn", "start a process on a node", spawn);
    one("genserver", "call or cast to a gen_server", gen_server);
    one("eval", "evaluate an expression on a node", eval);
    one("shell", "a shell of Erlang, LFE or Elixir, on a node or on one of our own", run_shell);
    one("watch", "tell what comes and goes", watch);
    one("info", "tell how a node is", info);
    one("top", "show the busiest processes of a node", top);
    one("observe", "show how a cluster is", observe);
    one("doctor", "find out why a node cannot be reached", doctor);
    one("term", "convert terms between notations and the external format", term);
    one("completion", "print a script that completes the command line", completion);
  }

 private:
  template <class Options>
  void one(const char* name, const char* text, int (*run)(const Options&)) {
    if (!only_.empty() && only_ != name) return;
    auto options = std::make_shared<Options>();
    auto* verb = app_.add_subcommand(name, text);
    options->add_to(*verb);
    verb->callback([options, run, status = &status_] { *status = run(*options); });
  }

  CLI::App& app_;
  int& status_;
  std::string_view only_;
};

bool has_verbs(CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

}  // namespace

int run_command_line(int count, char** arguments) {
  auto typed = for_cli11(count, arguments);
  std::string first = typed.empty() ? "" : typed[0];
  if (first == "start") {  // the verb that has --conf-file
    auto whole = with_conf_files(typed);
    if (!whole) return report(whole.error());
    typed = std::move(*whole);
  }

  if (first == "--version") {  // describing all options takes longer
    std::puts("noderuntime " NODERUNTIME_VERSION);
    return success;
  }
  CLI::App app{"A node of an Erlang cluster, and a tool to talk to others", "noderuntime"};
  app.set_version_flag("--version", "noderuntime " NODERUNTIME_VERSION);
  app.require_subcommand(1);
  int status = success;
  Verbs verbs{app, status};
  if (first != "completion") verbs.add(first);
  if (!has_verbs(app)) {
    if (!first.empty() && first != "completion" && !first.starts_with('-')) {
      complain("there is no verb '" + first + "'; noderuntime --help lists them");
      return usage;
    }
    verbs.add({});
  }

  std::reverse(typed.begin(), typed.end());  // CLI11 takes the arguments from the back
  try {
    app.parse(typed);
  } catch (const CLI::ParseError& problem) { return app.exit(problem) == 0 ? success : usage; }
  return status;
}

}  // namespace noderuntime::command
