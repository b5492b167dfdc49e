// noderuntime term encode|decode|convert: terms between notations and the external format, without any node.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace noderuntime::command {

struct TermOptions {
  std::string typed, file;      // what is read: the argument, the file, or standard input
  std::string from, to, input;  // input: how bytes are spelled; empty: see bytes_in()
  bool compressed = false, view = false, pretty = false;
  void add_to(CLI::App& app);

 private:
  void add_verb(CLI::App& app, const char* name, const char* text, const char* from, const char* to);
};

// Statuses: bad_term: what was read is no term; usage: it cannot be read.
int term(const TermOptions& options);

}  // namespace noderuntime::command
