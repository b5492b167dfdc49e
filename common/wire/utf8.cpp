#include "common/wire/utf8.h"

namespace noderuntime::utf8 {

std::optional<char32_t> next(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned char first = byte(0);
  if (first < 0x80) {
    ++at;
    return first;
  }
  std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() - at <= more) return std::nullopt;
  char32_t code = first & (0x3F >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3F);
  }
  bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
  bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return std::nullopt;
  at += more + 1;
  return code;
}

std::optional<std::size_t> length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count)
    if (!next(text, at)) return std::nullopt;
  return count;
}

void append(std::string& to, char32_t code) {
  auto tail = [&](int shift) { to += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    to += static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xF0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string from_latin1(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (unsigned char c : text) append(out, c);
  return out;
}

std::optional<std::string> to_latin1(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto point = next(text, at);
    if (!point || *point > 255) return std::nullopt;
    out.push_back(static_cast<char>(*point));
  }
  return out;
}

}  // namespace noderuntime::utf8
