// Text in the forms that the I/O protocol has: nested lists of characters and binaries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/terms.h>

namespace noderuntime::shell {

// Of a request, not of the terminal, which gets UTF-8.
enum class Encoding { unicode, latin1 };

// The text of `characters`, in UTF-8; nullopt: unicode:characters_to_binary/2 does not take it. Cost: linear.
std::optional<std::string> text_of(Term characters, Encoding encoding);

// A list of characters, or a binary in `encoding`. nullopt: latin1, and there is a character above 255.
// Precondition: valid UTF-8.
std::optional<Term> characters_of(Terms& terms, std::string_view text, Encoding encoding, bool binary);

// The first `count` characters of the text, or all; the number of bytes. Precondition: valid UTF-8.
std::size_t bytes_of_characters(std::string_view text, std::uint64_t count);

// The text with U+FFFD in place of what is not UTF-8.
std::string valid_text(std::string_view bytes);

}  // namespace noderuntime::shell
