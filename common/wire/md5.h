// MD5, for the cookie's digest and the checksums of modules. Source: RFC 1321.
#pragma once

#include <array>

#include "noderuntime/bytes.h"

namespace noderuntime {

using Digest = std::array<Byte, 16>;

Digest md5(Bytes input);

}  // namespace noderuntime
