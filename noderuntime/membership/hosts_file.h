// Reads the format of OTP's .hosts.erlang.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime::membership {

// The hosts in `text`, in its order. Each is an Erlang atom with a dot behind it: 'host.example.org'. or
// host. `%` begins a comment. Hosts of more than 255 bytes are refused. Error: configuration, with `file` and
// the number of the line. Source: net_adm:host_file/0.
Result<std::vector<std::string>> hosts_in(std::string_view text, const std::string& file);

}  // namespace noderuntime::membership
