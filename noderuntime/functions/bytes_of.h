// Bytes and characters from the lists and binaries of Erlang code.
#pragma once

#include <optional>
#include <string>

#include <noderuntime/bytes.h>
#include "noderuntime/functions/native.h"

namespace noderuntime {

// The bits of an iolist or bitlist: `bits` of them; unused bits of the last byte are zero.
struct BitBuffer {
  Buffer bytes;
  std::uint64_t bits = 0;
};
// nullopt: not such a list; whole_bytes: each binary has whole bytes
std::optional<BitBuffer> bits_of_list(Term list, bool whole_bytes = false);
std::optional<Buffer> bytes_of_iolist(Term iolist);  // may also be a binary

// The characters of a flat list as UTF-8; nullopt: not a list of code points.
std::optional<std::string> text_of_list(Term list);

// The UTF-8 of unicode:chardata(): nested lists of characters and UTF-8 binaries. nullopt: not chardata.
std::optional<std::string> characters_of(Term data);

std::optional<std::size_t> length_of(Term list);  // nullopt: not a proper list

// The list of the code points of `utf8`.
Term make_characters(Heap& heap, std::string_view utf8);

}  // namespace noderuntime
