// noderuntime completion bash|zsh|fish: prints a completion script, made from the options that the
// program itself parses.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace noderuntime::command {

// A word that may be typed at one place of the command line.
struct Choice {
  std::vector<std::string> names;  // --file, -f; a verb has one
  std::string text;                // its description
  bool takes_value = false, takes_file = false;
  std::vector<std::string> values;  // the possible values; empty: any
};

// A verb, or a verb and its sub-verb; the path of the program itself is empty.
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
