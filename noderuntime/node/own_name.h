// Makes the full name of a node from what the user typed.
#pragma once

#include <string_view>

#include <noderuntime/node_name.h>

namespace noderuntime {

enum class NameKind { short_name, long_name };

// typed   NAME or NAME@HOST. Without a host, `own_host` (the system's host name) is used: up to its first dot
//         for a short name, whole for a long one. NAME has ASCII letters, digits, '_' and '-' only; HOST has
//         no spaces. The host of a long name has a dot, or is an IPv6 address; that of a short name has none.
// errors  configuration, bad_node_name
// source  net_kernel.erl of OTP
Result<NodeName> own_node_name(std::string_view typed, NameKind kind, std::string_view own_host);

// The same with net::host_name(), which is asked only for a NAME without a host. More errors: system.
Result<NodeName> own_node_name(std::string_view typed, NameKind kind);

}  // namespace noderuntime
