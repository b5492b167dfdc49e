#include "noderuntime/node/cookie.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

#include <noderuntime/node_name.h>
#include "common/entropy/entropy.h"
#include "common/program/environment.h"
#include "common/program/secret_file.h"

namespace noderuntime {

namespace {

constexpr std::size_t random_length = 20;  // capital letters, as in OTP's cookies
constexpr std::size_t max_length = 255;    // on OTP, a cookie is an atom
constexpr std::size_t max_line = 4096;     // with the spaces behind it
constexpr const char* kind = "cookie file";

Error wrong(const std::string& path, const std::string& why) {
  return Error{Errc::configuration, std::string{kind} + " " + path + " " + why};
}

std::string random_cookie() {
  entropy::Words random;
  std::string cookie;
  while (cookie.size() < random_length) cookie += static_cast<char>('A' + random.next() % 26);
  return cookie;
}

Result<std::string> create(const std::string& path) {
  std::string cookie = random_cookie();
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (file < 0) return wrong(path, std::string{"cannot be made: "} + std::strerror(errno));
  bool written = write(file, cookie.data(), cookie.size()) == static_cast<ssize_t>(cookie.size());
  if (close(file) != 0 || !written) return wrong(path, "cannot be written");
  return cookie;
}

Result<std::string> first_line(const std::string& path) {
  auto cookie = program::first_line(kind, path, max_line);
  if (!cookie) return cookie;
  while (!cookie->empty() && (cookie->back() == '\r' || cookie->back() == ' ')) cookie->pop_back();
  if (cookie->empty()) return wrong(path, "is empty");
  if (cookie->size() > max_length) return wrong(path, "is too long");
  return cookie;
}

}  // namespace

Result<std::string> default_cookie_path() {
  auto home = program::environment("HOME");
  if (!home) return Error{Errc::configuration, "HOME is not set: give --setcookie or --cookie-file"};
  return *home + "/.erlang.cookie";
}

Result<FoundCookie> find_cookie(const std::string& cookie, const std::string& file) {
  if (!cookie.empty()) return FoundCookie{cookie, {}};
  auto in = [](const std::string& path, Result<std::string> text) -> Result<FoundCookie> {
    if (!text) return text.error();
    return FoundCookie{std::move(*text), path};
  };
  if (!file.empty()) return in(file, read_cookie_file(file, false));
  if (auto passed = program::credential("cookie")) return in(*passed, first_line(*passed));
  auto path = default_cookie_path();
  if (!path) return path.error();
  return in(*path, read_cookie_file(*path, true));
}

Result<std::map<std::string, std::string, std::less<>>> read_peer_cookies(const std::string& path) {
  if (auto readable = program::only_its_owners(kind, path); !readable) return readable.error();
  std::map<std::string, std::string, std::less<>> cookies;
  std::ifstream file{path};
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words{line};
    std::string node, cookie, more;
    if (!(words >> node) || node.front() == '#') continue;
    if (!(words >> cookie) || words >> more || !NodeName::parse(node) || cookie.size() > max_length)
      return wrong(path, "has a line that is not NODE@HOST COOKIE");
    cookies[node] = cookie;
  }
  return cookies;
}

Result<std::string> read_cookie_file(const std::string& path, bool may_create) {
  if (may_create && access(path.c_str(), F_OK) != 0 && errno == ENOENT) return create(path);
  if (auto readable = program::only_its_owners(kind, path); !readable) return readable.error();
  return first_line(path);
}

}  // namespace noderuntime
