// UTF-8 as Erlang defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Computed by utfcpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noderuntime::utf8 {

// Reads the code point at text[at] and moves `at` behind it; nullopt: malformed, and `at` is unchanged.
std::optional<char32_t> next(std::string_view text, std::size_t& at);

// The number of code points; nullopt: malformed.
std::optional<std::size_t> length(std::string_view text);

void append(std::string& to, char32_t code_point);  // precondition: a valid code point
std::string from_latin1(std::string_view text);
std::optional<std::string> to_latin1(std::string_view text);  // nullopt: malformed, or a code point above 255

}  // namespace noderuntime::utf8
