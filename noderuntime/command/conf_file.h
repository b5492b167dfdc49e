// Options that stand in a file, for services: /etc/noderuntime/NAME.conf.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/result.h"

namespace noderuntime::command {

// The options in `text`: a line is the name of one, without dashes, and its value if it has one. Empty lines
// and those that begin with `#` do not count.
std::vector<std::string> options_in(std::string_view text);

// `arguments` with the options of the file in place of `--conf-file FILE`. `-FILE`: it need not exist.
// Error configuration: it cannot be read.
Result<std::vector<std::string>> with_conf_file(std::vector<std::string> arguments);

}  // namespace noderuntime::command
