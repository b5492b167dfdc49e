// noderuntime eval NODE 'Expression.': evaluates an expression on the node, with the node's code.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct EvalOptions {
  ClientOptions client;
  std::string node, text;
  bool lfe = false, elixir = false;
  void add_to(CLI::App& app);
};

// Prints the value, and the output of the expression. Status bad_term: the text is malformed;
// remote_failure: an exception.
int eval(const EvalOptions& options);

}  // namespace noderuntime::command
