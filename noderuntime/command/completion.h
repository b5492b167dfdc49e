// noderuntime completion bash|zsh|fish: a script that completes the command line, made from the options that
// the program itself reads.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace noderuntime::command {

struct CompletionOptions {
  std::string shell;
  const CLI::App* program = nullptr;  // whose verbs and options; set by add_to()
  void add_to(CLI::App& app);
};

int completion(const CompletionOptions& options);

}  // namespace noderuntime::command
