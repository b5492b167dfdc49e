// What no line of the log shows, whatever it was made of: the cookies of this program. Loop thread only.
#pragma once

#include <string>
#include <string_view>

namespace noderuntime::program {

// From now on log lines, and texts that go through without_secrets(), have *** instead of `secret`. An empty
// one is nothing.
void keep_secret(std::string_view secret);

// Secrets are found as they are, with quotes and backslashes escaped, as the numbers of their characters
// ("97,98"), and where a text was cut within one ("abc..."). Short ones, below 8 characters, are only found
// as whole words. The arguments of set_cookie, which nobody knows yet, are hidden too.
std::string without_secrets(std::string_view text);

}  // namespace noderuntime::program
