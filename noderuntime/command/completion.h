// noderuntime completion bash|zsh|fish: a script that completes the command line, made from the options that
// the program itself reads.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace noderuntime::command {

// What may stand in one place of the command line.
struct Choice {
  std::vector<std::string> names;  // --file, -f; of a verb one
  std::string text;                // what it is for
  bool takes_value = false, takes_file = false;
  std::vector<std::string> values;  // all that its value may be; empty: anything
};

// A verb, or a verb and one below it; the program itself has an empty path.
struct Place {
  std::string path;
  std::vector<Choice> verbs, options, positionals;
};

struct CompletionOptions {
  std::string shell;
  std::function<std::vector<Place>()> places;  // of the whole program; set by add_to()
  void add_to(CLI::App& app);
};

int completion(const CompletionOptions& options);

}  // namespace noderuntime::command
