#include "common/http/message.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace noderuntime::http {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

// Source: RFC 9110, section 15; RFC 6585.
constexpr Reason reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

// Source: RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  auto allowed = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           others.find(c) != others.npos;
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  if (!is_token(name)) return;
  head.append(name).append(": ");
  for (char c : value) head.push_back(is_control(c) ? ' ' : c);
  head.append("\r\n");
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace

std::string_view Request::header(std::string_view name) const {
  auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::string_view reason_phrase(int status) {
  auto found = std::ranges::find(reasons, status, &Reason::status);
  return found == std::end(reasons) ? std::string_view{} : found->phrase;
}

Response plain_response(int status, std::string_view text) {
  auto body = std::to_string(status).append(" ").append(reason_phrase(status));
  if (!text.empty()) body.append(": ").append(text);
  return {.status = status, .body = body.append("\n")};
}

std::string event_text(std::string_view name, std::string_view data, std::string_view id) {
  std::string text;
  if (!name.empty()) text.append("event: ").append(first_line(name)).append("\n");
  if (!id.empty()) text.append("id: ").append(first_line(id)).append("\n");
  for (bool more = true; more;) {
    auto line = first_line(data);
    text.append("data: ").append(line).append("\n");
    more = line.size() < data.size();
    data.remove_prefix(line.size());
    if (more) data.remove_prefix(data.starts_with("\r\n") ? 2 : 1);
  }
  return text.append("\n");
}

std::string head_text(int status, std::string_view type, const std::vector<Header>& headers,
                      const HeadFraming& framing) {
  std::string head = "HTTP/1.1 ";
  head.append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
  if (!framing.date.empty()) append_header(head, "Date", framing.date);
  if (!type.empty()) append_header(head, "Content-Type", type);
  if (framing.length) append_header(head, "Content-Length", std::to_string(*framing.length));
  if (framing.chunked) append_header(head, "Transfer-Encoding", "chunked");
  if (!framing.connection.empty()) append_header(head, "Connection", framing.connection);
  for (const auto& [name, value] : headers) append_header(head, name, value);
  return head.append("\r\n");
}

}  // namespace noderuntime::http
