// noderuntime VERB …
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "common/net/descriptor.h"
#include "common/net/loop.h"
#include "common/program/logging.h"
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

// Makes the verbs that are wanted: describing all options takes longer than many a verb does.
class Verbs {
 public:
  Verbs(CLI::App& app, int& status) : app_{app}, status_{status} {}

  // `only`: the name of one; empty: all.
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
    one("watch", "tell what comes and goes", watch);
    one("info", "tell how a node is", info);
    one("top", "show the busiest processes of a node", top);
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

int run(int count, char** arguments) {
  auto given = with_conf_file(for_cli11(count, arguments));
  if (!given) return report(given.error());
  auto typed = std::move(*given);
  std::string first = typed.empty() ? "" : typed[0];

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

}  // namespace
}  // namespace noderuntime::command

int main(int count, char** arguments) {
  noderuntime::net::open_standard_descriptors();
  int status = noderuntime::command::run(count, arguments);
  noderuntime::program::close_log();
  noderuntime::net::Loop::end_program(status);
}
