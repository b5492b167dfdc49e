// Symbols as LFE's scanner knows them (lfe_scan).
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace noderuntime::notation {

inline constexpr std::pair<std::string_view, std::string_view> quote_forms[] = {
    {"quote", "'"}, {"backquote", "`"}, {"comma", ","}, {"comma-at", ",@"}};

bool is_symbol_character(char32_t c);
bool starts_symbol(char32_t c);
// Whether these characters are read as a number.
bool is_integer_text(std::string_view text);
bool is_float_text(std::string_view text);    // digits on both sides of the point, optionally an exponent
bool is_plain_symbol(std::string_view text);  // it needs no bars

std::u32string code_points(std::string_view utf8);  // precondition: valid UTF-8

}  // namespace noderuntime::notation
