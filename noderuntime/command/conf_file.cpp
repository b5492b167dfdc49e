#include "noderuntime/command/conf_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace noderuntime::command {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

std::vector<std::string> options_in(std::string_view text) {
  std::vector<std::string> options;
  while (!text.empty()) {
    auto line = trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (line.empty() || line.front() == '#') continue;
    auto name = line.substr(0, line.find_first_of(blanks));
    auto value = trimmed(line.substr(name.size()));
    auto& option = options.emplace_back("--").append(name);
    if (!value.empty()) option.append("=").append(value);
  }
  return options;
}

Result<std::vector<std::string>> with_conf_file(std::vector<std::string> arguments) {
  auto at = std::find(arguments.begin(), arguments.end(), "--conf-file");
  if (at == arguments.end() || at + 1 == arguments.end()) return arguments;
  std::string path = *(at + 1);
  bool may_be_missing = path.starts_with('-');
  if (may_be_missing) path.erase(0, 1);
  std::ifstream file{path};
  int problem = errno;
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file && !(may_be_missing && problem == ENOENT))
    return Error{Errc::configuration, path + ": " + std::strerror(problem)};
  auto options = options_in(text.str());
  at = arguments.erase(at, at + 2);
  arguments.insert(at, options.begin(), options.end());
  return arguments;
}

}  // namespace noderuntime::command
