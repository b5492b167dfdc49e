#include "common/program/secret_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/program/environment.h"

namespace noderuntime::program {

namespace {

Error wrong(const std::string& what, const std::string& path, const std::string& why) {
  return Error{Errc::configuration, what + " " + path + " " + why};
}

std::string credentials_directory() { return environment("CREDENTIALS_DIRECTORY").value_or(""); }

bool is_credential(const std::string& path) {
  auto directory = credentials_directory();
  return !directory.empty() && path.starts_with(directory + "/");
}

}  // namespace

std::optional<std::string> credential(const std::string& name) {
  auto directory = credentials_directory();
  if (directory.empty()) return std::nullopt;
  auto path = directory + '/' + name;
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? std::optional{path} : std::nullopt;
}

Outcome only_its_owners(const std::string& what, const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0)
    return wrong(what, path, std::string{"cannot be read: "} + std::strerror(errno));
  if ((status.st_mode & 077) != 0 && !is_credential(path))
    return wrong(what, path, "must be accessible by owner only (chmod 400)");
  return done;
}

Result<std::string> first_line(const std::string& what, const std::string& path, std::size_t most) {
  constexpr std::size_t line_end = 2;  // a carriage return and a line feed
  std::ifstream file{path, std::ios::binary};
  std::string text(most + line_end, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof())
    return wrong(what, path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.resize(std::min(text.find('\n'), text.size()));
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) return wrong(what, path, "is empty");
  if (text.size() > most) return wrong(what, path, "is too long");
  return text;
}

}  // namespace noderuntime::program
