#include "common/http/client.h"

#include <algorithm>
#include <charconv>

namespace noderuntime::http {
namespace {

Error wrong(const std::string& what) { return {Errc::configuration, "URL: " + what}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_visible(char c) { return c > ' ' && c < 0x7F; }

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_';
  });
}
bool is_ipv6(std::string_view host) {
  return host.find(':') != host.npos && host.find_first_not_of("0123456789abcdefABCDEF:.") == host.npos;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  Url url;
  constexpr std::string_view plain = "http://", secure = "https://";
  if (!text.starts_with(plain) && !text.starts_with(secure))
    return wrong("it begins with http:// or https://");
  url.secure = text.starts_with(secure);
  text.remove_prefix(url.secure ? secure.size() : plain.size());
  if (!std::all_of(text.begin(), text.end(), is_visible))
    return wrong("blanks, control characters and characters beyond ASCII are written as %XX");
  text = text.substr(0, text.find('#'));
  auto end = text.find_first_of("/?");
  auto place = text.substr(0, end);
  url.target = end == text.npos ? "/" : std::string{text.substr(end)};
  if (url.target.front() == '?') url.target.insert(0, "/");
  if (place.find('@') != place.npos) return wrong("it may have no user name and no password");
  std::string_view port;
  if (place.starts_with('[')) {
    auto close = place.find(']');
    if (close == place.npos || !is_ipv6(place.substr(1, close - 1))) return wrong("the host is wrong");
    url.host = place.substr(1, close - 1);
    auto rest = place.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return wrong("the host is wrong");
    port = rest.empty() ? rest : rest.substr(1);
  } else {
    auto colon = place.find(':');
    if (!is_host(place.substr(0, colon))) return wrong("the host is wrong");
    url.host = place.substr(0, colon);
    port = colon == place.npos ? std::string_view{} : place.substr(colon + 1);
  }
  url.port = Port{static_cast<std::uint16_t>(url.secure ? 443 : 80)};
  if (!port.empty()) {
    std::uint16_t number = 0;
    auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || last != port.data() + port.size() || number == 0)
      return wrong("the port is 1 to 65535");
    url.port = Port{number};
  }
  return url;
}

namespace {

// HOST[:PORT], as in a URL and in the field Host.
std::string authority_of(const Url& url) {
  auto host = url.host.find(':') == url.host.npos ? url.host : '[' + url.host + ']';
  bool usual = url.port.value() == (url.secure ? 443 : 80);
  return usual ? host : host + ':' + std::to_string(url.port.value());
}

}  // namespace

std::string Url::origin() const { return (secure ? "https://" : "http://") + authority_of(*this); }

std::string post_request(const Url& to, std::string_view content_type, std::string_view body) {
  return "POST " + to.target + " HTTP/1.1\r\nHost: " + authority_of(to) +
         "\r\nUser-Agent: noderuntime/" NODERUNTIME_VERSION "\r\nContent-Type: " + std::string{content_type} +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         std::string{body};
}

Result<std::optional<int>> StatusReader::feed(Bytes input) {
  auto fitting = std::min(input.size(), most_bytes - head_.size());
  head_ += as_text(input.first(fitting));
  auto status = read();
  bool whole = !status || *status || fitting == input.size();
  return whole ? std::move(status) : Error{Errc::too_large, "the head of the response"};
}

Result<std::optional<int>> StatusReader::read() {
  while (true) {
    constexpr std::string_view version = "HTTP/1.";
    constexpr std::size_t code_at = version.size() + 2;  // "HTTP/1.1 200"
    auto begin = std::string_view{head_}.substr(0, version.size());
    if (begin != version.substr(0, begin.size())) return Error{Errc::unexpected, "it does not speak HTTP/1"};
    if (head_.size() < code_at + 4) return std::optional<int>{};
    int status = 0;
    auto* code = head_.data() + code_at;
    auto [last, error] = std::from_chars(code, code + 3, status);
    bool ends = code[3] == ' ' || code[3] == '\r' || code[3] == '\n';
    if (!is_digit(head_[version.size()]) || code[-1] != ' ' || last != code + 3 || error != std::errc{} ||
        !ends || status < 100)
      return Error{Errc::unexpected, "it does not speak HTTP/1"};
    if (status >= 200) return std::optional{status};
    auto end = head_.find("\r\n\r\n");
    if (end == head_.npos) return std::optional<int>{};
    head_.erase(0, end + 4);
  }
}

}  // namespace noderuntime::http
