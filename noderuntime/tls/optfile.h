// The option file of OTP's TLS distribution: -ssl_dist_optfile.
// Source: OTP's ssl application, "Using TLS for Erlang Distribution"; docs/protocol/tls.md.
#pragma once

#include <string_view>

#include "noderuntime/tls/settings.h"

namespace noderuntime::tls {

// The text of such a file: one expression that ends with a dot,
//
//     [{server, [{certfile, "/etc/dist/a.pem"}, …]}, {client, […]}].
//
// Comments, ++ of lists and strings, adjacent strings, binaries, maps and fun Module:Function/Arity are
// understood; variables are errors, and so are calls and funs with a body in options that have an effect
// here. Settings::warnings gets a line for each option that has no effect here. Whether the settings suffice
// for a connection is not checked: settings_of() does that.
// Errors: configuration; the context begins with "line N: ".
Result<Settings> parse_optfile(std::string_view text);

}  // namespace noderuntime::tls
