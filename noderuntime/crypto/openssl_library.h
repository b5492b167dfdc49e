// OpenSSL for module crypto. See functions/crypto_library.h.
#pragma once

#include "noderuntime/functions/crypto_library.h"

namespace noderuntime::crypto {

// One for the program, for the nodes of all threads. It is never destroyed, because threads of libuv's pool may still work
// with it when the node that started them has ended.
CryptoLibrary& openssl_library();

}  // namespace noderuntime::crypto
