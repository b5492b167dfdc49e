// The lines that were typed before.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace noderuntime::shell {

// At most `most_lines`; the oldest go first. Lines have no line ends, and are valid UTF-8.
class History {
 public:
  explicit History(std::size_t most_lines) : most_lines_{most_lines} {}

  // False: it is blank, or the same as the last one, and was not added.
  bool add(std::string_view line);
  // Adds the lines of a file. What is not UTF-8, or longer than a line can be, is left out.
  void add_lines(std::string_view file);
  std::size_t size() const { return lines_.size(); }
  const std::string& operator[](std::size_t index) const { return lines_[index]; }  // from the oldest
  // The last line before `end` that contains `text`.
  std::optional<std::size_t> find_before(std::size_t end, std::string_view text) const;
  std::string text() const;  // all lines, as they stand in a file

 private:
  std::size_t most_lines_;
  std::deque<std::string> lines_;
};

}  // namespace noderuntime::shell
