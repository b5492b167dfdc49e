#include "noderuntime/node/own_name.h"

#include "common/net/host.h"
#include "common/wire/utf8.h"

namespace noderuntime {

namespace {

// OTP's rule for its own host: printable characters up to U+00FF.
bool may_be_own_host(std::string_view host) {
  for (std::size_t at = 0; at < host.size();) {
    auto character = utf8::next(host, at);
    if (!character || *character <= U' ' || *character > 0xFF) return false;
  }
  return true;
}

}  // namespace

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
  auto full = NodeName::parse(name + "@" + host);
  if (full && !may_be_own_host(host))
    return Error{Errc::bad_node_name,
                 full->full() + " (a host has no spaces and no characters above U+00FF)"};
  return full;
}

Result<NodeName> own_node_name(std::string_view typed, NameKind kind) {
  if (typed.find('@') != std::string_view::npos) return own_node_name(typed, kind, "");
  auto host = net::host_name();
  if (!host) return host.error();
  return own_node_name(typed, kind, *host);
}

}  // namespace noderuntime
