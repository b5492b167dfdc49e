// Cookies: the secrets that the nodes of a cluster share.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <noderuntime/result.h>

namespace noderuntime {

// Reads a cookie file: its text up to the first line end. If the file does not exist and `may_create`,
// creates it with a random cookie and mode 0400. Error configuration: others may read it, it is empty, or it
// cannot be read or created.
// Source: auth.erl of OTP's kernel.
Result<std::string> read_cookie_file(const std::string& path, bool may_create);

struct FoundCookie {
  std::string text;
  std::string file;  // the file it came from; empty: it was given directly
};
// The first of these that is set: `cookie` itself, the file, systemd's credential
// `cookie`, $HOME/.erlang.cookie.
Result<FoundCookie> find_cookie(const std::string& cookie, const std::string& file);

// Reads cookies of single nodes: lines `NODE COOKIE` in a file that only its owner may read; empty lines and
// lines that begin with `#` are skipped. Error configuration: as above, or a malformed line.
Result<std::map<std::string, std::string, std::less<>>> read_peer_cookies(const std::string& path);

// $HOME/.erlang.cookie. Error configuration: HOME is not set.
Result<std::string> default_cookie_path();

}  // namespace noderuntime
