// The file of typed lines, which outlives the shell.
#pragma once

#include <string>
#include <string_view>

#include <noderuntime/result.h>
#include "noderuntime/shell/history.h"

namespace noderuntime::command {

// A file with one line for each line that was typed, readable by its owner only. Several shells may have it open: each
// adds its lines at the end.
class HistoryFile {
 public:
  static constexpr std::size_t most_bytes = std::size_t{1} << 20;  // more are cut off at the next start

  // $XDG_STATE_HOME/noderuntime/shell_history, or that below $HOME/.local/state; "": neither is set.
  static std::string default_path();

  explicit HistoryFile(std::string path) : path_{std::move(path)} {}  // "": no file

  // Adds the file's lines to the history; a file that is too long is written again with those that are kept. A file
  // that is not there yet is not an error. Error system.
  Outcome load(shell::History& history);
  Outcome append(std::string_view line);

 private:
  std::string path_;
};

}  // namespace noderuntime::command
