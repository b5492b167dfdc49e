// noderuntime send NODE NAME TERM: sends a message to a registered process.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct SendOptions {
  ClientOptions client;
  std::string node, name, message;
  std::size_t replies = 0;
  void add_to(CLI::App& app);
};

// `$self` in the message is the pid to which replies go; prints each reply on a line. Status remote_failure:
// the name is not registered, or the process ended without replying; temporary: too few replies.
int send(const SendOptions& options);

}  // namespace noderuntime::command
