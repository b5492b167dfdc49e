// Files with a cookie or a password, which only their owner may read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <noderuntime/result.h>

namespace noderuntime::program {

// The path of the credential `name` that the service manager has passed to this program (LoadCredential= of
// systemd.exec); nullopt: it has passed none of this name.
std::optional<std::string> credential(const std::string& name);

// Error: configuration (context: "WHAT PATH must be accessible by owner only (chmod 400)", or why it cannot be
// read). `what` says what the file is, such as "cookie file". A credential is accepted: an access list protects
// it, and its mode is 0440.
Outcome only_its_owners(const std::string& what, const std::string& path);

// The text before the first line end, without a carriage return. At most `most` bytes are read.
// Errors: configuration (context as above: unreadable, empty or too long).
Result<std::string> first_line(const std::string& what, const std::string& path, std::size_t most);

}  // namespace noderuntime::program
