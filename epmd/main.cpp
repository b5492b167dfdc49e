// epmd: the Erlang port mapper daemon, and the client of a running one.
#include <cstdio>
#include <thread>
#include <vector>

#include "common/net/descriptor.h"
#include "common/program/environment.h"
#include "epmd/ask.h"
#include "epmd/holders.h"
#include "epmd/run.h"

using namespace noderuntime;
using namespace noderuntime::epmd;

namespace {
Environment surroundings() {
  return {.port = program::environment("ERL_EPMD_PORT"),
          .addresses = program::environment("ERL_EPMD_ADDRESS"),
          .relaxed = program::environment("ERL_EPMD_RELAXED_COMMAND_CHECK").has_value()};
}

// Does not end by itself.
int watch(const Options& options) {
  constexpr Milliseconds period{1000};
  std::optional<Buffer> before;
  for (bool first = true;; first = false) {
    auto now = ask(options.listen_port(), *query_of(options));
    auto text = first && !now ? changes(Buffer{}, now, options.json) : changes(before, now, options.json);
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (std::fflush(stdout) != 0) return 1;
    before = std::move(now);
    std::this_thread::sleep_for(period);
  }
}

// -names -long: an epmd of OTP closes the request for details, and tells names alone.
Report ask_for_details(Options options) {
  auto port = options.listen_port();
  auto answer = ask(port, *query_of(options));
  auto rows = answer ? details_in(*answer) : std::nullopt;
  if (rows) return report_details(options, *rows, holders_of(*rows, port));
  options.details = false;
  auto names = answer ? ask(port, *query_of(options)) : std::nullopt;
  rows = names ? details_of_names(*names) : std::nullopt;
  if (!rows) return report(options, names);
  return report_details(options, *rows, std::vector<Holder>(rows->size()));
}

int run_command(const Options& options) {
  auto query = query_of(options);
  auto result = options.details ? ask_for_details(options)
                                : report(options, query ? ask(options.listen_port(), *query) : std::nullopt);
  std::fwrite(result.err.data(), 1, result.err.size(), stderr);
  std::fwrite(result.out.data(), 1, result.out.size(), stdout);
  return std::fflush(stdout) == 0 ? result.status : 1;
}
}  // namespace

int main(int count, char** values) {
  net::open_standard_descriptors();
  auto options = parse_options({values + 1, values + count}, surroundings());
  if (!options) {
    const auto& error = options.error();
    auto usage = error.code == Errc::usage ? usage_text() : "epmd: " + error.context + "\n";
    std::fwrite(usage.data(), 1, usage.size(), stderr);
    return 1;
  }
  switch (options->verb) {
    case Verb::serve: return run_daemon(*options, Program{count, values});
    case Verb::watch: return watch(*options);
    default: return run_command(*options);
  }
}
