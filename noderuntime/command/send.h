// noderuntime send NODE NAME TERM: a message to a registered process.
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

// `$self` in the message is the pid that gets the replies; prints them, a line each. Status
// remote_failure: nothing is registered under the name, or the process ended before it had
// replied; temporary: too few replies.
int send(const SendOptions& options);

}  // namespace noderuntime::command
