// Options in a file, for services: /etc/noderuntime/NAME.conf.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime::command {

// The options in `text`. Each line has a name without dashes, and a value if the option takes one. Empty
// lines and lines that begin with `#` are skipped.
std::vector<std::string> options_in(std::string_view text);

// `arguments` with each `--conf-file FILE` and `--conf-file=FILE` replaced by the options in the file. With
// `-FILE` it need not exist. Arguments behind `--` stay.
// Error configuration: a file cannot be read, or names a conf file itself.
Result<std::vector<std::string>> with_conf_files(const std::vector<std::string>& arguments);

}  // namespace noderuntime::command
