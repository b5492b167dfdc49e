// What the sessions of one role share: certificate, key, trust, rules. Made from files, and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <noderuntime/result.h>
#include "noderuntime/tls/settings.h"
#include "noderuntime/tls/verified_chains.h"

struct ssl_ctx_st;

namespace noderuntime::tls {

// Never changes after load(), but for what it remembers of peers. Sessions share it, so it lives as long as the last of them. Any thread.
class Context {
 public:
  // Reads the files of `settings`. Loop thread only, because load_openssl() is.
  // Errors: configuration (context: the file and what is wrong with it): a file is missing or malformed, others
  // than its owner may read the key, the key does not fit the certificate, the certificate is not valid at this
  // time or not for this role, a version or cipher is unknown; OpenSSL is not installed.
  static Result<std::shared_ptr<const Context>> load(const RoleSettings& settings, Role role);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Role role() const { return role_; }
  const RoleSettings& settings() const { return settings_; }
  ssl_ctx_st* raw() const { return context_; }
  VerifiedChains& verified_chains() const { return verified_; }

  // Of the node's certificate. Precondition: settings().certificate_file is not empty.
  std::string serial() const;              // hexadecimal digits
  std::int64_t seconds_to_expiry() const;  // negative: it has expired

 private:
  Context(RoleSettings settings, Role role) : settings_{std::move(settings)}, role_{role} {}
  Outcome open();
  Outcome take_certificate();
  Outcome take_key();
  Outcome check_certificate() const;
  Outcome take_authorities();
  Outcome take_algorithms();
  void build_chain();

  RoleSettings settings_;
  Role role_;
  ssl_ctx_st* context_ = nullptr;
  mutable VerifiedChains verified_;
};

}  // namespace noderuntime::tls
