#include "noderuntime/command/shell.h"

#include <csignal>

#include "common/program/failure.h"
#include "common/program/logging.h"
#include "noderuntime/command/shell_session.h"
#include "noderuntime/term/memory.h"

namespace noderuntime::command {

namespace {

const ShellLanguage& language_of(const ShellOptions& options) {
  return options.lfe ? lfe_shell : options.elixir ? elixir_shell : erlang_shell;
}

// What the shell reads: the texts of --eval, one after the other. Erlang's shell reads up to a dot.
std::optional<std::string> text_of(const ShellOptions& options) {
  if (options.texts.empty()) return std::nullopt;
  bool erlang = !options.lfe && !options.elixir;
  std::string all;
  for (auto& text : options.texts) {
    auto last = text.find_last_not_of(" \t\r\n");
    if (last == text.npos) continue;
    all += text.substr(0, last + 1);
    all += erlang && text[last] != '.' ? ".\n" : "\n";
  }
  return all;
}

ShellSession::Options session_options(const ShellOptions& options, Atom node) {
  auto limit = options.timeout > Seconds{0} ? std::chrono::ceil<Milliseconds>(options.timeout) : no_limit;
  return {.node = node,
          .language = language_of(options),
          .text = text_of(options),
          .history_file = options.history_file.empty()     ? HistoryFile::default_path()
                          : options.history_file == "none" ? std::string{}
                                                           : options.history_file,
          .history_lines = options.history_lines,
          .limit = limit};
}

// Until the shell has ended, its node was halted, or a signal ends it.
int run_session(LocalNode& host, const ShellSession::Options& options,
                const std::optional<int>& halted = {}) {
  auto session = std::make_shared<ShellSession>(host, options);
  // The handler stays with the loop, which outlives the session.
  host.loop().on_signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT}, [held = std::weak_ptr{session}](int) {
    if (auto session = held.lock()) session->leave(by_interrupt);
  });
  host.loop().run_until([&] { return session->over() || halted; });
  return session->status();
}

int shell_there(Client& client, Atom node, const ShellOptions& options) {
  if (int failed = client.reach(node)) return failed;
  return run_session(client.node(), session_options(options, node));
}

// The full name of the node that lends code, once it is connected.
Result<Atom> connect_to_lender(LocalNode& host, const std::string& typed, Seconds limit) {
  auto full = typed;
  auto own = host.name().text();
  if (full.find('@') == full.npos) full += own.substr(own.find('@'));
  auto name = NodeName::parse(full);
  if (!name) return name.error();
  auto node = Atom::intern(name->full());
  if (!node) return node.error();
  auto outcome = std::make_shared<std::optional<Outcome>>();
  host.connect(*node, [outcome](Outcome made) { *outcome = std::move(made); });
  auto most = limit > Seconds{0} ? std::chrono::ceil<Milliseconds>(limit) : no_limit;
  if (!host.loop().run_until([&] { return outcome->has_value(); }, most)) return Error{Errc::timeout, full};
  if (!**outcome) return (*outcome)->error();
  return *node;
}

int shell_here(const ShellOptions& options) {
  auto& borrow_from = options.borrow_from;
  if (options.start.node.code_path.empty() && borrow_from.empty()) {
    complain(
        "a shell on a node of its own needs the modules of the shell. Give the directories of an "
        "installation "
        "(--code-path /usr/lib/erlang/lib/stdlib-*/ebin ...), or a node that lends them (--borrow-from "
        "NODE)");
    return usage;
  }
  auto node = options.start.node_options();
  if (!node) return report(node.error());
  auto level = program::parse_log_level(options.start.common.log_level);
  if (!level) return report(level.error());
  EventLoop loop;
  program::set_up_logging("noderuntime", *level);
  set_atom_limit(options.start.max_atoms);
  set_memory_limit(options.start.max_memory);
  std::optional<int> halted;
  auto host = LocalNode::create(loop, *node, {.halted = [&halted](int status) { halted = status; }});
  if (!host) return report(host.error());
  if (auto up = (*host)->wait_until_up(); !up) return report(up.error());
  auto session = session_options(options, (*host)->name());
  if (!borrow_from.empty()) {
    auto lender = connect_to_lender(**host, borrow_from, options.timeout);
    if (!lender) return report(lender.error(), borrow_from);
    session.code_from = *lender;
  }
  int status = run_session(**host, session, halted);
  return halted.value_or(status);
}

}  // namespace

int run_shell(const ShellOptions& options) {
  bool named = !options.start.short_name.empty() || !options.start.long_name.empty() ||
               !options.start.name_of_instance.empty();
  if (options.node.empty() == !named) {
    complain(
        named ? "NODE and --sname, --name or --node exclude each other: the shell runs on NODE, or on a node "
                "of its own that has this name"
              : "shell NODE is a shell on that node; shell --sname NAME is a shell on a node of its own");
    return usage;
  }
  bool of_client = !options.address.empty() || !options.own_name.empty();
  if (named ? of_client : !options.borrow_from.empty()) {
    complain(named ? "--address and --as are for a shell on another node"
                   : "--borrow-from is for a shell on a node of its own");
    return usage;
  }
  if (named) return shell_here(options);
  ClientOptions client;
  client.common = options.start.common;
  client.timeout = options.timeout;
  client.address = options.address;
  client.own_name = options.own_name;
  client.code_path = options.start.node.code_path;
  auto made = Client::create(client);
  if (!made) return report(made.error());
  auto node = (*made)->target(options.node);
  if (!node) return (*made)->fail(node.error());
  return shell_there(**made, *node, options);
}

}  // namespace noderuntime::command
