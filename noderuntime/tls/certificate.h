// What a certificate says. For the sources of this folder only.
#pragma once

#include <cstdint>
#include <string>

#include "noderuntime/tls/openssl.h"

namespace noderuntime::tls {

// From now on; negative: it has passed.
std::int64_t seconds_until(const ASN1_TIME* time);

std::string serial_of(X509* certificate);  // hexadecimal digits

// The DNS names and IP addresses that the certificate is for, with blanks between them; at most 300 characters.
std::string hosts_of(X509* certificate);

// Whether the certificate is for `host`, the host part of a node's name. For an IP address a DNS name of the same
// text counts too: OTP 25 demands it, OTP 27 and 29 demand an address. With `wildcards` an asterisk stands for the
// first label of a host's name.
bool names_host(X509* certificate, const std::string& host, bool wildcards = false);

}  // namespace noderuntime::tls
