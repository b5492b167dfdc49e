// OpenSSL for module crypto. See functions/crypto_library.h.
#pragma once

#include <memory>

#include "noderuntime/functions/crypto_library.h"

namespace noderuntime::crypto {

std::unique_ptr<CryptoLibrary> openssl_library();

}  // namespace noderuntime::crypto
