// Terms that are text: lists of characters and UTF-8 binaries.
#pragma once

#include <optional>
#include <string>

#include "noderuntime/term/heap.h"

namespace noderuntime::notation {

using IsPrintable = bool (*)(char32_t);

// nullopt: not a proper list, or not all elements are printable characters.
std::optional<std::u32string> characters_of_list(Term list, IsPrintable printable);
// nullopt: not whole bytes, not UTF-8, or not all characters are printable.
std::optional<std::u32string> characters_of_binary(Term binary, IsPrintable printable);

std::string bytes_of(Term bitstring);  // the last byte is padded with zero bits

// Characters written as a backslash and a letter: each of `controls` as the letter at the same place.
struct Escapes {
  std::u32string_view controls;
  std::string_view letters;
};
std::optional<char> escape_letter(const Escapes& escapes, char32_t c);

// Writes the bytes as "1,2,3"; remaining bits by `rest`, with their value and number.
void write_bytes(std::string& out, Term bitstring, std::string_view separator,
                 std::string (*rest)(unsigned value, unsigned bits));

}  // namespace noderuntime::notation
