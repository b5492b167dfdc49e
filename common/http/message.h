// Requests and responses of HTTP/1.1, as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noderuntime::http {

struct Header {
  std::string name, value;
};

struct Request {
  std::string method;  // as sent: GET, HEAD, POST …
  std::string target;  // as sent: /a%20b?x=1, http://host/a
  std::string path;    // decoded; begins with '/', without control characters
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in their order
  std::vector<Header> headers;  // names in lower case; the values of equal names are joined
  std::string body;             // complete

  std::string_view header(std::string_view name) const;  // `name` in lower case; empty: there is none
  std::optional<std::string_view> parameter(std::string_view name) const;  // the first of the query
};

// Bytes that stay in place until they are written.
class Body {
 public:
  Body() = default;
  Body(std::string text) : Body{std::make_shared<const std::string>(std::move(text))} {}
  Body(std::shared_ptr<const std::string> text)
      : text_{text ? *text : std::string_view{}}, keeper_{std::move(text)} {}
  static Body constant(std::string_view text) { return Body{text, nullptr}; }  // lives as long as the program

  std::string_view text() const { return text_; }
  const std::shared_ptr<const void>& keeper() const { return keeper_; }

 private:
  Body(std::string_view text, std::shared_ptr<const void> keeper) : text_{text}, keeper_{std::move(keeper)} {}
  std::string_view text_;
  std::shared_ptr<const void> keeper_;
};

inline constexpr std::string_view plain_text = "text/plain; charset=utf-8";
inline constexpr std::string_view event_stream = "text/event-stream";

// `headers` come besides Content-Type, Content-Length, Date and Connection. Control characters in values are sent as
// blanks; a header whose name is not a token is not sent.
struct Response {
  int status = 200;
  std::string type{plain_text};  // Content-Type; empty: none
  Body body{};
  std::vector<Header> headers{};
};

// The beginning of a response whose body comes in pieces.
struct StreamHead {
  int status = 200;
  std::string type{event_stream};
  std::vector<Header> headers{};
};

// What became of a piece of a streamed body.
enum class Written {
  accepted,
  skipped,  // too much of the response is unread
  gone      // the response has ended, or its connection
};
enum class WhenFull { skip, drop };  // a piece; the connection

// "400 Bad Request\n": a response for people that has nothing else to say.
Response plain_response(int status, std::string_view text = {});

std::string_view reason_phrase(int status);  // "Not Found"; empty: unknown

// One event of a stream of events. Line breaks in `data` become lines of their own; `name` and `id` end at theirs.
// Source: HTML Living Standard, "Server-sent events".
std::string event_text(std::string_view name, std::string_view data, std::string_view id = {});

// The bytes in front of a body. `length`: nullopt sends Transfer-Encoding: chunked if `chunked`, else nothing.
struct HeadFraming {
  std::optional<std::size_t> length;
  bool chunked = false;
  std::string_view connection;  // "close", "keep-alive"; empty: not sent
  std::string_view date;        // empty: not sent
};
std::string head_text(int status, std::string_view type, const std::vector<Header>& headers,
                      const HeadFraming& framing);

}  // namespace noderuntime::http
