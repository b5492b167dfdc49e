// Hides the cookies of this program in log lines. Loop thread only.
#pragma once

#include <string>
#include <string_view>

namespace noderuntime::program {

// From now on, log lines and texts passed to without_secrets() have *** in place of `secret`. An
// empty secret is ignored.
void keep_secret(std::string_view secret);

// Finds secrets as they are, with quotes and backslashes escaped, as the numbers of their characters
// ("97,98"), and where a text was cut within one ("abc..."). Secrets below 8 characters are found only as
// whole words. Also hides the arguments of set_cookie, which are not known as secrets yet.
std::string without_secrets(std::string_view text);

}  // namespace noderuntime::program
