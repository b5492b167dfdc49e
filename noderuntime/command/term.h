// noderuntime term encode|decode|convert: converts terms between notations and the external
// format, without a node.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace noderuntime::command {

struct TermOptions {
  std::string typed, file;      // the input: the argument, the file, or standard input
  std::string from, to, input;  // input: the spelling of bytes; empty: see bytes_in()
  bool compressed = false, view = false, pretty = false;
  void add_to(CLI::App& app);

 private:
  void add_verb(CLI::App& app, const char* name, const char* text, const char* from, const char* to);
};

// Statuses: bad_term: the input is not a term; usage: it cannot be read.
int term(const TermOptions& options);

}  // namespace noderuntime::command
