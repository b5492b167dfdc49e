// MD5, for the cookie's digest and the checksums of modules. Source: RFC 1321.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "noderuntime/bytes.h"

namespace noderuntime {

using Digest = std::array<Byte, 16>;

Digest md5(Bytes input);

// Computes the digest of bytes that come piece by piece.
class Md5 {
 public:
  using Saved = std::array<Byte, 88>;  // state, length in bits, unfinished block: all little-endian

  void update(Bytes more);
  Digest finish() const;
  Saved save() const;
  static std::optional<Md5> restore(Bytes saved);  // nullopt: `saved` has another size

 private:
  std::array<std::uint32_t, 4> state_{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  std::uint64_t length_ = 0;  // bytes so far
  std::array<Byte, 64> block_{};
};

}  // namespace noderuntime
