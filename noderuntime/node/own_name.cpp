#include "noderuntime/node/own_name.h"

namespace noderuntime {

Result<NodeName> own_node_name(std::string_view typed, NameKind kind, std::string_view own_host) {
  auto at = typed.find('@');
  std::string name{typed.substr(0, at)};
  std::string host{at == std::string_view::npos ? own_host : typed.substr(at + 1)};
  if (kind == NameKind::short_name && at == std::string_view::npos) host = host.substr(0, host.find('.'));

  bool is_long = host.find('.') != std::string::npos || host.find(':') != std::string::npos;
  if (kind == NameKind::short_name && is_long)
    return Error{Errc::configuration, "a short name has no dot in its host: " + host + " (use --name)"};
  if (kind == NameKind::long_name && !is_long)
    return Error{Errc::configuration, "a long name needs a dot in its host: '" + host +
                                          "' (give NAME@HOST.DOMAIN, or use --sname)"};
  return NodeName::parse(name + "@" + host);
}

}  // namespace noderuntime
