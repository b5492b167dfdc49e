// noderuntime call NODE M:F(A): calls one function on one node.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct CallOptions {
  ClientOptions client;
  std::string node;
  std::vector<std::string> words;  // 'M:F(A)', or M F A…
  void add_to(CLI::App& app);
};

// Prints the value. Status remote_failure: an exception, which is printed on stderr.
int call(const CallOptions& options);

// The call that the words of a command line describe, for `node`. Errors: bad_text, too_many_atoms.
Result<Call> read_call(const Client& client, Atom node, const std::vector<std::string>& words);

}  // namespace noderuntime::command
