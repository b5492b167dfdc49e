#include "noderuntime/observe/gate.h"

#include <algorithm>

namespace noderuntime::observe {

namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

Gate::Gate(std::string address, std::string token, By by)
    : address_{std::move(address)},
      port_{address_.substr(address_.rfind(':') + 1)},
      token_{std::move(token)},
      cookie_{"noderuntime_observe_" + port_},
      by_{by} {}

bool Gate::is_own_host(std::string_view host) const {
  if (host == address_) return true;
  for (std::string_view own : {"127.0.0.1", "localhost", "[::1]"})
    if (host == std::string{own} + ':' + port_) return true;
  return false;
}

// Takes the same time for each text of that length.
bool Gate::is_token(std::string_view text) const {
  if (text.size() != token_.size()) return false;
  unsigned differs = 0;
  for (std::size_t i = 0; i < text.size(); ++i) differs |= static_cast<unsigned char>(text[i] ^ token_[i]);
  return differs == 0;
}

bool Gate::has_token(const http::Request& request) const {
  if (auto typed = request.parameter("token"); typed && is_token(*typed)) return true;
  constexpr std::string_view bearer = "Bearer ";
  auto authorization = request.header("authorization");
  if (authorization.starts_with(bearer) && is_token(authorization.substr(bearer.size()))) return true;
  auto cookies = request.header("cookie");
  while (!cookies.empty()) {
    auto end = cookies.find(';');
    auto cookie = cookies.substr(0, end);
    cookie.remove_prefix(std::min(cookie.size(), cookie.find_first_not_of(' ')));
    auto equals = cookie.find('=');
    if (cookie.substr(0, equals) == cookie_ && equals != cookie.npos && is_token(cookie.substr(equals + 1)))
      return true;
    cookies = end == cookies.npos ? std::string_view{} : cookies.substr(end + 1);
  }
  return false;
}

int Gate::refusal(const http::Request& request) const {
  auto host = request.header("host"), origin = request.header("origin");
  bool has_password = by_ == By::password;
  if (!has_password && !is_own_host(host)) return 421;
  bool same_origin = !host.empty() && origin == (has_password ? "https://" : "http://") + std::string{host};
  if (!origin.empty() && !same_origin) return 403;
  bool changes = request.method != "GET" && request.method != "HEAD";
  if (changes && !same_origin) return 403;
  return has_password || has_token(request) ? 0 : 403;
}

std::vector<http::Header> Gate::headers(const http::Request& request) const {
  std::vector<http::Header> headers{{"Content-Security-Policy", std::string{policy}},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Referrer-Policy", "no-referrer"},
                                    {"Cross-Origin-Resource-Policy", "same-origin"},
                                    {"Cross-Origin-Opener-Policy", "same-origin"},
                                    {"Cache-Control", "no-store"}};
  if (auto typed = request.parameter("token"); typed && by_ == By::token && refusal(request) == 0)
    headers.push_back({"Set-Cookie", cookie_ + '=' + token_ + "; Path=/; HttpOnly; SameSite=Strict"});
  return headers;
}

std::string Gate::address() const {
  return by_ == By::password ? "https://" + address_ + '/' : "http://" + address_ + "/?token=" + token_;
}

}  // namespace noderuntime::observe
