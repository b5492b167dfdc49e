// The chains of certificates that have passed the check of one context.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include <noderuntime/bytes.h>

namespace noderuntime::tls {

// To verify a chain takes a tenth of a handshake, and a peer that connects again sends the one of last time. What
// is remembered is the answer for these very certificates, the trust and the rules of this context, and the time in
// which all of them are valid. Not remembered: refusals, and what revocation lists say, which change at any time.
// The name of the host is no part of the answer. Any thread.
class VerifiedChains {
 public:
  using Digest = std::array<Byte, 32>;  // SHA-256
  using Key = std::vector<Digest>;  // of the peer's own certificate and all others that it sent, in its order
  struct Validity {
    std::int64_t from, until;  // seconds since 1970; until: not included
  };

  static constexpr std::size_t most = 1024;  // chains; then the oldest one is forgotten
  static constexpr std::size_t longest = 8;  // certificates of a chain that is remembered

  bool has(const Key& chain, std::int64_t now) const;
  void add(Key chain, Validity validity);
  std::size_t size() const;
  std::vector<Validity> validities() const;  // for tests

 private:
  mutable std::mutex mutex_;
  std::map<Key, Validity> rows_;
  std::deque<std::map<Key, Validity>::iterator> order_;  // the oldest one first
};

}  // namespace noderuntime::tls
