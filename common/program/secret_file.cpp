#include "common/program/secret_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace noderuntime::program {

namespace {

Error wrong(const std::string& what, const std::string& path, const std::string& why) {
  return Error{Errc::configuration, what + " " + path + " " + why};
}

}  // namespace

Outcome only_its_owners(const std::string& what, const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0)
    return wrong(what, path, std::string{"cannot be read: "} + std::strerror(errno));
  if (status.st_mode & 077) return wrong(what, path, "must be accessible by owner only (chmod 400)");
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
