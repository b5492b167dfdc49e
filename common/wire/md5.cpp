#include "common/wire/md5.h"

#include <cstring>

namespace noderuntime {

static_assert(sizeof(MD5_CTX) == 88);  // as OTP's (erts/emulator/beam/erl_md5.c)

Md5::Md5() { MD5Init(&context_); }

void Md5::update(Bytes more) { MD5Update(&context_, more.data(), more.size()); }

Digest Md5::finish() const {
  MD5_CTX last = context_;  // MD5Final() changes it
  Digest digest;
  MD5Final(digest.data(), &last);
  return digest;
}

Md5::Saved Md5::save() const {
  Saved saved;
  std::memcpy(saved.data(), &context_, sizeof context_);
  return saved;
}

std::optional<Md5> Md5::restore(Bytes saved) {
  if (saved.size() != sizeof(MD5_CTX)) return std::nullopt;
  Md5 sum;
  std::memcpy(&sum.context_, saved.data(), sizeof sum.context_);
  return sum;
}

Digest md5(Bytes input) {
  Md5 sum;
  sum.update(input);
  return sum.finish();
}

}  // namespace noderuntime
