// The target of a request: where its path and its query are.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime::http {

struct Target {
  std::string host;  // of http://HOST/…; empty: the target names none
  std::string path;  // decoded; begins with '/', or is "*"
  std::vector<std::pair<std::string, std::string>> query;
};

// Parses /PATH?QUERY, http://HOST/PATH?QUERY and *. Error bad_text: another form, a wrong %-sequence, a path or
// parameter that is decoded to control characters.
// Source: RFC 9112, section 3.2; RFC 3986, section 2.1. A '+' in a query is a blank, as browsers send it.
Result<Target> parse_target(std::string_view text);

}  // namespace noderuntime::http
