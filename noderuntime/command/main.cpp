// noderuntime VERB …
#include <memory>

#include "noderuntime/command/call.h"
#include "noderuntime/command/completion.h"
#include "noderuntime/command/conf_file.h"
#include "noderuntime/command/doctor.h"
#include "noderuntime/command/eval.h"
#include "noderuntime/command/gen_server.h"
#include "noderuntime/command/info.h"
#include "noderuntime/command/multicall.h"
#include "noderuntime/command/names.h"
#include "noderuntime/command/ping.h"
#include "noderuntime/command/send.h"
#include "noderuntime/command/spawn.h"
#include "noderuntime/command/start.h"
#include "noderuntime/command/term.h"
#include "noderuntime/command/watch.h"

namespace noderuntime::command {
namespace {

template <class Options>
void add_verb(CLI::App& app, int& status, const char* name, const char* text, int (*run)(const Options&)) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(name, text);
  options->add_to(*verb);
  verb->callback([options, run, &status] { status = run(*options); });
}

int run(int count, char** arguments) {
  CLI::App app{"A node of an Erlang cluster, and a tool to talk to others", "noderuntime"};
  app.set_version_flag("--version", "noderuntime " NODERUNTIME_VERSION);
  app.require_subcommand(1);
  int status = success;
  add_verb(app, status, "start", "run a node in the foreground", start);
  add_verb(app, status, "ping", "ask whether nodes are there", ping);
  add_verb(app, status, "names", "what port mapper daemons know", names);
  add_verb(app, status, "call", "call a function on a node", call);
  add_verb(app, status, "multicall", "call a function on several nodes", multicall);
  add_verb(app, status, "parallel", "call the functions in a file, on several nodes in turn", parallel);
  add_verb(app, status, "send", "send a message to a registered process", send);
  add_verb(app, status, "spawn", "start a process on a node", spawn);
  add_verb(app, status, "genserver", "call or cast to a gen_server", gen_server);
  add_verb(app, status, "eval", "evaluate an expression on a node", eval);
  add_verb(app, status, "watch", "tell what comes and goes", watch);
  add_verb(app, status, "info", "tell how a node is", info);
  add_verb(app, status, "top", "show the busiest processes of a node", top);
  add_verb(app, status, "doctor", "find out why a node cannot be reached", doctor);
  add_verb(app, status, "term", "convert terms between notations and the external format", term);
  add_verb(app, status, "completion", "print a script that completes the command line", completion);

  auto given = with_conf_file(for_cli11(count, arguments));
  if (!given) return report(given.error());
  auto typed = std::move(*given);
  auto is_typed = [&](const CLI::App* verb) { return verb->get_name() == typed[0]; };
  if (!typed.empty() && !typed[0].starts_with('-') && app.get_subcommands(is_typed).empty()) {
    complain("there is no verb '" + typed[0] + "'; noderuntime --help lists them");
    return usage;
  }
  std::reverse(typed.begin(), typed.end());  // CLI11 takes the arguments from the back
  try {
    app.parse(typed);
  } catch (const CLI::ParseError& problem) { return app.exit(problem) == 0 ? success : usage; }
  return status;
}

}  // namespace
}  // namespace noderuntime::command

int main(int count, char** arguments) { return noderuntime::command::run(count, arguments); }
