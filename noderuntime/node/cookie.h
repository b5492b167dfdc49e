// The secret that nodes of a cluster share.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "noderuntime/result.h"

namespace noderuntime {

// Reads a cookie file: the text before the first line end. Made with a random value and mode 0400 when it
// does not exist and `may_create`. Errors: configuration: others may read it, it is empty, not readable, not
// makeable. Source: auth.erl of OTP's kernel.
Result<std::string> read_cookie_file(const std::string& path, bool may_create);

struct FoundCookie {
  std::string text;
  std::string file;  // that it was in; empty: it was given itself
};
// The cookie itself, from the file, from what systemd has passed as credential `cookie`, or from
// $HOME/.erlang.cookie: the first that is given (not empty).
Result<FoundCookie> find_cookie(const std::string& cookie, const std::string& file);

// Cookies of single nodes: lines `NODE COOKIE` of a file that only its owner may read; empty lines and those
// that begin with `#` do not count. Error configuration: as above, or a line that is none.
Result<std::map<std::string, std::string, std::less<>>> read_peer_cookies(const std::string& path);

// $HOME/.erlang.cookie; error configuration when HOME is not set.
Result<std::string> default_cookie_path();

}  // namespace noderuntime
