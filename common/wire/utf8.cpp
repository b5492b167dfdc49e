#include "common/wire/utf8.h"

#include <utf8cpp/utf8.h>

#include <iterator>

namespace noderuntime::utf8 {

namespace library = ::utf8;

std::optional<char32_t> next(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  if (static_cast<unsigned char>(text[at]) < 0x80) return text[at++];
  // The longest form has four bytes. The library's checked functions that decode one code point throw.
  constexpr std::size_t longest = 4;
  auto rest = text.substr(at, longest);
  auto* first = rest.data();
  if (library::find_invalid(first, first + rest.size()) == first) return std::nullopt;
  auto* behind = first;
  char32_t code = library::unchecked::next(behind);
  at += static_cast<std::size_t>(behind - first);
  return code;
}

std::optional<std::size_t> length(std::string_view text) {
  auto *begin = text.data(), *end = begin + text.size();
  if (!library::is_valid(begin, end)) return std::nullopt;
  return static_cast<std::size_t>(library::unchecked::distance(begin, end));
}

void append(std::string& to, char32_t code) { library::unchecked::append(code, std::back_inserter(to)); }

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
