#include "noderuntime/notation/lfe_symbols.h"

#include <algorithm>

#include "common/wire/utf8.h"

namespace noderuntime::notation {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - start;
}
std::size_t sign(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '+' || text[at] == '-');
}

}  // namespace

bool is_symbol_character(char32_t c) {
  if (c < 0x80 && std::string_view{"()[]{}\";"}.find(static_cast<char>(c)) != std::string_view::npos)
    return false;
  return (c > ' ' && c <= '~') || c > 0xA0;
}

bool starts_symbol(char32_t c) {
  if (c < 0x80 && std::string_view{"#`',|"}.find(static_cast<char>(c)) != std::string_view::npos)
    return false;
  return is_symbol_character(c);
}

bool is_integer_text(std::string_view text) {
  std::size_t at = sign(text, 0), count = digits(text, at);
  return count > 0 && at + count == text.size();
}

bool is_float_text(std::string_view text) {
  std::size_t at = sign(text, 0), whole = digits(text, at);
  at += whole;
  if (whole == 0 || at == text.size() || text[at] != '.') return false;
  std::size_t fraction = digits(text, ++at);
  at += fraction;
  if (fraction == 0 || at == text.size()) return fraction > 0;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  at += sign(text, at);
  std::size_t exponent = digits(text, at);
  return exponent > 0 && at + exponent == text.size();
}

bool is_plain_symbol(std::string_view text) {
  if (text.empty() || text == "." || is_integer_text(text) || is_float_text(text)) return false;
  auto characters = code_points(text);
  return starts_symbol(characters[0]) &&
         std::all_of(characters.begin(), characters.end(), is_symbol_character);
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) out += *utf8::next(text, at);
  return out;
}

}  // namespace noderuntime::notation
