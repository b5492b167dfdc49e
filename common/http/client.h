// What a client of HTTP/1.1 sends to post one body, and how it reads what became of it. Without I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include <noderuntime/strong.h>

namespace noderuntime::http {

// http://HOST[:PORT][/PATH][?QUERY], or https. A host of IPv6 is in brackets. A fragment is left out.
struct Url {
  bool secure = false;
  std::string host;  // without brackets
  Port port{80};
  std::string target;  // begins with '/'

  std::string origin() const;  // https://HOST:PORT: no secret is in it, as may be in the target
  // Errors: configuration (no text of the URL behind its host is in it): another scheme, a user name, no host, a wrong
  // port, a character that is not allowed.
  static Result<Url> parse(std::string_view text);
};

// The bytes of a request, after which the client sends nothing.
std::string post_request(const Url& to, std::string_view content_type, std::string_view body);

// Reads the status of the final response. Source: RFC 9112, 4; RFC 9110, 15.2: responses below 200 come before it.
class StatusReader {
 public:
  static constexpr std::size_t most_bytes = std::size_t{64} << 10;  // of all heads

  // nullopt: needs more. What follows the head of the status does not matter. Errors: unexpected (it is not HTTP),
  // too_large.
  Result<std::optional<int>> feed(Bytes input);

 private:
  Result<std::optional<int>> read();
  std::string head_;  // at most most_bytes
};

}  // namespace noderuntime::http
