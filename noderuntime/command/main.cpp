// noderuntime VERB …
#include <cstdio>

#include "noderuntime/command/completion.h"
#include "noderuntime/command/conf_file.h"
#include "noderuntime/command/exit_status.h"
#include "noderuntime/command/ping.h"
#include "noderuntime/command/start.h"
#include "noderuntime/command/term.h"

int main(int count, char** arguments) {
  using namespace noderuntime::command;
  CLI::App app{"A node of an Erlang cluster, and a tool to talk to others", "noderuntime"};
  app.set_version_flag("--version", "noderuntime " NODERUNTIME_VERSION);
  app.require_subcommand(1);

  StartOptions start_options;
  auto* start_verb = app.add_subcommand("start", "run a node in the foreground");
  start_options.add_to(*start_verb);
  PingOptions ping_options;
  auto* ping_verb = app.add_subcommand("ping", "ask whether nodes are there");
  ping_options.add_to(*ping_verb);
  TermOptions term_options;
  auto* term_verb = app.add_subcommand("term", "convert terms between notations and the external format");
  term_options.add_to(*term_verb);
  CompletionOptions completion_options;
  auto* completion_verb = app.add_subcommand("completion", "print a script that completes the command line");
  completion_options.add_to(*completion_verb);

  auto given = with_conf_file(with_double_dashes(count, arguments));
  if (!given)
    return std::fprintf(stderr, "noderuntime error: %s\n", given.error().message().c_str()), configuration;
  auto typed = std::move(*given);
  std::reverse(typed.begin(), typed.end());  // CLI11 takes the arguments from the back
  try {
    app.parse(typed);
  } catch (const CLI::ParseError& problem) { return app.exit(problem) == 0 ? success : usage; }
  if (completion_verb->parsed()) return completion(completion_options);
  if (term_verb->parsed()) return term(term_options);
  return start_verb->parsed() ? start(start_options) : ping(ping_options);
}
