#include "noderuntime/command/conf_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace noderuntime::command {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view option = "--conf-file", option_with_value = "--conf-file=";

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// The options in the file `path`; `-PATH` need not exist.
Result<std::vector<std::string>> read_options(std::string path) {
  bool may_be_missing = path.starts_with('-');
  if (may_be_missing) path.erase(0, 1);
  std::ifstream file{path};
  int problem = errno;
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file && !(may_be_missing && problem == ENOENT))
    return Error{Errc::configuration, path + ": " + std::strerror(problem)};
  auto options = options_in(text.str());
  if (std::ranges::any_of(options, [](auto& each) { return each.starts_with(option); }))
    return Error{Errc::configuration, path + ": conf-file is for the command line only"};
  return options;
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

Result<std::vector<std::string>> with_conf_files(const std::vector<std::string>& arguments) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (argument == "--") {  // what follows is no option
      all.insert(all.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    bool apart = argument == option && i + 1 < arguments.size();
    if (!apart && !argument.starts_with(option_with_value)) {
      all.push_back(arguments[i]);
      continue;
    }
    auto options =
        read_options(apart ? arguments[++i] : std::string{argument.substr(option_with_value.size())});
    if (!options) return options.error();
    all.insert(all.end(), options->begin(), options->end());
  }
  return all;
}

}  // namespace noderuntime::command
