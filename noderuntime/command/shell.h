// noderuntime shell: a shell of Erlang, LFE or Elixir, on another node or on one of our own.
#pragma once

#include <string>
#include <vector>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct ShellOptions {
  StartOptions start;  // of our own node; `common` of it also of the client
  Seconds timeout{60};
  std::string node, address, own_name, borrow_from, history_file;
  std::vector<std::string> texts;
  std::uint32_t history_lines = 1'000;
  bool lfe = false, elixir = false;
  void add_to(CLI::App& app);
};

int run_shell(const ShellOptions& options);

}  // namespace noderuntime::command
