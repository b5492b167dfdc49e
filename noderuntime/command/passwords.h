// Who may read what is served with a password. Without I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime::command {

struct NameAndPassword {
  std::string name, password;
};

// The header Authorization: `Basic` and NAME:PASSWORD in base64. nullopt: it is none. Source: RFC 7617.
std::optional<NameAndPassword> basic_authorization(std::string_view header);

// Whether two texts are equal. The time depends on the length of `typed` alone.
bool same_secret(std::string_view typed, std::string_view secret);

// The users of a password file.
class Passwords {
 public:
  static constexpr std::size_t most_bytes = std::size_t{64} << 10, most_users = 1'000;

  // A line for each user: NAME:SECRET, where SECRET is the password, or a hash of crypt(3), which begins with '$'.
  // Empty lines and lines that begin with '#' are passed over. Error configuration: a line is wrong, or there is no user.
  // No text of the file is in the error.
  static Result<Passwords> parse(std::string_view text);

  // What the user's password is compared with; of one that does not exist another user's hash, or a password that nobody
  // has, so that the answer takes as long.
  struct Secret {
    std::string text;
    bool is_hash = false, exists = false;
  };
  Secret secret_of(std::string_view name) const;
  std::vector<std::string> hashes() const;

 private:
  std::map<std::string, std::string, std::less<>> secrets_;
};

// Counts wrong passwords, by the host that they come from. Times are those of a steady clock of the owner.
class WrongPasswords {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr unsigned most = 10;          // of one host within `period`
  static constexpr unsigned most_of_all = 100;  // of all hosts
  static constexpr Milliseconds period{60'000};

  bool may_try(const std::string& host, Milliseconds now);
  void add(const std::string& host, Milliseconds now);

 private:
  void begin_period(Milliseconds now);
  Milliseconds began_{0};
  unsigned all_ = 0;
  std::map<std::string, unsigned> by_host_;  // at most most_of_all
};

}  // namespace noderuntime::command
