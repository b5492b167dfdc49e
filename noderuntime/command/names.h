// noderuntime names [HOST…]: lists the names that port mapper daemons know.
#pragma once

#include <string>
#include <vector>

#include "common/epmd_protocol/client.h"
#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct NamesOptions {
  ClientOptions client;
  std::vector<std::string> hosts;
  bool epmd_format = false, watch = false, details = false;
  Seconds interval{1};
  void add_to(CLI::App& app);
};

// Prints `NAME@HOST PORT` for each name, sorted; with epmd_format the text of `epmd -names`; with details also type,
// creation, and when it was registered, or `-` where the port mapper daemon is OTP's, which does not tell them. With watch,
// prints `+ NAME@HOST PORT` and `- NAME@HOST PORT` as names come and go, until interrupted.
int names(const NamesOptions& options);

// The names that the epmd of a host knows, in its order: the newest first.
// Errors: those of EpmdNames; interrupted.
Result<std::vector<epmd::NameAndPort>> names_at(Client& client, const std::string& host, Port epmd_port);

}  // namespace noderuntime::command
