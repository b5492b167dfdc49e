#include "noderuntime/command/history_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/net/descriptor.h"

namespace noderuntime::command {

namespace {

Error system_error(const std::string& path) { return {Errc::system, path + ": " + std::strerror(errno)}; }

Outcome write_all(const std::string& path, std::string_view bytes, int flags) {
  constexpr mode_t owner_only = 0600;
  net::Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, owner_only)};
  if (!file) return system_error(path);
  while (!bytes.empty()) {
    auto count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0) return system_error(path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return done;
}

void make_directory_of(const std::string& path) {
  std::error_code ignored;  // opening the file reports what is wrong
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), ignored);
}

}  // namespace

std::string HistoryFile::default_path() {
  const char *state = std::getenv("XDG_STATE_HOME"), *home = std::getenv("HOME");
  if (state && *state == '/') return std::string{state} + "/noderuntime/shell_history";
  if (home && *home) return std::string{home} + "/.local/state/noderuntime/shell_history";
  return {};
}

Outcome HistoryFile::load(shell::History& history) {
  if (path_.empty()) return done;
  std::ifstream file{path_, std::ios::binary | std::ios::ate};
  if (!file) return errno == ENOENT ? Outcome{done} : system_error(path_);
  auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
  auto kept = std::min(size, most_bytes);
  std::string bytes(kept, '\0');
  file.seekg(-static_cast<std::streamoff>(kept), std::ios::end);
  file.read(bytes.data(), static_cast<std::streamsize>(kept));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  std::string_view lines{bytes};
  if (size > kept) lines.remove_prefix(std::min(lines.find('\n'), lines.size() - 1) + 1);
  history.add_lines(lines);
  if (size <= most_bytes) return done;
  auto fresh = path_ + ".new";
  if (auto written = write_all(fresh, history.text(), O_TRUNC); !written) return written;
  return rename(fresh.c_str(), path_.c_str()) == 0 ? Outcome{done} : system_error(path_);
}

Outcome HistoryFile::append(std::string_view line) {
  if (path_.empty()) return done;
  make_directory_of(path_);
  return write_all(path_, std::string{line} + '\n', O_APPEND);
}

}  // namespace noderuntime::command
