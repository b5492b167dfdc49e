// noderuntime eval NODE 'Expression.': evaluates on the node, with what the node has.
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

// Prints the value; what the expression prints is printed too. Status bad_term: the text cannot be read,
// remote_failure: an exception.
int eval(const EvalOptions& options);

}  // namespace noderuntime::command
