// Terms that are texts: lists of characters and binaries of UTF-8.
#pragma once

#include <optional>
#include <string>

#include "noderuntime/term/heap.h"

namespace noderuntime::notation {

using IsPrintable = bool (*)(char32_t);

// nullopt: not a proper list, or not each of its elements is a printable character.
std::optional<std::u32string> characters_of_list(Term list, IsPrintable printable);
// nullopt: bits are left over, it is not UTF-8, or not each character is printable.
std::optional<std::u32string> characters_of_binary(Term binary, IsPrintable printable);

std::string bytes_of(Term bitstring);  // the last one padded with zero bits

// Which characters are written as a backslash and a letter: those of `controls`,
// each as the letter at the same place.
struct Escapes {
  std::u32string_view controls;
  std::string_view letters;
};
std::optional<char> escape_letter(const Escapes& escapes, char32_t c);

// "1,2,3" of bytes, and for bits that are left over `rest` with their value and number.
void write_bytes(std::string& out, Term bitstring, std::string_view separator,
                 std::string (*rest)(unsigned value, unsigned bits));

}  // namespace noderuntime::notation
