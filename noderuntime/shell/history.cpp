#include "noderuntime/shell/history.h"

#include <algorithm>

#include "common/wire/utf8.h"

namespace noderuntime::shell {

namespace {
constexpr std::size_t most_bytes_of_line = 64 << 10;
}

bool History::add(std::string_view line) {
  bool blank = line.find_first_not_of(" \t") == line.npos;
  if (most_lines_ == 0 || blank || line.size() > most_bytes_of_line) return false;
  if (!lines_.empty() && lines_.back() == line) return false;
  if (lines_.size() == most_lines_) lines_.pop_front();
  lines_.emplace_back(line);
  return true;
}

void History::add_lines(std::string_view file) {
  for (std::size_t at = 0; at < file.size();) {
    auto end = std::min(file.find('\n', at), file.size());
    auto line = file.substr(at, end - at);
    if (utf8::length(line)) add(line);
    at = end + 1;
  }
}

std::optional<std::size_t> History::find_before(std::size_t end, std::string_view text) const {
  for (std::size_t index = std::min(end, lines_.size()); index-- > 0;)
    if (lines_[index].find(text) != std::string::npos) return index;
  return std::nullopt;
}

std::string History::text() const {
  std::string all;
  for (auto& line : lines_) all += line + '\n';
  return all;
}

}  // namespace noderuntime::shell
