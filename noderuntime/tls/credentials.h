// The certificates, keys and trust of a node, in both roles, as they are in the files now.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/tls/context.h"
#include "noderuntime/tls/settings.h"

namespace noderuntime::tls {

// Owned by the node. Loop thread only, but for what says otherwise.
class Credentials {
 public:
  struct Files;  // what a reading of the files gave

  // Errors: configuration, see settings_of() and Context::load().
  static Result<std::shared_ptr<Credentials>> load(const TlsOptions& options);

  // For new sessions; those that exist keep what they began with.
  std::shared_ptr<const Context> context(Role role) const { return role == Role::server ? server_ : client_; }
  const Settings& settings() const { return settings_; }

  // Read the files again, but for the option file and the password file. Any thread, as long as nobody calls
  // take() meanwhile: a disk may be slow, and a key with a password takes many milliseconds.
  Files read() const;
  std::optional<Files> read_if_changed() const;  // nullopt: each file is the one of the last take()
  // Uses them for new sessions. After an error, that of Context::load(), the old contexts stay.
  Outcome take(Files files);

  // For the log: serial and time to expiry of each certificate of ours.
  std::vector<std::string> descriptions() const;
  // The same of those that expire within `days` days from now.
  std::vector<std::string> expiring_within(int days) const;

 private:
  // What tells one version of a file from another.
  struct Stamp {
    std::int64_t changed = 0, size = -1;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  explicit Credentials(Settings settings) : settings_{std::move(settings)} {}
  static Stamp stamp_of(const std::string& file);
  static void look_into(const std::string& directory, std::vector<Stamp>& stamps);
  std::vector<Stamp> look() const;

  Settings settings_;
  std::shared_ptr<const Context> server_, client_;
  std::vector<Stamp> stamps_;
};

struct Credentials::Files {
  std::vector<Stamp> stamps;
  Result<std::shared_ptr<const Context>> server = std::shared_ptr<const Context>{}, client = server;
};

}  // namespace noderuntime::tls
