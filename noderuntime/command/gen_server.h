// noderuntime genserver call|cast NODE NAME TERM.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct GenServerOptions {
  ClientOptions client;
  std::string what, node, name, request;
  void add_to(CLI::App& app);
};

// call: prints the reply. Status remote_failure: no such server, or it ended. Source: gen_server.
int gen_server(const GenServerOptions& options);

}  // namespace noderuntime::command
