// Bytes and characters out of the lists that Erlang code writes them as.
#pragma once

#include <optional>
#include <string>

#include "noderuntime/bytes.h"
#include "noderuntime/functions/native.h"

namespace noderuntime {

// The bits of an iolist or bitlist; nullopt: it is none. `bits` counts;
// unused bits of the last byte are zero.
struct BitBuffer {
  Buffer bytes;
  std::uint64_t bits = 0;
};
std::optional<BitBuffer> bits_of_list(Term list, bool whole_bytes = false);  // each binary of whole bytes
std::optional<Buffer> bytes_of_iolist(Term iolist);                          // binaries are accepted too

// Characters of a flat list as UTF-8; nullopt: not a list of code points.
std::optional<std::string> text_of_list(Term list);

// The UTF-8 of characters in lists and UTF-8 binaries, nested as unicode:chardata(); nullopt: it is none.
std::optional<std::string> characters_of(Term data);

std::optional<std::size_t> length_of(Term list);  // nullopt: not a proper list

// A list of the code points of UTF-8.
Term make_characters(Heap& heap, std::string_view utf8);

}  // namespace noderuntime
