#include "noderuntime/tls/openssl.h"

#include <dlfcn.h>

namespace noderuntime::tls {

namespace {

constexpr const char *libssl = "libssl.so.3", *libcrypto = "libcrypto.so.3";

OpenSsl loaded;

// The libraries stay open until the program ends.
Outcome load() {
  void *ssl = dlopen(libssl, RTLD_NOW | RTLD_LOCAL), *crypto = dlopen(libcrypto, RTLD_NOW | RTLD_LOCAL);
  if (!ssl || !crypto)
    return Error{Errc::configuration,
                 "TLS needs OpenSSL 3 (Debian's package libssl3 or libssl3t64): " + std::string{dlerror()}};
  const char* missing = nullptr;
#define NODERUNTIME_LOAD(name)                                              \
  loaded.name = reinterpret_cast<decltype(&::name)>(dlsym(library, #name)); \
  if (!loaded.name) missing = #name;
  void* library = ssl;
  NODERUNTIME_LIBSSL(NODERUNTIME_LOAD)
  library = crypto;
  NODERUNTIME_LIBCRYPTO(NODERUNTIME_LOAD)
#undef NODERUNTIME_LOAD
  if (missing) return Error{Errc::configuration, std::string{"OpenSSL has no function "} + missing};
  return done;
}

}  // namespace

Outcome load_openssl() {
  static const Outcome outcome = load();
  return outcome;
}

const OpenSsl& openssl() { return loaded; }

std::string take_openssl_error() {
  auto code = openssl().ERR_get_error();
  if (code == 0) return {};
  openssl().ERR_clear_error();
  const char* reason = openssl().ERR_reason_error_string(code);
  return reason ? reason : "OpenSSL's error " + std::to_string(code);
}

}  // namespace noderuntime::tls
