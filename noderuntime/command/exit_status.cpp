#include "noderuntime/command/exit_status.h"

namespace noderuntime::command {

ExitStatus exit_status(const Error& error) {
  switch (error.code) {
    case Errc::usage: return usage;
    case Errc::configuration:
    case Errc::bad_node_name: return configuration;
    case Errc::bad_cookie:
    case Errc::certificate_missing:
    case Errc::certificate_expired:
    case Errc::certificate_early:
    case Errc::certificate_untrusted:
    case Errc::certificate_host:
    case Errc::certificate_purpose:
    case Errc::certificate_revoked:
    case Errc::certificate_refused:
    case Errc::not_allowed: return not_permitted;
    case Errc::timeout: return temporary;
    case Errc::interrupted: return by_interrupt;
    case Errc::name_taken: return cannot_create;
    case Errc::unknown_host: return no_host;
    case Errc::system:
    case Errc::no_epmd:
    case Errc::unknown_node:
    case Errc::unreachable:
    case Errc::connection_closed: return unreachable;
    case Errc::bad_text: return bad_term;
    case Errc::truncated:
    case Errc::unexpected:
    case Errc::too_large:
    case Errc::too_deep:
    case Errc::bad_flags:
    case Errc::names_nobody:
    case Errc::other_connection:
    case Errc::wrong_node:
    case Errc::plain_peer:
    case Errc::tls_peer:
    case Errc::tls_failed:
    case Errc::tls_version:
    case Errc::bad_term:
    case Errc::bad_control:
    case Errc::bad_frame:
    case Errc::too_many_atoms: return protocol;
    case Errc::raised:
    case Errc::not_started:
    case Errc::bad_module:
    case Errc::not_found: return internal;
  }
  return internal;
}

}  // namespace noderuntime::command
