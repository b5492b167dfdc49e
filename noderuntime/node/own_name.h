// The full name of a node from what its user typed.
#pragma once

#include <string_view>

#include "noderuntime/node_name.h"

namespace noderuntime {

enum class NameKind { short_name, long_name };

// typed  NAME or NAME@HOST; without a host, `own_host` (the system's host name) is taken: up to its first dot
// for a
//        short name, whole for a long one
// NAME has ASCII letters, digits, '_' and '-' only; HOST no spaces. A long name's host has a dot, or is an
// IPv6 address; a short name's has none. errors  configuration, bad_node_name source  net_kernel.erl of OTP
Result<NodeName> own_node_name(std::string_view typed, NameKind kind, std::string_view own_host);

}  // namespace noderuntime
