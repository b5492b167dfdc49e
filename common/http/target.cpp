#include "common/http/target.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace noderuntime::http {
namespace {

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { literal, blank };

std::optional<std::string> decoded(std::string_view text, Plus plus) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::blank) c = ' ';
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = hexadecimal(text[i + 1]), low = hexadecimal(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    auto value = static_cast<std::uint8_t>(c);
    if (value < 0x20 || value == 0x7F) return std::nullopt;
    result.push_back(c);
  }
  return result;
}

bool equal_without_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
}

bool add_parameters(std::string_view query, Target& target) {
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals), Plus::blank);
    auto value = equals == pair.npos ? std::string{} : decoded(pair.substr(equals + 1), Plus::blank);
    if (!name || !value) return false;
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Error wrong{Errc::bad_text, "target"};
  Target target;
  if (text == "*") return target.path = "*", target;
  constexpr std::size_t scheme = 7;
  if (equal_without_case(text.substr(0, scheme), "http://")) {
    text.remove_prefix(scheme);
    auto host = text.substr(0, text.find_first_of("/?"));
    if (host.empty() || host.find('@') != host.npos) return wrong;
    target.host = host;
    text.remove_prefix(host.size());
    if (text.empty() || text.front() == '?') target.path = "/";
  }
  auto path = text.substr(0, text.find('?'));
  if (!path.empty() || target.path.empty()) {
    auto plain = decoded(path, Plus::literal);
    if (!plain || !plain->starts_with('/')) return wrong;
    target.path = std::move(*plain);
  }
  text.remove_prefix(std::min(path.size() + 1, text.size()));
  if (!add_parameters(text, target)) return wrong;
  return target;
}

}  // namespace noderuntime::http
