// Certificates for the tests of this folder, made once by test/tls/certificates.
#pragma once

#include <string>

#include "noderuntime/tls/settings.h"

namespace noderuntime::test {

// The directory: ca.pem and other.pem are authorities; a, b, rsa, ed25519, expired, early, address, text, wildcard,
// common_name, server_only, client_only, any_usage, foreign and revoked are certificates (see certificates.cpp), and so is below, of the
// authority middle, which ca has signed; crls has the revocation list of ca.
const std::string& certificates();

// Settings with the certificate `name`, and ca as the authority.
tls::RoleSettings settings_with(const std::string& name);

}  // namespace noderuntime::test
