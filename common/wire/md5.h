// MD5, for the cookie's digest and the checksums of modules. Source: RFC 1321; computed by libmd.
#pragma once

#include <md5.h>

#include <array>
#include <optional>

#include <noderuntime/bytes.h>

namespace noderuntime {

using Digest = std::array<Byte, MD5_DIGEST_LENGTH>;

Digest md5(Bytes input);

// Computes the digest of bytes that come piece by piece.
class Md5 {
 public:
  // The context of erlang:md5_init/0: four words of state, the length in bits, the unfinished block.
  using Saved = std::array<Byte, sizeof(MD5_CTX)>;

  Md5();
  void update(Bytes more);
  Digest finish() const;
  Saved save() const;
  static std::optional<Md5> restore(Bytes saved);  // nullopt: `saved` has another size

 private:
  MD5_CTX context_{};
};

}  // namespace noderuntime
